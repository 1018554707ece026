"""What a release promises: named by its content, never half there, never a secret in a diff."""

from __future__ import annotations

import os

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.deploy import content, stage
from ansible_collections.photosync.vps.plugins.module_utils.deploy.content import ReleaseFile
from ansible_collections.photosync.vps.plugins.module_utils.stack import host_command
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout

SECRET = "s3cr3t-Value"
FILES = [
    ReleaseFile("compose.yaml", "services: {}\n", 0o600),
    ReleaseFile("Caddyfile", ":80\n", 0o600),
    ReleaseFile("env/web.env", f"TOKEN='{SECRET}'\nLEVEL='info'\n", 0o600, secret=True),
]


@pytest.fixture
def layout(tmp_path):
    return Layout(str(tmp_path / "stack"))


@pytest.fixture
def deployed(layout):
    name = content.digest(FILES)
    stage.stage(layout, name, FILES)
    stage.switch(layout, name)
    return layout, name


def test_the_same_files_give_the_same_name_in_any_order():
    assert content.digest(FILES) == content.digest(list(reversed(FILES)))


@pytest.mark.parametrize(
    "changed",
    [
        ReleaseFile("compose.yaml", "services: {a: {}}\n", 0o600),
        ReleaseFile("compose.yaml", "services: {}\n", 0o644),
        ReleaseFile("compose.yml", "services: {}\n", 0o600),
    ],
    ids=["content", "mode", "path"],
)
def test_another_content_mode_or_path_gives_another_name(changed):
    assert content.digest([changed, *FILES[1:]]) != content.digest(FILES)


def test_staging_twice_writes_once(layout):
    name = content.digest(FILES)
    assert stage.stage(layout, name, FILES)
    assert not stage.stage(layout, name, FILES)


def test_a_staged_release_does_not_serve_yet(layout):
    stage.stage(layout, content.digest(FILES), FILES)
    assert layout.current_digest() is None


def test_switching_names_the_release_and_installs_its_caddyfile(deployed):
    layout, name = deployed
    assert layout.current_digest() == name
    assert content.read(os.path.join(layout.proxy_config, "Caddyfile")) == ":80\n"
    assert stage.in_place(layout, name)
    before = os.lstat(layout.current).st_ino
    stage.switch(layout, name)
    assert os.lstat(layout.current).st_ino == before, "what serves is not laid anew"


def test_only_root_looks_into_releases_and_their_env_files_are_private(deployed):
    layout, name = deployed
    assert os.stat(layout.root).st_mode & 0o777 == 0o700
    assert os.stat(os.path.join(layout.release(name), "env", "web.env")).st_mode & 0o777 == 0o600


@pytest.mark.parametrize("drift", ["edited", "removed", "opened", "added"])
def test_drift_in_a_release_is_noticed_and_set_right(deployed, drift):
    layout, name = deployed
    path = os.path.join(layout.release(name), "compose.yaml")
    if drift == "edited":
        stage.write_atomically(path, "services: {evil: {}}\n", 0o600)
    elif drift == "removed":
        os.unlink(path)
    elif drift == "opened":
        os.chmod(path, 0o644)
    else:
        stage.write_atomically(os.path.join(layout.release(name), "compose.override.yaml"), "services: {}\n")
    assert stage.stage(layout, name, FILES)
    assert not stage.stage(layout, name, FILES)
    assert not content.stray(layout.release(name), FILES)


def test_a_stack_folder_opened_to_others_is_out_of_place_and_set_right(deployed):
    layout, name = deployed
    os.chmod(layout.root, 0o755)
    (change,) = stage.out_of_place(layout, name, ":80\n")
    assert (change.before, change.after) == ("mode: 0755\n", "mode: 0700\n")
    stage.switch(layout, name)
    assert stage.in_place(layout, name)


def test_an_altered_installed_caddyfile_is_out_of_place(deployed):
    layout, name = deployed
    stage.write_atomically(os.path.join(layout.proxy_config, "Caddyfile"), "evil\n", 0o644)
    (change,) = stage.out_of_place(layout, name, ":80\n")
    assert (change.path, change.before, change.after) == (f"{layout.proxy_config}/Caddyfile", "evil\n", ":80\n")


def test_a_diff_shows_what_changes_and_no_secret(deployed):
    layout, name = deployed
    new = [
        ReleaseFile("compose.yaml", f"services: {{a: {{image: 'x', label: '{SECRET}'}}}}\n", 0o600),
        ReleaseFile("env/web.env", "TOKEN='another-secret'\nLEVEL='info'\n", 0o600, secret=True),
    ]
    shown = content.diff(content.changes(layout.release(name), new), [SECRET])
    text = str(shown)
    assert "services: {a:" in text
    assert "TOKEN=******** (changed)" in text
    assert "LEVEL=********\\n" in text
    assert SECRET not in text and "another-secret" not in text


def test_a_mode_that_drifted_is_shown_as_such(deployed):
    layout, name = deployed
    os.chmod(os.path.join(layout.release(name), "env", "web.env"), 0o644)
    (change,) = content.changes(layout.release(name), FILES)
    assert (change.path, change.before, change.after) == ("env/web.env", "mode: 0644\n", "mode: 0600\n")


def test_a_removed_env_file_shows_no_secret_either(deployed):
    layout, name = deployed
    assert SECRET not in str(content.diff(content.changes(layout.release(name), FILES[:2]), []))


@pytest.mark.parametrize("line", [SECRET, f"Authorization: Basic {SECRET}=", f" : {SECRET} = 1"])
def test_a_value_in_the_middle_of_a_secret_files_odd_line_is_masked(line):
    change = content.Change("a.env", "", f"{line}\n", secret=True)
    assert SECRET not in str(content.diff([change], []))


def test_credentials_of_probes_that_go_are_not_shown(deployed):
    layout, name = deployed
    probe = ReleaseFile("probe.headers", f"Authorization: Basic {SECRET}\n", 0o600, secret=True)
    stage.stage(layout, name, [*FILES, probe])
    assert SECRET not in str(content.diff(content.changes(layout.release(name), FILES), []))


def test_hashes_of_passwords_are_not_shown_neither_the_new_one_nor_the_old():
    old, new = (f"alice $2b$12${letter * 53}\n" for letter in "oN")
    (shown,) = content.diff([content.Change("Caddyfile", old, new)], [])
    assert (shown["before"], shown["after"]) == ("alice ********\n", "alice ********\n")


def test_the_host_command_is_replaced_when_a_byte_or_its_mode_differs(tmp_path):
    path = str(tmp_path / "photo-sync")
    assert host_command.differs(path, b"engine")
    host_command.install(path, b"engine")
    assert not host_command.differs(path, b"engine")
    os.chmod(path, 0o644)
    assert host_command.differs(path, b"engine")
    assert host_command.differs(path, b"engine 2")


def test_compose_refusing_a_release_says_why(layout, tmp_path, monkeypatch):
    refusing = tmp_path / "bin" / "docker"
    refusing.parent.mkdir()
    refusing.write_text(
        "#!/bin/sh\n[ \"$*\" = 'compose config --quiet' ] || exit 0\necho 'web must be a mapping' >&2\nexit 15\n"
    )
    refusing.chmod(0o755)
    monkeypatch.setenv("PATH", f"{refusing.parent}:/usr/bin:/bin")
    name = content.digest(FILES)
    stage.stage(layout, name, FILES)
    with pytest.raises(stage.InvalidRelease, match="web must be a mapping"):
        stage.validate(layout, name)
    assert layout.current_digest() is None
