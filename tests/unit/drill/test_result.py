# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a drill has shown is kept for whoever asks later."""

from pathlib import Path
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.cli import points
from ansible_collections.photosync.vps.plugins.module_utils.drill import result

FIRST, SECOND = "20261123T030000Z-3f9a", "20261124T030000Z-77aa"
TIMES = {"finished": "2026-11-24T05:10:00+01:00", "seconds": 312.4}
GOOD: dict[str, Any] = {"ok": True, "point": FIRST, "failed": "", "error": "", **TIMES}
BAD: dict[str, Any] = {"ok": False, "point": SECOND, "failed": "files", "error": "a pack\nlost", **TIMES}


def test_nothing_is_known_before_the_first_drill(tmp_path: Path) -> None:
    assert result.read(str(tmp_path)) is None
    (tmp_path / "drill.json").write_text("{")
    assert result.read(str(tmp_path)) is None
    (tmp_path / "drill.json").write_text('{"schema": 99}')
    assert result.read(str(tmp_path)) is None


def test_a_failure_does_not_hide_the_last_good_one(tmp_path: Path) -> None:
    result.write(str(tmp_path), GOOD)
    result.write(str(tmp_path), BAD)
    assert result.read(str(tmp_path)) == {"schema": 1, "last": BAD, "last_good": GOOD}
    assert (tmp_path / "drill.json").stat().st_mode & 0o077 == 0


def test_each_point_says_what_its_drill_has_shown(tmp_path: Path) -> None:
    result.write(str(tmp_path), GOOD)
    result.write(str(tmp_path), BAD)
    kept = result.read(str(tmp_path))
    listed = [
        {"id": point, "time": "", "host": "web1", "databases": 1, "bytes": 1, "complete": True, "before_restore": None,
         "suspect": [], "accepted": False,
         "drilled": result.of_point(kept, point)}
        for point in (GOOD["point"], BAD["point"], "20261125T030000Z-0000")
    ]  # fmt: skip
    states = [line.split("1 B  ")[1] for line in points.render(listed).splitlines()[1:]]
    assert states == ["complete, drilled 2026-11-24", "complete, DRILL FAILED", "complete"]


def test_an_outcome_is_one_line_for_people() -> None:
    assert result.sentence(GOOD) == (
        "20261123T030000Z-3f9a was restored and proved in 312 s on 2026-11-24T05:10:00+01:00"
    )
    assert result.sentence(BAD).endswith("with 20261124T030000Z-77aa in phase files: a pack")
    assert "with no point in phase prepare" in result.sentence({**BAD, "point": "", "failed": "prepare"})
