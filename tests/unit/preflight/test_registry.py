# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Registries are asked as the engine would ask them when it pulls, and each kind of no is told apart."""

import base64
import pathlib
import time

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.host.engine import Engine
from ansible_collections.photosync.vps.plugins.module_utils.preflight import registry_client
from ansible_collections.photosync.vps.plugins.module_utils.preflight.images import to_pull
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Image
from ansible_collections.photosync.vps.plugins.module_utils.preflight.registry import (
    Endpoint,
    Reference,
    Way,
    endpoints,
    is_direct,
    parse_challenge,
    parse_reference,
    way_of,
)
from ansible_collections.photosync.vps.plugins.module_utils.preflight.registry_client import ask_registries
from preflight.registries import TOKEN, basic

DIGEST = "sha256:" + "a" * 64
UNREACHED = "127.0.0.1:1"


def reason(registry, image="photos/server:1", way=None):
    """Return why an image of a registry cannot be had; nothing when it can."""
    name = f"{registry.name}/{image}"
    refusal = ask_registries([name], way or Way()).get(name)
    return refusal.reason if refusal else ""


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("caddy", Reference("docker.io", "library/caddy", "latest")),
        ("caddy:2.11", Reference("docker.io", "library/caddy", "2.11")),
        ("valkey/valkey:8", Reference("docker.io", "valkey/valkey", "8")),
        ("docker.io/caddy:2", Reference("docker.io", "library/caddy", "2")),
        ("ghcr.io/immich-app/postgres:14-x", Reference("ghcr.io", "immich-app/postgres", "14-x")),
        ("depot.test:5000/nginx:1", Reference("depot.test:5000", "nginx", "1")),
        ("localhost/nginx", Reference("localhost", "nginx", "latest")),
        (f"caddy:2.11@{DIGEST}", Reference("docker.io", "library/caddy", DIGEST)),
    ],
)
def test_names_of_images_are_read_as_the_engine_reads_them(image, reference):
    assert parse_reference(image) == reference


MIRRORS = ("https://mirror.test/",)


def insecure(registry):
    return [Endpoint(f"{scheme}://{registry}", False) for scheme in ("https", "http")]


@pytest.mark.parametrize(
    ("registry", "way", "addresses", "asked"),
    [
        ("ghcr.io", Way(), [], [Endpoint("https://ghcr.io")]),
        ("docker.io", Way(), [], [Endpoint("https://registry-1.docker.io")]),
        (
            "docker.io",
            Way(mirrors=MIRRORS),
            [],
            [Endpoint("https://mirror.test"), Endpoint("https://registry-1.docker.io")],
        ),
        ("ghcr.io", Way(mirrors=MIRRORS), [], [Endpoint("https://ghcr.io")]),
        ("depot.test:5000", Way(insecure=("depot.test:5000",)), [], insecure("depot.test:5000")),
        ("nas.lan", Way(insecure=("10.0.0.0/8", "http://nonsense/")), ["10.1.2.3", "fe80::1"], insecure("nas.lan")),
        ("nas.lan", Way(insecure=("10.0.0.0/8",)), ["192.0.2.1"], [Endpoint("https://nas.lan")]),
        ("nas.lan", Way(insecure=("10.1.2.3",)), ["10.1.2.3"], [Endpoint("https://nas.lan")]),
        ("localhost:5000", Way(), ["127.0.0.1", "::1"], insecure("localhost:5000")),
    ],
)
def test_a_registry_is_asked_where_the_engine_would_ask(registry, way, addresses, asked):
    assert endpoints(registry, way, addresses) == asked


def test_proxies_of_the_engines_options_win_over_those_of_its_environment():
    options = {"proxies": {"https-proxy": "http://one:3128"}, "insecure-registries": ["a:5000"]}
    environment = {"HTTPS_PROXY": "http://two:3128", "HTTP_PROXY": "http://two:3128", "no_proxy": "a"}
    way = way_of(options, environment)
    assert way.proxies == {"https": "http://one:3128", "http": "http://two:3128", "no": "a"}
    assert way.insecure == ("a:5000",)


