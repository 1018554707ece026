# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Services that stand still while their volumes are saved, and are started again whatever happens.

Three things see to that: this process when it ends in any way that it hears of; a second process that waits for the
first to die, since kill -9 is not heard of; and, where the machine lost its power meanwhile, the engine, which starts
whatever it always restarts when it comes up. By a note on disk, the next backup then gives it its own policy back.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import subprocess
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose, restart_policies
from ansible_collections.photosync.vps.plugins.module_utils.docker.engine import STOP_SECONDS
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, Volume

# Its input ends when the process that holds the other end does, by whatever death. The engine may be about to stop what
# still runs then, so starting once is not enough; but once another run has taken over, who noted the same no longer, it
# would disturb the next copy.
WATCH = f"""
read -r word
[ "$word" = done ] && exit
note=$1 token=$2 usual=$3
shift 3
for second in $(seq {STOP_SECONDS + 5}); do
    grep -q "$token" "$note" || exit
    if docker start "$@"; then well=1; else well=; fi
    sleep 1
done
[ -n "$well" ] || exit
[ -z "$usual" ] || docker update --restart {restart_policies.UNLESS_STOPPED} $usual
rm "$note"
"""


class Group(NamedTuple):
    """Volumes that have to be saved at one moment, and the services that write to them."""

    volumes: list[Volume]
    services: frozenset[str]


def groups(volumes: Sequence[Volume]) -> list[Group]:
    """The volumes that are saved cold; those that share a service belong together, no others."""
    found: list[Group] = []
    for volume in volumes:
        if volume.backup != "cold":
            continue
        writers = frozenset(volume.writers)
        apart = [group for group in found if not group.services & writers]
        joined = [group for group in found if group.services & writers]
        together = [one for group in joined for one in group.volumes]
        found = [*apart, Group([*together, volume], writers.union(*(group.services for group in joined)))]
    return found


@contextlib.contextmanager
def standing_still(spec: Spec, services: frozenset[str], progress: Progress) -> Iterator[list[str]]:
    """Stop those of these services that run, for as long as the block runs; hands out their names.

    Nobody who depends on them is touched. Raises PointError when one of them was started meanwhile by somebody else.
    """
    running = [found for found in _containers(spec, services) if found.state == "running"]
    if not running:
        yield []
        return
    ids, names = [found.id for found in running], sorted({found.service for found in running})
    os.makedirs(spec.state_dir, mode=0o700, exist_ok=True)
    token, usual = secrets.token_hex(8), restart_policies.having(restart_policies.UNLESS_STOPPED, ids)
    write_atomically(_path(spec), json.dumps({"token": token, "containers": ids, "usual": usual}) + "\n")
    with _watched([_path(spec), token, " ".join(usual), *ids]) as started_again:
        try:
            progress(f"{', '.join(names)}: stopped for a copy")
            restart_policies.give(restart_policies.ALWAYS, usual)
            run(["docker", "stop", "--time", str(STOP_SECONDS), *ids])
            yield names
            started = sorted({found.service for found in _containers(spec, services) if found.state == "running"})
            if started:
                raise PointError(f"{', '.join(started)} was started while it was copied, so the copy is worth nothing")
        finally:
            start_again(spec)
            started_again()
    progress(f"{', '.join(names)}: started again")


def start_again(spec: Spec) -> list[str]:
    """Start what a copy has stopped, also one that was broken off; returns the services."""
    if not os.path.exists(_path(spec)):
        return []
    with open(_path(spec), encoding="utf-8") as stream:
        noted = json.load(stream)
    # A container that was made anew meanwhile is somebody else's doing.
    known = [found for found in compose.containers(spec.stack) if found.id in noted["containers"]]
    if known:
        run(["docker", "start", *(found.id for found in known)])
        restart_policies.give(
            restart_policies.UNLESS_STOPPED, [found.id for found in known if found.id in noted["usual"]]
        )
    os.unlink(_path(spec))
    return sorted({found.service for found in known})


@contextlib.contextmanager
def _watched(arguments: Sequence[str]) -> Iterator[Callable[[], None]]:
    """Have another process start the containers if this one does not say that it has; hands out how it says so.

    :param arguments: the note, what is in it as long as nobody else has taken over, those of the containers whose
        restart policy was the usual one, and the containers.
    """
    try:
        watcher = subprocess.Popen(
            ["sh", "-c", WATCH, "sh", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            text=True,
        )
    except OSError as error:
        raise CommandFailed(["sh"], None, why=str(error)) from error
    try:
        yield lambda: _dismiss(watcher)
    finally:
        if watcher.stdin:
            watcher.stdin.close()


def _dismiss(watcher: subprocess.Popen[str]) -> None:
    watcher.communicate("done\n")


def _containers(spec: Spec, services: frozenset[str]) -> list[compose.Container]:
    return [found for found in compose.containers(spec.stack) if found.service in services]


def _path(spec: Spec) -> str:
    return os.path.join(spec.state_dir, "standing-still.json")
