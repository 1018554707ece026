# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One host adds to a repository: whoever restores the stack takes it over, and the host before is fenced out.

A machine that was believed lost may come back. It would go on making points of data that nobody uses any more, and one
of them would be the latest. So a restore leaves a mark with the identity of its host, and others refuse to publish.
"""

from __future__ import annotations

import datetime
import json
import os
import secrets
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import foreign
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

FILENAME = "owner.json"
OWNER = "owner"
PART = f"part={foreign.OWNER}"


def identity(spec: Spec) -> str:
    """Who this installation is, made up at first: a name or an address may be another machine's tomorrow."""
    path = os.path.join(spec.state_dir, "host-id")
    if not os.path.exists(path):
        os.makedirs(spec.state_dir, mode=0o700, exist_ok=True)
        write_atomically(path, secrets.token_hex(8) + "\n")
    with open(path, encoding="utf-8") as stream:
        return stream.read().strip()


def owner(snapshots: list[dict[str, Any]]) -> Optional[dict[str, str]]:
    """The last mark among a repository's snapshots: ``{id, host, time}``; None where nothing was ever restored."""
    last = _last(snapshots)
    if last is None:
        return None
    found = foreign.tag_of(last, OWNER) or ""
    return {"id": found, "host": str(last.get("hostname")), "time": last["time"][:19].replace("T", " ")}


def _last(snapshots: list[dict[str, Any]]) -> Optional[dict[str, Any]]:
    """The snapshot of the last mark, by the moment that it was: in another zone the same one has other words."""
    marks = [
        (made, number, snapshot)
        for number, snapshot in enumerate(snapshots)
        if foreign.tag_of(snapshot, "part") == foreign.OWNER and foreign.tag_of(snapshot, OWNER)
        if (made := foreign.time_of(snapshot)) is not None
    ]
    return max(marks)[2] if marks else None


def refuse(snapshots: list[dict[str, Any]], spec: Spec) -> None:
    """Raise PointError where the stack was taken over by another host."""
    found = owner(snapshots)
    if found and found["id"] != identity(spec):
        stack = spec.stack
        raise PointError(
            f"{stack} was restored on {found['host']} at {found['time']}, which has made its restore points since:"
            f" one made here would hide them. Is {found['host']} the one that serves? Then shut this host down. If this"
            f" is the one, bring it up to date with `{stack} restore latest`, or keep what it holds with"
            f" `{stack} take-over`; either fences {found['host']} out"
        )


def take_over(restic: Restic, spec: Spec, settings: Settings) -> Optional[dict[str, str]]:
    """Mark this host as the one that adds points; returns the one before it, None when nothing had to change."""
    marks = restic.snapshots([f"stack={spec.stack}", PART])
    before, last = owner(marks), _last(marks)
    mine = identity(spec)
    if before and before["id"] == mine:
        return None
    tags = [f"stack={spec.stack}", PART, f"{OWNER}={mine}"]
    # A mark from the future, of a host whose clock was wrong, would be the last one for ever.
    ahead = foreign.time_of(last) if last else None
    later = ahead + datetime.timedelta(seconds=1) if ahead and ahead >= datetime.datetime.now().astimezone() else None
    restic.backup_text(json.dumps({"owner": mine, "host": settings.host}), FILENAME, tags, settings.host, later)
    return before or {"id": "", "host": "", "time": ""}