def test_a_challenge_is_read_with_commas_inside_of_its_quotes():
    assert parse_challenge('Bearer realm="https://auth/token",service="r",scope="repository:a:pull,push"') == (
        "bearer",
        {"realm": "https://auth/token", "service": "r", "scope": "repository:a:pull,push"},
    )


def test_an_image_that_is_there_is_no_problem_and_only_its_head_is_asked_for(registry):
    assert reason(registry) == ""
    assert registry.asked == [("HEAD", "/v2/photos/server/manifests/1", None)]


@pytest.mark.parametrize("image", ["photos/server:2", "photos/serveur:1", f"photos/server@{DIGEST}"])
def test_a_version_or_a_name_that_is_not_there_is_a_definite_no(registry, image):
    assert reason(registry, image) == "has no such image or version"


@pytest.mark.parametrize(
    ("status", "said"), [(403, "it is private"), (429, "asked too often"), (503, "answers with status 503")]
)
def test_every_other_answer_is_told_as_what_it_is(registry, status, said):
    registry.status = status
    assert said in reason(registry)


def test_a_public_image_behind_a_token_is_had_without_an_account(registry):
    registry.challenge = "bearer"
    assert reason(registry) == ""
    assert registry.asked[1][:2] == ("GET", "/token?service=registry.test&scope=repository%3Aphotos%2Fserver%3Apull")
    assert registry.asked[2][2] == "Bearer " + TOKEN


def test_a_private_image_is_had_with_the_account_that_root_logged_in_with(registry, docker_home):
    registry.challenge, registry.accounts = "bearer", {"ann": basic("ann", "s3cret")}
    assert "it is private" in reason(registry)
    docker_home({"auths": {f"https://{registry.name}/v2/": {"auth": base64.b64encode(b"ann:s3cret").decode()}}})
    assert reason(registry) == ""


def test_a_registry_with_plain_passwords_takes_the_account_too(registry, docker_home):
    registry.challenge, registry.accounts = "basic", {"ann": basic("ann", "s3cret")}
    assert "docker login" in ask_registries([f"{registry.name}/photos/server:1"], Way()).popitem()[1].fix
    docker_home({"auths": {registry.name: {"auth": base64.b64encode(b"ann:s3cret").decode()}}})
    assert reason(registry) == ""


def test_an_identity_token_is_changed_for_a_token(registry, docker_home):
    registry.challenge = "bearer"
    docker_home({"auths": {registry.name: {"auth": "", "identitytoken": "long-lived"}}})
    assert reason(registry) == ""
    assert registry.asked[1][0] == "POST" and "refresh_token=long-lived" in registry.asked[1][2]


def test_an_account_that_a_helper_keeps_is_asked_of_the_helper(registry, docker_home, tmp_path, monkeypatch):
    registry.challenge, registry.accounts = "basic", {"ann": basic("ann", "s3cret")}
    helper = tmp_path / "docker-credential-drawer"
    helper.write_text(
        f'#!/bin/sh\n[ "$(cat)" = {registry.name} ] && echo \'{{"Username": "ann", "Secret": "s3cret"}}\'\n'
    )
    helper.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    docker_home({"credHelpers": {registry.name: "drawer"}})
    assert reason(registry) == ""


def test_a_registry_that_is_silent_is_given_up_soon_and_called_silent(registry):
    registry.silent = True
    began = time.monotonic()
    assert reason(registry) == "does not answer within 1 s"
    assert time.monotonic() - began < 3


def test_many_images_are_asked_for_at_once(registry):
    registry.silent = True
    began = time.monotonic()
    assert len(ask_registries([f"{registry.name}/photos/server:{number}" for number in range(12)], Way())) == 12
    # One after the other they would take 12 s.
    assert time.monotonic() - began < 9


@pytest.mark.parametrize(
    ("registry", "said"), [("registry.invalid", "cannot be found"), (UNREACHED, "refuses connections")]
)
def test_a_registry_that_is_not_there_is_called_so(registry, said):
    (refusal,) = ask_registries([f"{registry}/photos/server:1"], Way()).values()
    assert said in refusal.reason
    assert refusal.registry == registry and refusal.whole


