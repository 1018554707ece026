# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is stopped for a copy is stopped alone, and is started again whatever happens."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import quiesce
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common import records
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Volume
from support.specs import make_spec

# Knows the containers as files with their states, and writes down what it is told to do.
DOCKER = """#!/bin/sh
cd "{folder}"
case $1 in
ps) for one in wiki search web; do
        printf '%s\\t%s\\t%s\\tUp\\t\\tx-%s-1\\n' "id-$one" "$(cat "id-$one")" "$one" "$one"
    done ;;
stop) echo "$@" >>told; shift 3; for one; do echo exited >"$one"; done ;;
inspect) shift 3; for one; do echo "$one unless-stopped"; done ;;
update) echo "$@" >>told ;;
start) echo "$@" >>told; test ! -e broken || exit 1; shift; for one; do echo running >"$one"; done ;;
esac
"""
# A backup that dies while the wiki stands still.
DYING = """
import os, sys
sys.path[:0] = {path!r}
from ansible_collections.photosync.vps.plugins.module_utils.stack import spec
from ansible_collections.photosync.vps.plugins.module_utils.backup import quiesce
quiesce.WATCH = {watch!r}
with quiesce.standing_still({spec}, frozenset(["wiki"]), print):
    os.kill(os.getpid(), 9)
"""


def volume(name: str, *writers: str, backup: str = "cold") -> Volume:
    return Volume(name, backup=backup, writers=list(writers))


def made(spec: Any) -> str:
    """Words of Python that make the same spec."""
    return f"spec.of({records.as_json(spec)!r})"


@pytest.mark.parametrize(
    ("volumes", "expected"),
    [
        ([volume("a", "x", backup="files")], []),
        ([volume("a", "x"), volume("b", "y")], [("a", "x"), ("b", "y")]),
        ([volume("a", "x"), volume("b", "x", "y")], [("ab", "xy")]),
        ([volume("a", "x"), volume("b", "y"), volume("c", "x", "y"), volume("d", "z")], [("abc", "xy"), ("d", "z")]),
        ([volume("a")], [("a", "")]),
    ],
)
def test_volumes_with_a_service_in_common_are_saved_at_one_moment_and_others_apart(
    volumes: list[Volume], expected: list[tuple[str, str]]
) -> None:
    found = [
        ("".join(one.name for one in group.volumes), "".join(sorted(group.services)))
        for group in quiesce.groups(volumes)
    ]
    assert sorted(found) == expected


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a stand-in for docker, in which wiki and web run and search does not."""
    command = tmp_path / "bin" / "docker"
    command.parent.mkdir()
    command.write_text(DOCKER.format(folder=tmp_path))
    command.chmod(0o755)
    for name, state in (("wiki", "running"), ("search", "exited"), ("web", "running")):
        (tmp_path / f"id-{name}").write_text(state + "\n")
    monkeypatch.setenv("PATH", f"{command.parent}:/usr/bin:/bin")
    monkeypatch.setattr(quiesce, "WATCH", quiesce.WATCH.replace("$(seq 65)", "1 2 3 4"))
    yield tmp_path


def spec(host: Path) -> dict[str, Any]:
    return make_spec(stack="x", state_dir=str(host / "state"))


def states(host: Path) -> dict[str, str]:
    return {name: (host / f"id-{name}").read_text().strip() for name in ("wiki", "search", "web")}


BEFORE = {"wiki": "running", "search": "exited", "web": "running"}
BOTH = frozenset(["wiki", "search"])


def wait_for(host: Path, wanted: dict[str, str]) -> None:
    deadline = time.monotonic() + 10
    while states(host) != wanted:
        assert time.monotonic() < deadline, states(host)
        time.sleep(0.05)


def kill(host: Path) -> None:
    """Have a backup die while the wiki stands still."""
    script = DYING.format(path=[entry for entry in sys.path if entry], spec=made(spec(host)), watch=quiesce.WATCH)
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.DEVNULL, check=False)
    assert done.returncode == -9
    wait_for(host, BEFORE)


def test_it_is_started_again_at_once_when_the_backup_is_killed_with_9_and_nothing_is_left(host: Path) -> None:
    kill(host)
    # The engine finishes what the killed one had asked of it.
    (host / "id-wiki").write_text("exited\n")
    wait_for(host, BEFORE)
    deadline = time.monotonic() + 15
    while list((host / "state").iterdir()):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_the_next_backup_takes_over_from_whoever_watched_the_one_that_was_killed(host: Path) -> None:
    kill(host)
    assert quiesce.start_again(spec(host)) == ["wiki"]
    with quiesce.standing_still(spec(host), BOTH, print) as stopped:
        time.sleep(2.5)
        assert (stopped, states(host)) == (["wiki"], {**BEFORE, "wiki": "exited"})


def test_a_start_that_fails_is_a_failure_and_is_tried_again_next_time(host: Path) -> None:
    def copy() -> None:
        with quiesce.standing_still(spec(host), BOTH, print):
            (host / "broken").touch()

    with pytest.raises(CommandFailed):
        copy()
    (host / "broken").unlink()
    wait_for(host, BEFORE)
    assert quiesce.start_again(spec(host)) == ["wiki"], "it is forgotten only once it has been started"


def test_a_copy_of_what_somebody_started_meanwhile_is_no_copy(host: Path) -> None:
    with pytest.raises(PointError, match="wiki was started"), quiesce.standing_still(spec(host), BOTH, print):
        (host / "id-wiki").write_text("running\n")
