# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What somebody does to a repository with restic by hand."""

from __future__ import annotations

import json
import shlex

from integration.restore.library import REPOSITORY, STACK, Library

OPEN = "export RESTIC_REPOSITORY={repository} RESTIC_PASSWORD_FILE=/root/restic-password RESTIC_CACHE_DIR=/root/forging"


def lay_foreign(library: Library, tags: str) -> str:
    """Put a snapshot with these tags into the first repository; returns its short ID."""
    return library.sh(
        f"{OPEN.format(repository=REPOSITORY)}; mkdir -p /srv/forged && echo foreign >/srv/forged/other;"
        f" restic backup --json --host elsewhere --tag {shlex.quote(tags)} /srv/forged/other | tail -n 1"
        " | python3 -c 'import json, sys; print(json.load(sys.stdin)[\"snapshot_id\"][:8])'"
    ).strip()


def held(library: Library, repository: str = REPOSITORY) -> dict[str, set[str]]:
    """What restic says that a repository holds: the parts of each point."""
    said = library.sh(f"{OPEN.format(repository=repository)}; restic snapshots --json --no-lock --tag stack={STACK}")
    found: dict[str, set[str]] = {}
    for snapshot in json.loads(said):
        words = dict(tag.partition("=")[::2] for tag in snapshot["tags"])
        found.setdefault(words.get("point", ""), set()).add(words.get("part", ""))
    return found


def keep(library: Library, **retention: int) -> None:
    """Let this be the retention of the first repository."""
    library.sh(
        "python3 - <<'X'\nimport json\n"
        'path = "/etc/small/backup.json"\nsettings = json.load(open(path))\n'
        f'settings["retention"] = {retention!r}\nopen(path, "w").write(json.dumps(settings))\nX'
    )