def test_a_certificate_that_nobody_signed_is_refused_unless_the_engine_knows_it(
    start, certificate, tmp_path, monkeypatch
):
    file, context = certificate
    registry = start(tls=context)
    registry.holds.add("photos/server:1")
    # 127.0.0.1 would be trusted without a certificate.
    monkeypatch.setattr(registry_client, "_addresses", lambda registry: [])
    assert "a certificate that the host does not trust" in reason(registry)
    monkeypatch.setattr(registry_client, "CERTIFICATES", str(tmp_path))
    (tmp_path / registry.name).mkdir()
    (tmp_path / registry.name / "ca.crt").write_text(pathlib.Path(file).read_text())
    assert reason(registry) == ""


def test_an_insecure_registry_may_have_any_certificate(start, certificate):
    registry = start(tls=certificate[1])
    registry.holds.add("photos/server:1")
    assert reason(registry) == ""


def test_a_registry_in_plain_text_has_to_be_named_as_insecure(registry, monkeypatch):
    monkeypatch.setattr(registry_client, "_addresses", lambda registry: [])
    assert "insecure-registries" in reason(registry)
    assert reason(registry, way=Way(insecure=(registry.name,))) == ""


def test_docker_hub_is_asked_through_its_mirror_and_itself_where_that_fails(registry, monkeypatch):
    registry.holds.add("library/caddy:2.11")
    monkeypatch.setattr(
        "ansible_collections.photosync.vps.plugins.module_utils.preflight.registry.HUB_ADDRESS",
        "http://" + registry.name,
    )
    for mirrors in [("http://" + registry.name,), ("http://" + UNREACHED,), ()]:
        assert ask_registries(["caddy:2.11"], Way(mirrors=mirrors)) == {}
    (refusal,) = ask_registries(["caddy:9"], Way(mirrors=("http://" + UNREACHED,))).values()
    assert (refusal.registry, refusal.reason) == ("docker.io", "has no such image or version")


def test_a_proxy_is_used_where_one_is_set_and_not_for_what_is_excepted(registry):
    way = Way(insecure=("registry.invalid",), proxies={"http": "http://" + registry.name})
    name = "registry.invalid/photos/server:1"
    assert ask_registries([name], way) == {}
    assert registry.asked == [("HEAD", "http://registry.invalid/v2/photos/server/manifests/1", None)]
    excepted = Way(insecure=way.insecure, proxies={**way.proxies, "no": "registry.invalid"})
    assert "cannot be found" in ask_registries([name], excepted)[name].reason


@pytest.mark.parametrize(
    ("host", "exceptions", "direct"),
    [
        ("registry.lan", "", False),
        ("registry.lan", "*", True),
        ("registry.lan", "other.test, lan", True),
        ("registry.lan", ".lan", True),
        ("registry.lan", "*.lan", True),
        ("registry.lan", "gistry.lan", False),
        ("registry.lan:5000", "registry.lan:5000", True),
        ("10.1.2.3:5000", "10.0.0.0/8", True),
        ("192.0.2.1", "10.0.0.0/8", False),
        ("localhost:5000", "", True),
        ("127.0.0.1:5000", "", True),
    ],
)
def test_exceptions_from_a_proxy_are_read_as_the_engine_reads_them(host, exceptions, direct):
    assert is_direct("https://" + host, exceptions) is direct


IMAGES = (Image("caddy", "caddy:2"), Image("web-ui", "node:20", "photo-sync/web-ui"))
RUNNING = Engine(installed=True, source="upstream", running=True)


@pytest.mark.parametrize(
    ("engine", "there", "pulled"),
    [
        (Engine(), set(), ["caddy:2", "node:20"]),
        (RUNNING, set(), ["caddy:2", "node:20"]),
        (RUNNING, {"caddy:2"}, ["node:20"]),
        (RUNNING, {"caddy:2", "photo-sync/web-ui"}, []),
        (RUNNING, {"caddy:2", "node:20"}, []),
        # Nobody can tell what it has.
        (Engine(installed=True, source="upstream", running=False), set(), []),
    ],
)
def test_only_what_a_host_lacks_is_asked_for(engine, there, pulled):
    assert to_pull(IMAGES, engine, there.__contains__) == pulled
