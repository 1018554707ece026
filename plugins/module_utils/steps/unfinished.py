# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is half done of a restore here, what may not happen meanwhile, and every way that leads on.

The one place that knows: a backup that is refused, a start, health and the restore itself say what stands here. Imports
little, so that who only asks sends little.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
from collections.abc import Iterator
from typing import Callable, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common import lock
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import EMPTY, UNKNOWN, Restore, half_done

POINT, COLD, NONE = "point", "cold", "none"
FIRST = "first"
# What a restore that goes on says of itself in its lock.
RUNNING = "a restore"
# A deployment that only looks whether there is something to do ends within seconds.
WAIT_SECONDS = 60.0
# Differences that are said to whoever asks later.
SHOWN = 5


class HalfRestored(Exception):
    """Something may not be done while a restore is half done; the message names the ways on. Nothing was changed."""


def state_dir_of(stack: str) -> str:
    """Where a host keeps what it knows of a stack, also where none is deployed yet."""
    return os.path.join("/var/lib", stack)


def told(stack: str, state_dir: str) -> str:
    """What is half done here, and the ways on, line by line; empty when nothing is."""
    half = half_done(state_dir)
    if half is None:
        return ""
    holder = lock.holder_of(os.path.join(state_dir, "points.lock"))
    if holder.startswith(RUNNING):
        return f"the restore of {half.point} goes on right now, as {holder}; wait until it has ended"
    return "\n".join([headline(half), *_found(half), *ways(stack, half)])


def of_stack(stack: str) -> str:
    """The same for a stack by its name; empty without one."""
    return told(stack, state_dir_of(stack)) if stack else ""


def refuse(stack: str, state_dir: str, what: str) -> None:
    """Raise HalfRestored while a restore is half done: services would run on half of their data, or write into it.

    :param what: what is refused, with what it would do: "up would start services on it".
    """
    said = told(stack, state_dir)
    if said:
        raise HalfRestored(f"nothing was changed, since {what}: {said}")


@contextlib.contextmanager
def starting(
    spec: Spec,
    what: str,
    who: str = "",
    wait: float = WAIT_SECONDS,
    tell: Optional[Callable[[str], None]] = None,
    restoring: str = "",
) -> Iterator[None]:
    """Start services in the block, alone: one start at a time, and none on half of a restore.

    A restore takes the same lock to stop them, so that whoever starts has either ended by then or is refused.

    :param restoring: the point of the restore that this is a part of.
    """
    if not restoring:
        # Nobody waits for what is refused anyway.
        refuse(spec.stack, spec.state_dir, f"{what} would start services on half of their data")
    path = os.path.join(spec.state_dir, "deploy.lock")
    with lock.exclusive(path, what, who, wait, tell, with_children=True):
        if not restoring:
            refuse(spec.stack, spec.state_dir, f"{what} would start services on half of their data")
        yield


def headline(half: Restore) -> str:
    """What is half done, in a sentence."""
    if _goes_back(half):
        return f"going back to what was here before a restore, {half.point}, has not ended well yet"
    if half.abandoned:
        return f"going back from the restore of {half.point} has not ended well yet"
    what = f"{', '.join(half.only)} of {half.point}" if half.only else half.point
    return f"the restore of {what} has not ended well yet{_got_to(half)}"


def ways(stack: str, half: Restore) -> list[str]:
    """The ways that lead on, a line each, with the whole command."""
    going_on, back = again(stack, half), back_from(stack, half)
    if _goes_back(half) or half.abandoned:
        found = [f"to go on with that: {back}"] if back else []
        anew = [] if _goes_back(half) else [f"to restore it all the same: {going_on}"]
        return [*_acceptance(stack, half), *found, *anew]
    word = "to begin it anew" if half.differences else "to go on with it"
    return [*_acceptance(stack, half), f"{word}: {going_on}", _way_back(stack, half, back)]


def again(stack: str, half: Restore, accept: str = "") -> str:
    """The command that restores the same once more.

    :param accept: the digest of the differences that it accepts.
    """
    words = [stack, "restore", half.point]
    words += ["--only", ",".join(half.only)] if half.only else []
    words += ["--repository", half.repository] if half.repository not in ("", FIRST) else []
    words += ["--accept-differences", accept] if accept else []
    return shlex.join([*words, "--confirm", confirmation(stack, half)])


def back_from(stack: str, half: Restore) -> str:
    """The command that brings back what was here before; empty where nothing was kept."""
    kept = half.kept
    if half.replaced and (kept is None or kept["kind"] in (NONE, UNKNOWN)):
        return ""
    return shlex.join([stack, "restore", "--abandon", "--confirm", confirmation(stack, half)])


def what_was_before(half: Restore) -> str:
    """What somebody gets who goes back, in words."""
    kept = half.kept or {"kind": NONE}
    if not half.replaced:
        return "nothing of what was here has been replaced yet"
    return {
        POINT: f"kept as the restore point {kept.get('name')}",
        COLD: f"kept as the copy {kept.get('name')}",
        EMPTY: "nothing: what the restore has put here is removed",
    }.get(kept["kind"], "")


def confirmation(stack: str, half: Restore) -> str:
    """What has to be said for data to be replaced."""
    return f"{stack}@{half.host or _host(stack)}"


def _got_to(half: Restore) -> str:
    """How far it got, where that is of weight for whoever decides."""
    if half.unreadable:
        return f", and how far it came is not known: {half.path} cannot be read"
    if half.differences:
        return f", its proof found differences ({half.digest})"
    if half.result("prove") is None:
        return ""
    data = "its differences are accepted" if half.accepted else "its data is proved"
    return f": {data}, its services have not started well"


def _found(half: Restore) -> list[str]:
    """What its proof found, for whoever was not there; not more than a few lines."""
    found = [f"  {difference['message']}" for difference in half.differences[:SHOWN]]
    more = len(half.differences) - SHOWN
    return [*found, f"  and {more} more: {half.path}"] if more > 0 else found


def _acceptance(stack: str, half: Restore) -> list[str]:
    if not half.differences:
        return []
    return [f"to accept exactly these ({len(half.differences)}) and start: {again(stack, half, half.digest)}"]


def _way_back(stack: str, half: Restore, back: str) -> str:
    if back:
        return f"to go back to what was here before ({what_was_before(half)}): {back}"
    if half.kept is None or half.kept["kind"] == UNKNOWN:
        return (
            "how what was here before is kept is not known; "
            f"`{stack} points` shows whether a point was kept before restoring {half.point}"
        )
    return (
        "there is no way back: nothing of what was here before was kept (--safety none);"
        f" `{stack} points` shows what else can be restored"
    )


def _goes_back(half: Restore) -> bool:
    """Whether this restore is the way back itself: that of the point which was kept before the first attempt."""
    kept = half.kept
    return half.replaced and kept is not None and kept["kind"] == POINT and kept["name"] == half.point


def _host(stack: str) -> str:
    # Journals of the first version do not name it.
    try:
        with open(os.path.join("/etc", stack, "backup.json"), encoding="utf-8") as stream:
            return str(json.load(stream)["host"])
    except (OSError, ValueError, KeyError):
        return "HOST"
