# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Watching the sources, which only development does."""

import json
import os
import stat

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.cli import main as cli
from ansible_collections.photosync.vps.plugins.module_utils.cli import services
from support.specs import make_spec, stack_json

DOCKER = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in "compose config"*) echo '{"services": {"page": {"build": {}, "environment": {}}}}' ;; esac
"""


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host with a release, a docker that notes how it is called, and a process that becomes another by noting it."""
    current = tmp_path / "photo-sync" / "current"
    current.mkdir(parents=True)
    docker = tmp_path / "bin" / "docker"
    docker.parent.mkdir()
    docker.write_text(DOCKER)
    docker.chmod(docker.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", f"{docker.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.setattr(services, "path_of", lambda stack: str(current / "stack.json"))
    monkeypatch.setattr(cli.os, "geteuid", lambda: 0)
    monkeypatch.chdir(tmp_path)

    def deployed(mode):
        state, pages = str(tmp_path / "state"), [{"name": "page", "depends_on": []}]
        described = make_spec("photo-sync", state, mode=mode, root=str(current.parent), services=pages)
        (current / "stack.json").write_text(stack_json(described))
        return current

    return deployed


@pytest.fixture
def standard_input():
    """What the command itself reads; the tests' own is put back."""
    kept = os.dup(0)
    yield
    os.dup2(kept, 0)
    os.close(kept)


def test_watching_becomes_docker_compose_with_what_compose_itself_made_of_the_release(
    host, monkeypatch, standard_input
):
    current = host("development")
    became = []
    monkeypatch.setattr(services.os, "execvp", lambda name, argv: became.append((argv, json.loads(os.read(0, 1000)))))
    cli.main("photo-sync", "1", ["watch", "page"])
    command = ["docker", "compose", "--file", "-", "--project-directory", str(current), "watch", "page"]
    assert became == [(command, {"services": {"page": {"build": {}, "environment": {}}}})]


def test_what_watching_builds_anew_comes_from_the_same_package_indexes(host, monkeypatch, standard_input):
    (host("development") / "build.env").write_text("PIP_INDEX_URL='https://reader:s3cret@mirror.lan/simple'\n")
    monkeypatch.setenv("PHOTOSYNC_SECRET_PIP_CONF", "")
    became = []
    monkeypatch.setattr(services.os, "execvp", lambda name, argv: became.append((argv, os.read(0, 1000).decode())))
    cli.main("photo-sync", "1", ["watch"])
    assert "s3cret" not in str(became)
    project = json.loads(became[0][1])
    assert project["services"]["page"]["build"]["secrets"] == [{"source": "pip_conf", "target": "pip_conf"}]
    assert "s3cret" in os.environ[project["secrets"]["pip_conf"]["environment"]]


def test_in_production_it_is_refused_with_the_reason_before_docker_is_asked(host, tmp_path, capsys):
    host("production")
    assert cli.main("photo-sync", "1", ["watch"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("photo-sync: photo-sync runs in production, with images of a pinned version")
    assert "stack_mode: development" in said
    assert not (tmp_path / "calls").exists()


def test_a_service_that_is_not_there_is_named(host, capsys):
    host("development")
    assert cli.main("photo-sync", "1", ["watch", "pages"]) == 2
    assert "no service pages here" in capsys.readouterr().err
