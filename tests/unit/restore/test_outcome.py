# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is told of a restore that has ended, by the host command as by the playbook."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.restore import outcome
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import make_spec

POINT = "20261123T030000Z-3f9a"
COMPARED = {"tables": 1, "rows": 2, "databases": 1, "files": 3, "bytes": 4, "volumes": 1}
WHAT = "1 tables with 2 rows in 1 databases, 3 files with 4 bytes in 1 volumes"
DNS = "left to do: point the DNS record of photos.example.org at this host"


def told(
    folder: Path, accepted: Any = None, only: Any = (), kept: str = "", fenced: str = "", url: bool = True, **plan: Any
) -> list[str]:
    journal = Restore(str(folder), POINT)
    known = {"time": "03:00", "from_host": "web1", "replaces": ["data"], "left_out": [], **plan}
    journal.begin(manifest={"only": list(only)}, host="web1")
    journal.note("plan", known)
    journal.note("safety", {"name": kept})
    journal.note("prove", {"compared": COMPARED, "accepted": accepted or {}})
    spec = make_spec("photo-sync", url="https://photos.example.org" if url else "")
    return outcome.lines(spec, journal, fenced)


def test_what_serves_and_what_was_compared_is_told_of_every_restore(tmp_path: Path) -> None:
    serves = f"photo-sync on web1 serves the restore point {POINT} of 03:00, made by web1"
    same = f"compared and found the same: {WHAT}"
    assert told(tmp_path) == [serves, same, "https://photos.example.org"]
    assert told(tmp_path, url=False, replaces=[]) == [serves, same], "nothing leads to a stack without an address"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"only": ["files", "web"]}, f"photo-sync on web1 serves files, web of the restore point {POINT} of 03:00"),
        ({"left_out": ["the media", "a cache"]}, "left out: the media; a cache"),
        ({"kept": "cold-1"}, "what was here before is kept as cold-1"),
        ({"fenced": "web0"}, "the machine that was web0 before makes no more restore points"),
        ({"from_host": "web0"}, DNS),
        ({"replaces": []}, DNS),
    ],
)
def test_what_else_there_is_to_know_has_a_line_where_there_is_something(
    tmp_path: Path, given: dict[str, Any], said: str
) -> None:
    found = told(tmp_path, **given)
    assert any(line.startswith(said) for line in found) and len(found) == (3 if "only" in given else 4)


@pytest.mark.parametrize(
    ("count", "said"), [(1, "1 difference accepted by alice"), (2, "2 differences accepted by alice")]
)
def test_what_was_accepted_is_counted_and_never_called_the_same(tmp_path: Path, count: int, said: str) -> None:
    accepted = {"digest": "3f6c1d20a8be", "by": "alice", "differences": [{}] * count}
    assert told(tmp_path, accepted)[1] == f"compared and {said} (3f6c1d20a8be): {WHAT}"


def test_a_restore_that_was_not_proved_has_nothing_to_tell(tmp_path: Path) -> None:
    assert outcome.lines(make_spec("photo-sync"), Restore(str(tmp_path), POINT), "") == []
