# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the host command can be asked, and how it answers when it cannot be done."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.cli import main as cli

EVERYDAY = [
    "releases",
    "rollback",
    "up",
    "down",
    "restart",
    "logs",
    "ps",
    "build",
    "pull",
    "watch",
    "health",
    "backup",
    "check",
    "points",
    "verify",
    "break-glass",
    "drill",
]


@pytest.fixture
def as_root(monkeypatch):
    monkeypatch.setattr(cli.os, "geteuid", lambda: 0)


@pytest.mark.parametrize("command", EVERYDAY)
def test_every_everyday_command_has_help_that_anybody_may_read(command, monkeypatch, capsys):
    monkeypatch.setattr(cli.os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit) as ended:
        cli.main("photo-sync", "1.2.3", [command, "--help"])
    assert ended.value.code == 0
    assert f"usage: photo-sync {command}" in capsys.readouterr().out


def test_the_version_is_that_of_the_collection(capsys):
    with pytest.raises(SystemExit):
        cli.main("photo-sync", "1.2.3", ["--version"])
    assert capsys.readouterr().out == "photo-sync (photosync.vps 1.2.3)\n"


@pytest.mark.parametrize(
    "asked", [[], ["reboot"], ["up", "--timeout", "soon"], ["up", "--timeout", "0"], ["health", "--wait", "-1"]]
)
def test_a_command_that_makes_no_sense_ends_with_2(asked, as_root):
    with pytest.raises(SystemExit) as ended:
        cli.main("photo-sync", "1", asked)
    assert ended.value.code == 2


def test_nobody_but_root_is_let_in_and_is_told_what_to_type(monkeypatch, capsys):
    monkeypatch.setattr(cli.os, "geteuid", lambda: 1000)
    assert cli.main("photo-sync", "1", ["ps"]) == 2
    assert capsys.readouterr().err == "photo-sync: only root may do this; try: sudo photo-sync ps\n"


@pytest.mark.parametrize("command", EVERYDAY)
def test_a_host_without_a_release_is_one_clear_message_and_no_trace(command, as_root, tmp_path, capsys):
    assert cli.main("no-such-stack", "1", [command]) == 1
    said = capsys.readouterr().err
    assert said.startswith("no-such-stack: no ")
    assert "playbook" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("error", [ZeroDivisionError, KeyboardInterrupt])
def test_a_fault_in_the_engine_itself_is_not_dressed_up_and_interrupting_it_leaves_no_trace(
    as_root, monkeypatch, capsys, error
):
    def broken(name):
        raise error

    monkeypatch.setattr(cli.importlib, "import_module", broken)
    if error is KeyboardInterrupt:
        assert cli.main("photo-sync", "1", ["health"]) == 130
        assert capsys.readouterr().err == ""
    else:
        with pytest.raises(ZeroDivisionError):
            cli.main("photo-sync", "1", ["ps"])
