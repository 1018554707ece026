"""The entry point reads a changed configuration, and is left alone when nothing changed."""

from __future__ import annotations

import datetime

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common.process import Completed
from ansible_collections.photosync.vps.plugins.module_utils.deploy import proxy
from support.specs import make_spec


@pytest.fixture
def spec(tmp_path):
    config = tmp_path / "caddy"
    config.mkdir()
    (config / "Caddyfile").write_text(":80\n")
    front = {
        "service": "caddy",
        "config_dir": str(config),
        "mounts": ["/etc/ssl/family.crt:/etc/ssl/acme-ca-root.crt:ro"],
    }
    services = [{"name": "caddy", "image": "caddy:2"}]
    return make_spec(state_dir=str(tmp_path / "state"), entry_point=front, services=services)


@pytest.fixture
def commands(monkeypatch):
    seen = []
    monkeypatch.setattr(proxy, "run", lambda argv, **_options: seen.append(argv))
    return seen


def change(spec):
    with open(spec.entry_point.config_dir + "/Caddyfile", "w", encoding="utf-8") as stream:
        stream.write(":8080\n")


def seconds_from_now(seconds):
    """A moment as Docker writes it."""
    then = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    return then.strftime("%Y-%m-%dT%H:%M:%S.%f000Z")


BEFORE, LATER = seconds_from_now(-3600), seconds_from_now(3600)


def test_a_container_that_just_started_has_read_its_configuration(spec, commands):
    assert not proxy.reload_if_changed(spec, spec.entry_point, "c1", LATER)
    assert commands == []


def test_a_changed_configuration_is_reloaded_once(spec, commands):
    proxy.reload_if_changed(spec, spec.entry_point, "c1", BEFORE)
    commands.clear()
    change(spec)
    assert proxy.reload_if_changed(spec, spec.entry_point, "c1", BEFORE)
    assert not proxy.reload_if_changed(spec, spec.entry_point, "c1", BEFORE)
    assert [argv[:4] for argv in commands] == [["docker", "exec", "c1", "caddy"]]


def test_a_container_restarted_after_the_change_needs_no_reload(spec, commands):
    proxy.reload_if_changed(spec, spec.entry_point, "c1", BEFORE)
    commands.clear()
    change(spec)
    assert not proxy.reload_if_changed(spec, spec.entry_point, "c1", LATER)
    assert commands == []


def test_a_container_restarted_before_the_change_is_reloaded(spec, commands):
    proxy.reload_if_changed(spec, spec.entry_point, "c1", seconds_from_now(-7200))
    commands.clear()
    change(spec)
    assert proxy.reload_if_changed(spec, spec.entry_point, "c1", BEFORE)
    assert [argv[:4] for argv in commands] == [["docker", "exec", "c1", "caddy"]]


def test_what_the_caddyfile_names_is_there_when_it_is_read_for_the_first_time(spec, monkeypatch):
    seen = []
    monkeypatch.setattr(proxy, "run", lambda argv, **_options: seen.extend(argv) or Completed([], 0, "", ""))
    proxy.validate(spec, spec.entry_point, "/opt/feeds/releases/1")
    assert "--volume=/etc/ssl/family.crt:/etc/ssl/acme-ca-root.crt:ro" in seen
    assert seen.index("caddy:2") > seen.index("--volume=/etc/ssl/family.crt:/etc/ssl/acme-ca-root.crt:ro")
