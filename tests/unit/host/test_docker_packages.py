# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Docker's repository: only with the key that is trusted, and beside nobody else's entry."""

import base64

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.host.apt import complaints
from ansible_collections.photosync.vps.plugins.module_utils.host.openpgp import UnreadableKey, fingerprints
from ansible_collections.photosync.vps.plugins.module_utils.host.repository import (
    Repository,
    other_entries,
    parse_madison,
    unavailable,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.docker.packages import (
    docker_packages,
    docker_pin,
    docker_wanted,
)

# A key made for this test (ed25519, with an encryption subkey); gpg --fingerprint says what FINGERPRINT says.
KEY = """-----BEGIN PGP PUBLIC KEY BLOCK-----

mDMEawSFtBYJKwYBBAHaRw8BAQdA9mmrWgzcWagBLxA3zLo0tt4ew1K91x6k6Zdk
TsygNIu0KVRlc3QgcmVwb3NpdG9yeSA8cmVwb3NpdG9yeUBleGFtcGxlLnRlc3Q+
iJAEExYIADgWIQTMCHMiHHE2K2dxKrsC/jXUHtVIdgUCawSFtAIbAwULCQgHAgYV
CgkICwIEFgIDAQIeAQIXgAAKCRAC/jXUHtVIdic1AP9kNsvWWdJ+D19VtYF+JHxA
u7mX33v8/OAwKheeAm8DhwEAhtX30qV9I+Ey52ghD0Ev4esJwGBcmCquiwLerAv0
ige4OARrBIW0EgorBgEEAZdVAQUBAQdAyFa9B5T+SyevMieXT82kWbVcv3hvVySz
b8m7NGi64GMDAQgHiHgEGBYIACAWIQTMCHMiHHE2K2dxKrsC/jXUHtVIdgUCawSF
tAIbDAAKCRAC/jXUHtVIdh1QAQCj8DKMUi2H0g/h7qBsLd+Lbooi0VGQ6RKePoaw
S/PPGwEA7BRlEeo65blq7FcyXiy7gleNKzKOz6U9oGgH41HKpwU=
=aq28
-----END PGP PUBLIC KEY BLOCK-----
"""
FINGERPRINT = "CC0873221C71362B67712ABB02FE35D41ED54876"
REPOSITORY = Repository("https://download.docker.com/linux/debian", "trixie", "stable", "amd64", FINGERPRINT)
ENTRY = (
    "deb [arch=amd64 signed-by=/etc/apt/keyrings/docker.gpg] https://download.docker.com/linux/debian trixie stable\n"
)


def binary():
    """Return the key without its armour."""
    lines = [line for line in KEY.splitlines() if line and not line.startswith(("-", "="))]
    return base64.b64decode("".join(lines))


@pytest.mark.parametrize("data", [KEY.encode(), binary(), b"a notice before it\n" + KEY.encode()])
def test_the_fingerprint_is_the_one_that_gpg_prints(data):
    assert fingerprints(data) == [FINGERPRINT]


OTHER = "9DC858229FC7DD38854AE2D88D81803C0EBFCD88"
SPACED = " ".join(FINGERPRINT[start : start + 4] for start in range(0, 40, 4)).lower()


@pytest.mark.parametrize("data", [b"<html>404 Not Found</html>", KEY.encode()[:200], binary()[:40], b"\xc6\xff"])
def test_what_is_no_key_is_refused(data):
    with pytest.raises(UnreadableKey):
        fingerprints(data)
    assert REPOSITORY.key_fault(data)


def test_the_right_key_alone_has_no_fault_however_its_fingerprint_is_spaced():
    assert Repository("u", "s", "c", "a", SPACED).key_fault(KEY.encode()) == ""
    fault = Repository("u", "s", "c", "a", OTHER).key_fault(KEY.encode())
    assert FINGERPRINT in fault and OTHER in fault
    assert fingerprints(binary() + binary()) == [FINGERPRINT, FINGERPRINT]
    assert "not" in REPOSITORY.key_fault(binary() + binary()) and REPOSITORY.key_fault(b"")


def test_the_entry_is_in_the_form_that_apt_recommends():
    assert REPOSITORY.source_text() == (
        "Types: deb\n"
        "URIs: https://download.docker.com/linux/debian\n"
        "Suites: trixie\n"
        "Components: stable\n"
        "Architectures: amd64\n"
        "Signed-By: /etc/apt/keyrings/docker.asc\n"
    )


@pytest.mark.parametrize(
    ("file", "text", "found"),
    [
        ("sources.list.d/docker.list", ENTRY, True),
        ("sources.list.d/docker.list", "# " + ENTRY, False),
        ("sources.list.d/docker.list", ENTRY.replace("debian ", "debian/ "), True),
        ("sources.list.d/other.sources", REPOSITORY.source_text(), True),
        ("sources.list.d/docker.sources", REPOSITORY.source_text(), False),
        ("sources.list", "deb http://mirror.test/debian trixie main\n", False),
    ],
)
def test_an_entry_that_somebody_made_already_is_found(file, text, found):
    path = f"/etc/apt/{file}"
    assert other_entries(REPOSITORY, {path: text}) == ([path] if found else [])


def host(distribution="debian", **packages):
    """Return what is known of a host with these packages."""
    known = {name.replace("_", "-"): version for name, version in packages.items()}
    return {"distribution": {"id": distribution}, "packages": known}


PINNED = ["docker-ce=5:28.5.1*", "docker-ce-cli=5:28.5.1*"]
UPSTREAM = ["docker-ce", "docker-ce-cli", "containerd.io", "docker-compose-plugin", "docker-buildx-plugin"]


@pytest.mark.parametrize(
    ("known", "source", "version", "wanted"),
    [
        (host(), "upstream", "", UPSTREAM),
        (host(), "distribution", "", ["docker.io", "docker-cli", "docker-compose", "docker-buildx"]),
        (host("ubuntu"), "distribution", "", ["docker.io", "docker-compose-v2", "docker-buildx"]),
        (host(), "upstream", "28.5.1", [*PINNED, *UPSTREAM[2:]]),
        (host(docker_ce="5:28.5.1-1~debian.13~trixie"), "upstream", "28.5.1", [*PINNED[1:], *UPSTREAM[2:]]),
        (host(docker_ce="5:28.5.10-1"), "upstream", "28.5.1", [*PINNED, *UPSTREAM[2:]]),
        (host(docker_ce="5:27.0.0-1"), "upstream", "", UPSTREAM[1:]),
    ],
)
def test_only_what_is_missing_or_of_another_version_than_pinned_is_installed(known, source, version, wanted):
    assert docker_packages(known, source, version) == wanted


def test_further_packages_join_the_same_transaction_once():
    wanted = docker_packages(host(git="1"), "upstream", extra=["git", "restic"])
    assert wanted[-2:] == ["docker-buildx-plugin", "restic"]


MADISON = """\
 docker-ce | 5:28.5.2-1~debian.13~trixie | https://mirror.test/linux/debian trixie/stable amd64 Packages
 docker-ce | 5:28.5.1-1~debian.13~trixie | https://mirror.test/linux/debian trixie/stable amd64 Packages
containerd.io | 1.7.28-1 | https://mirror.test/linux/debian trixie/stable amd64 Packages
"""


@pytest.mark.parametrize(
    ("packages", "missing"),
    [
        (["docker-ce", "containerd.io"], []),
        (["docker-ce=5:28.5.1*"], []),
        (["docker-ce=5:28.6*", "containerd.io"], ["docker-ce=5:28.6*"]),
        (["docker-ce-cli"], ["docker-ce-cli"]),
    ],
)
def test_what_a_repository_does_not_have_is_known_before_apt_is_asked_to_install_it(packages, missing):
    versions = parse_madison(MADISON)
    assert versions["docker-ce"][0].startswith("5:28.5.2-1")
    assert unavailable(packages, versions) == missing


def test_what_apt_complains_of_is_told_without_what_follows_from_it():
    said = """\
W: OpenPGP signature verification failed: http://mirror.test trixie InRelease: Expired on 2026-01-01
E: The repository 'http://mirror.test trixie InRelease' is not signed.
E: Some index files failed to download. They have been ignored, or old ones used instead.
"""
    assert complaints(said).splitlines() == said.splitlines()[:2]
    assert complaints("sh: apt-get: not found\n") == "sh: apt-get: not found"


@pytest.mark.parametrize(
    ("source", "packages", "version"),
    [
        ("upstream", "docker-ce docker-ce-cli", "5:28.5.1*"),
        ("distribution", "docker.io docker-cli", "28.5.1*"),
    ],
)
def test_a_pinned_engine_is_held_against_everybodys_upgrade(source, packages, version):
    assert docker_pin(source, "28.5.1").splitlines()[1:] == [
        f"Package: {packages}",
        f"Pin: version {version}",
        "Pin-Priority: 1000",
    ]
    assert docker_pin(source, "") == ""


SETTINGS = {"docker_version": "", "docker_repository_url": "https://mirror.test/linux/", "docker_key_fingerprint": ""}
OFFICIAL = {"url": "https://download.docker.com/linux", "fingerprint": "9DC8"}


def shared_host(source="", part=None, packages=(), **settings):
    """A host on which other stacks have wishes too."""
    others = {"settings": settings, "packages": list(packages)}
    return {**host(git="1"), "docker": {"source": source}, "others": others, "part": part or {}}


def test_what_the_stack_wishes_counts_and_what_others_wish_stays_where_it_has_no_wish():
    known = shared_host(
        packages=["restic", "git"], docker_version="28.5.1", docker_repository_url="x", docker_key_fingerprint="ABCD"
    )
    wanted = docker_wanted(known, "upstream", SETTINGS, OFFICIAL, ["jq", "restic"])
    assert (wanted["version"], wanted["fingerprint"]) == ("28.5.1", "ABCD")
    assert wanted["url"] == "https://mirror.test/linux/debian"
    assert wanted["engine"] == ["docker-ce=5:28.5.1*", "docker-ce-cli=5:28.5.1*", *UPSTREAM[2:]]
    assert wanted["packages"] == [*wanted["engine"], "jq", "restic"]
    assert wanted["pin"] == docker_pin("upstream", "28.5.1") != ""
    assert wanted["part"] == {"settings": SETTINGS, "packages": ["jq", "restic"]}


def test_where_nobody_wishes_anything_it_is_dockers_own_repository_and_any_version():
    wanted = docker_wanted(shared_host(), "upstream", {"docker_version": ""}, OFFICIAL)
    assert (wanted["url"], wanted["fingerprint"]) == ("https://download.docker.com/linux/debian", "9DC8")
    assert (wanted["version"], wanted["pin"], wanted["packages"]) == ("", "", UPSTREAM)


def test_an_engine_that_is_there_is_never_replaced_by_that_of_the_other_source():
    wanted = docker_wanted(shared_host("distribution"), "upstream", SETTINGS, OFFICIAL)
    assert wanted["source"] == "distribution" and "docker.io" in wanted["packages"]


@pytest.mark.parametrize(("packages", "recorded"), [(["jq"], True), ([], False)])
def test_what_the_host_has_recorded_of_the_stack_is_not_recorded_again(packages, recorded):
    part = {"settings": SETTINGS, "packages": ["jq"], "ports": ["80/tcp"]}
    assert docker_wanted(shared_host(part=part), "upstream", SETTINGS, OFFICIAL, packages)["recorded"] is recorded
