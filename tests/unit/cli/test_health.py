# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the host command answers about health: the exit code says as much as the table."""

import json

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.cli import health
from ansible_collections.photosync.vps.plugins.module_utils.cli import main as cli
from ansible_collections.photosync.vps.plugins.module_utils.health.results import Result
from ansible_collections.photosync.vps.plugins.module_utils.stack import spec
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import make_spec, stack_json

CONTAINER = {"kind": "container", "name": "caddy", "project": "feeds", "service": "caddy"}
WELL = Result("caddy", "container", "feeds-caddy-1", True)
ILL = Result("reader", "container", "feeds-reader-1", reason="exited", error="exited with code 1")
WAITS = Result("site", "http", "https://a.test/", reason="certificate_pending", error="no certificate for a.test (yet)")


@pytest.fixture
def host(tmp_path, monkeypatch):
    """A host with a release, and an engine that finds what it is told to and notes what it was asked."""
    current = tmp_path / "feeds" / "current"
    (current / "env").mkdir(parents=True)
    (current / "env" / "reader.env").write_text("API_TOKEN='hush-hush-hush'\n")
    described = make_spec(
        schema=spec.SCHEMA,
        stack="feeds",
        root=str(current.parent),
        state_dir=str(tmp_path / "state"),
        url="https://a.test",
        services=[{"name": "caddy", "depends_on": ["reader"]}],
        entry_point={"service": "caddy", "config_dir": "/etc/caddy"},
        health_targets=[CONTAINER],
    )
    (current / "stack.json").write_text(stack_json(described))
    monkeypatch.setattr(health, "path_of", lambda stack: str(tmp_path / stack / "current" / "stack.json"))
    monkeypatch.setattr(cli.os, "geteuid", lambda: 0)
    monkeypatch.setattr(health.oom, "kills_of", lambda spec: [])
    asked = []

    def finds(*results):
        def check(targets, **settings):
            asked.append(settings)
            return list(results)

        monkeypatch.setattr(health.engine, "check", check)
        return asked

    return finds


@pytest.mark.parametrize(
    ("results", "code", "shown"),
    [([WELL], 0, "healthy"), ([WELL, WAITS], 3, "PENDING"), ([WELL, WAITS, ILL], 1, "UNHEALTHY")],
    ids=["healthy", "pending", "unhealthy"],
)
def test_the_exit_code_tells_healthy_pending_and_unhealthy_apart(host, capsys, results, code, shown):
    host(*results)
    assert cli.main("feeds", "1", ["health"]) == code
    assert shown in capsys.readouterr().out.splitlines()[-1]
    assert cli.main("feeds", "1", ["health", "--json"]) == code
    assert json.loads(capsys.readouterr().out)["verdict"] == shown.lower()


def test_what_is_pending_is_explained_with_the_commands_of_this_host(host, capsys):
    host(WELL, WAITS)
    cli.main("feeds", "1", ["health"])
    said = capsys.readouterr().err
    assert "PENDING: no certificate has been issued yet for a.test." in said
    assert "feeds restart caddy" in said and "feeds health" in said


def test_a_look_accepts_nothing_and_hides_the_secrets_of_the_release(host):
    asked = host(WELL)
    cli.main("feeds", "1", ["health", "--wait", "9"])
    (settings,) = asked
    assert (settings["wait"], settings["deadline"], settings["accept_pending_after"]) == (True, 9, None)
    assert settings["secrets"] == ["hush-hush-hush"]


def test_after_starting_a_certificate_is_not_waited_for_to_the_end(host, capsys):
    asked = host(WELL, WAITS)
    assert health.gate(spec.load(health.path_of("feeds")), 300) == 3
    assert asked[0]["accept_pending_after"] == health.ISSUED_WITHIN < asked[0]["deadline"]
    assert "https://a.test" not in capsys.readouterr().out.splitlines()


def test_the_help_tells_what_the_exit_codes_mean(capsys):
    with pytest.raises(SystemExit):
        cli.main("feeds", "1", ["--help"])
    assert "3  pending: all is healthy, but a certificate is still to be issued" in capsys.readouterr().out


def test_a_restore_that_is_half_done_is_said_first_and_no_service_is_blamed_for_it(host, tmp_path, capsys):
    host(WELL, ILL)
    journal = Restore(str(tmp_path / "state"), "20261123T030000Z-3f9a")
    journal.know(host="web1", before={"kind": "cold", "name": "cold-1"}, replaced=True)
    assert cli.main("feeds", "1", ["health"]) == 1
    said = capsys.readouterr()
    assert said.out.startswith("the restore of 20261123T030000Z-3f9a has not ended well yet")
    assert "feeds restore 20261123T030000Z-3f9a --confirm feeds@web1" in said.out
    assert "feeds restore --abandon --confirm feeds@web1" in said.out
    assert "Look here first" not in said.out + said.err
    cli.main("feeds", "1", ["health", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["root_cause"]["name"] == "restore" and told["root_cause"]["explains"] == [ILL.name]
    assert told["msg"].startswith("the restore of")
