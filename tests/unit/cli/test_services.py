# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Commands about services, against a deployed release and a stand-in for Docker."""

import json
import os
import stat

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.building.held import Held
from ansible_collections.photosync.vps.plugins.module_utils.cli import main as cli
from ansible_collections.photosync.vps.plugins.module_utils.cli import services
from ansible_collections.photosync.vps.plugins.module_utils.deploy import images
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.stack import spec
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import make_spec, stack_json

DOCKER = """#!/bin/sh
echo "$PWD|$*" >>"$CALLS"
case "$*" in *"ps --all --format json"*) printf '%s' "$PS" ;; *restart*) exit 14 ;; esac
"""


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host with a release of photo-sync and a docker that notes how it is called."""
    current = tmp_path / "photo-sync" / "current"
    current.mkdir(parents=True)
    described = make_spec(
        schema=spec.SCHEMA,
        stack="photo-sync",
        root=str(current.parent),
        state_dir=str(tmp_path / "state"),
        services=[
            {"name": "caddy", "image": "caddy:2", "build": None, "depends_on": ["web-ui"]},
            {"name": "web-ui", "image": "photo-sync/web-ui:1", "build": {}, "depends_on": []},
        ],
    )
    (current / "stack.json").write_text(stack_json(described))
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setattr(services, "path_of", lambda stack: str(tmp_path / stack / "current" / "stack.json"))
    monkeypatch.setattr(cli.os, "geteuid", lambda: 0)
    return tmp_path


def calls(host):
    noted = host / "calls"
    return noted.read_text().splitlines() if noted.exists() else []


def test_stopping_runs_in_the_folder_of_the_release_and_takes_no_volumes(host):
    assert cli.main("photo-sync", "1", ["down"]) == 0
    assert calls(host) == [f"{host}/photo-sync/current|compose down"]


def test_a_service_that_is_not_there_is_refused_before_anything_is_done(host, capsys):
    assert cli.main("photo-sync", "1", ["restart", "caddy", "postgress"]) == 2
    assert capsys.readouterr().err == "photo-sync: no service postgress here; there are: caddy, web-ui\n"
    assert calls(host) == []


def test_whatever_code_compose_fails_with_it_ends_with_1(host):
    assert cli.main("photo-sync", "1", ["restart", "caddy"]) == 1
    assert calls(host) == [f"{host}/photo-sync/current|compose restart caddy"]


def test_a_restart_of_everything_runs_no_job_and_one_of_a_job_does(host):
    path = host / "photo-sync" / "current" / "stack.json"
    described = json.loads(path.read_text())
    described["services"].append({"name": "migrate", "depends_on": [], "job": True})
    path.write_text(json.dumps(described))
    for named in ([], ["migrate"]):
        cli.main("photo-sync", "1", ["restart", *named])
    folder = f"{host}/photo-sync/current"
    assert calls(host) == [f"{folder}|compose restart caddy web-ui", f"{folder}|compose restart migrate"]


def test_pulling_leaves_alone_what_is_built_and_says_how_large_the_rest_is(host, monkeypatch, capsys):
    monkeypatch.setattr(images, "held", lambda image: Held(f"sha256:{image}", 3 * 1024**2))
    assert cli.main("photo-sync", "1", ["pull"]) == 0
    (call,) = calls(host)
    assert call.endswith("pull --ignore-buildable --policy always caddy")
    assert capsys.readouterr().out == "kept caddy, 3.0 MiB\n"


@pytest.mark.parametrize("printed", ['[{"Service": "caddy"}]', '{"Service": "caddy"}\n'])
def test_machines_get_one_array_of_containers_whatever_compose_prints(host, monkeypatch, capsys, printed):
    monkeypatch.setenv("PS", printed)
    assert cli.main("photo-sync", "1", ["ps", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == [{"Service": "caddy"}]


def test_logs_become_docker_compose_so_that_following_them_works_as_always(host, monkeypatch):
    became = []
    monkeypatch.setattr(services.os, "execvp", lambda name, argv: became.append((os.getcwd(), argv)))
    monkeypatch.chdir(host)
    cli.main("photo-sync", "1", ["logs", "-f", "-n", "all", "caddy"])
    assert became == [
        (f"{host}/photo-sync/current", compose.argv("logs", "--tail", "all", "--follow", "caddy")),
    ]


@pytest.mark.parametrize("words", [["up"], ["restart"], ["restart", "caddy"]])
def test_nothing_is_started_while_a_restore_is_half_done(host, capsys, words):
    journal = Restore(str(host / "state"), "20261123T030000Z-3f9a")
    journal.know(host="web1", before={"kind": "cold", "name": "cold-1"}, replaced=True)
    assert cli.main("photo-sync", "1", words) == 1
    said = capsys.readouterr().err
    assert "nothing was changed" in said and "photo-sync restore --abandon --confirm photo-sync@web1" in said
    assert calls(host) == []
    cli.main("photo-sync", "1", ["down"])
    assert calls(host) == [f"{host}/photo-sync/current|compose down"], "what starts nothing stays allowed"
