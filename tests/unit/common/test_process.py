# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is told of commands that do not end, and of locks on a disk that is full."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import lock, process


def test_a_command_that_never_ends_is_told_with_what_it_complained_of() -> None:
    with pytest.raises(process.CommandFailed, match=r"no end within 0\.5 s\nthe signature does not match"):
        process.run(["sh", "-c", "echo the signature does not match >&2; exec sleep 10"], timeout=0.5)


READ = r"""
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run, stream
stream(["printf", r"\303\251\n"], print)
print(ascii(run(["printf", r"\303\251"]).stdout))
"""


def test_what_commands_print_is_utf8_whatever_the_hosts_own_encoding() -> None:
    strange = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "utf-8"}
    environment = {**os.environ, **strange, "PYTHONPATH": os.pathsep.join(sys.path)}
    said = subprocess.run([sys.executable, "-c", READ], env=environment, stdout=subprocess.PIPE, check=True)
    assert said.stdout.decode().splitlines() == ["é", "", r"'\xe9'"]


def test_a_command_is_read_byte_for_byte_while_it_runs() -> None:
    with process.reading(["sh", "-c", r"printf 'a\377\r\n\n'; echo $X"], {"X": "y"}) as lines:
        assert list(lines) == [b"a\xff\r\n", b"\n", b"y\n"]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["sh", "-c", "echo some; echo broken >&2; exit 4"], "exit code 4\nbroken"),
        (["no-such-command"], "No such file"),
    ],
)
def test_a_command_that_fails_while_it_is_read_is_a_failure(argv: list[str], said: str) -> None:
    with pytest.raises(process.CommandFailed, match=said), process.reading(argv) as lines:
        assert list(lines) == [b"some\n"]


def test_a_command_that_is_not_read_to_its_end_is_ended() -> None:
    with pytest.raises(KeyError), process.reading(["yes"]) as lines:
        raise KeyError(next(lines))


def test_a_lock_is_held_though_nobody_can_be_told_who_holds_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_given: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "pwrite", full)
    path = str(tmp_path / "points.lock")
    with (
        lock.exclusive(path, "a backup"),
        pytest.raises(lock.Busy, match="another command is already running"),
        lock.exclusive(path, "a restore"),
    ):
        pass
