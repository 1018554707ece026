# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Long phases say how far they are, and a restore how long it will take."""

from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.meter import Meter
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import load
from ansible_collections.photosync.vps.plugins.module_utils.restore import durations, preview
from support.specs import make_spec


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_line_now_and_then_says_percentage_throughput_and_time_left() -> None:
    said: list[str] = []
    clock = Clock()
    meter = Meter(said.append, "volume photos", 100 * 1024**2, clock)
    meter.at(1)
    clock.now = 10.0
    meter.at(25 * 1024**2)
    meter.at(26 * 1024**2)
    clock.now = 40.0
    meter.at(200 * 1024**2)
    assert said == [
        "volume photos: 25%, 25.0 MiB of 100.0 MiB, 2.5 MiB/s, 30 s left",
        "volume photos: 99%, 200.0 MiB of 100.0 MiB, 5.0 MiB/s, 0 s left",
    ]


def test_lines_come_ever_more_rarely_but_one_a_minute() -> None:
    said: list[float] = []
    clock = Clock()
    meter = Meter(lambda _line: said.append(clock.now), "volume photos", 100, clock)
    for second in range(2 * 3600):
        clock.now = float(second)
        meter.at(second)
    between = [after - before for before, after in zip(said, said[1:], strict=False)]
    assert between[0] == 5.0
    assert between == sorted(between)
    assert between[-1] == 60.0


def test_of_what_nobody_knows_the_size_no_share_is_said() -> None:
    said: list[str] = []
    clock = Clock()
    meter = Meter(said.append, "database d/albums", clock=clock)
    clock.now = 10.0
    meter.at(20 * 1024**2)
    assert said == ["database d/albums: 20.0 MiB, 2.0 MiB/s"]


def test_a_terminal_gets_a_bar() -> None:
    class Terminal:
        drawn = ""

        def __call__(self, _line: str) -> None:
            raise AssertionError("a bar is no line")

        def picture(self, text: str) -> None:
            self.drawn = text

    terminal, clock = Terminal(), Clock()
    meter = Meter(terminal, "volume photos", 100, clock)
    clock.now = 1.0
    meter.at(50)
    assert terminal.drawn.startswith("[############............] volume photos: 50%, ")
    meter = Meter(terminal, "database d/albums", clock=clock)
    clock.now = 2.0
    meter.at(1024)
    assert terminal.drawn == "database d/albums: 1.0 KiB, 1.0 KiB/s"


def test_the_last_restore_of_the_same_parts_says_how_long_it_will_take(tmp_path: Any, manifest: dict[str, Any]) -> None:
    spec = make_spec(state_dir=str(tmp_path))
    assert durations.sentence(durations.expected(spec, manifest)) == "not measured yet"
    durations.remember(spec, manifest, {"files": 60.5, "databases": 30.0}, "restore")
    assert " took 90 s for 2.2 KiB" in durations.sentence(durations.expected(spec, manifest))
    assert durations.expected(spec, {**manifest, "only": ["files"]}) is None


def test_the_report_says_what_is_replaced_by_what() -> None:
    said = preview.text(
        {
            "chosen": "restore point X",
            "age": "3 days",
            "parts": [
                {"part": "volume photos", "here": {"said": "nothing"}, "files": 3, "bytes": 2048},
                {"part": "database d/albums", "here": {"said": "1 tables"}, "tables": 2, "rows": 9, "bytes": 1},
            ],
            "left_out": ["/srv/photos (kept elsewhere)"],
            "stays": ["database d/notes"],
            "stops": ["web"],
            "expected": None,
        }
    )
    assert said.splitlines() == [
        "restore point X, 3 days old",
        "",
        "PART               HERE NOW  FROM THE POINT",
        "volume photos      nothing   3 files, 2.0 KiB",
        "database d/albums  1 tables  2 tables, 9 rows, 1 B",
        "",
        "left out: /srv/photos (kept elsewhere)",
        "stays as it is, since the point has none of that name: database d/notes",
        "stands still meanwhile: web",
        "expected duration: not measured yet",
    ]


def test_an_index_gets_a_quarter_of_the_free_memory_within_bounds() -> None:
    assert load.memory_options(2 * 1024**3).startswith("-c maintenance_work_mem=512MB ")
    assert load.memory_options(1024**2).startswith("-c maintenance_work_mem=64MB ")
    assert load.memory_options(10**12).startswith("-c maintenance_work_mem=1024MB ")
