# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Points of any age, as restic by hand makes them: marked like ours, with one file and a manifest of nothing."""

from __future__ import annotations

import datetime
import json
import shlex

from integration.restore.library import HOST, REPOSITORY, STACK, Library

OPEN = "export RESTIC_REPOSITORY={repository} RESTIC_PASSWORD_FILE=/root/restic-password RESTIC_CACHE_DIR=/root/forging"
# The tree of a file that never changes is the same in every snapshot. All at once, since each waits for the password.
LAY = """
{open}
mkdir -p /srv/forged && echo forged >/srv/forged/file && touch -d 2026-01-01 /srv/forged/file /srv/forged
lay() {{ restic backup --quiet --host {host} --tag "$1" /srv/forged; }}
lay stack={stack},point={first},part=files
tree=$(restic snapshots --json --tag point={first} | python3 -c '
import json, sys
print(json.load(sys.stdin)[0]["tree"])')
{others}
wait
"""


def days_ago(days: float, letters: str = "aaaa") -> str:
    """The ID of a point that was begun so many days ago; of one from the future, for fewer than none."""
    time = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=days)
    return f"{time:%Y%m%dT%H%M%SZ}-{letters}"


def lay(library: Library, points: dict[str, str], repository: str = REPOSITORY) -> None:
    """Put points into a repository: their IDs, each with a further tag of its manifest, or none."""
    first, *rest = points
    others = [f"lay stack={STACK},point={point},part=files &" for point in rest]
    for point, tag in points.items():
        tags = [f"stack={STACK}", f"point={point}", "part=manifest", "tree=${tree:0:16}", *([tag] if tag else [])]
        others.append(f'lay "{",".join(tags)}" &')
    opening = OPEN.format(repository=repository)
    library.sh(LAY.format(open=opening, host=HOST, stack=STACK, first=first, others="\n".join(others)))


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
