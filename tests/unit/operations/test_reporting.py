# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever is done leaves a result that machines read, and is told to who wants to hear it."""

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import config, listing
from ansible_collections.photosync.vps.plugins.module_utils.notify import results
from ansible_collections.photosync.vps.plugins.module_utils.operations import metrics
from ansible_collections.photosync.vps.plugins.module_utils.operations.report import reported
from prometheus_client.parser import text_string_to_metric_families
from support.specs import make_spec

POINT = "20261123T030000Z-3f9a"
POINT_TIME = datetime.datetime(2026, 11, 23, 3, tzinfo=datetime.UTC).timestamp()


@pytest.fixture
def told(tmp_path: Path) -> Path:
    """The file in which a command of the operator's notes every event."""
    return tmp_path / "told"


@pytest.fixture
def where(tmp_path: Path, told: Path) -> config.Settings:
    """Settings with a command that hears of everything, metrics, and a copy."""
    (tmp_path / "metrics").mkdir()
    note = f'echo "$PHOTOSYNC_STACK $PHOTOSYNC_OPERATION $PHOTOSYNC_EVENT: $(cat)" >>{told}'
    command = {"kind": "command", "command": ["sh", "-c", note], "events": ["start", "success", "failure", "recovery"]}
    copy = {"name": "nas", "repository": "sftp:nas:/x"}
    given = {"repository": "/r", "password_file": "/p", "host": "web1", "copies": [copy], "notifications": [command]}
    return config.from_dict({**given, "metrics_folder": str(tmp_path / "metrics")})


@pytest.fixture
def stack(tmp_path: Path) -> dict[str, Any]:
    return make_spec(stack="photo-sync", state_dir=str(tmp_path / "state"))


def fail(stack: dict[str, Any], where: config.Settings, operation: str = "backup") -> None:
    with (
        pytest.raises(ValueError, match="locked"),
        reported(operation, stack, where, print),
    ):
        raise ValueError("the repository is locked")


def succeed(stack: dict[str, Any], where: config.Settings, operation: str = "backup", **facts: Any) -> None:
    with reported(operation, stack, where, print) as report:
        report.facts, report.summary = facts, "all is well"


def values(tmp_path: Path) -> dict[tuple[str, ...], float]:
    """Every sample of the metrics, by name and labels, as Prometheus' own parser reads them."""
    text = (tmp_path / "metrics" / "photo-sync.prom").read_text()
    families = list(text_string_to_metric_families(text))
    assert all(family.documentation and family.type == "gauge" for family in families)
    found = {}
    for family in families:
        for sample in family.samples:
            labels = [sample.labels[key] for key in ("operation", "repository") if key in sample.labels]
            assert sample.labels["stack"] == "photo-sync"
            found[(sample.name.removeprefix("photosync_backup_"), *labels)] = sample.value
    return found


def test_a_command_hears_which_stack_and_what_went_wrong(
    stack: dict[str, Any], where: config.Settings, told: Path
) -> None:
    fail(stack, where)
    fail(stack, where)
    succeed(stack, where, point=POINT, bytes=3)
    succeed(stack, where, point=POINT, bytes=3)
    failure = "failure: the repository is locked"
    ends = [failure, failure, "recovery: all is well", "success: all is well"]
    said = [f"photo-sync backup {words}" for end in ends for words in ("start: ", end)]
    assert told.read_text().splitlines() == said


def test_a_mistyped_id_alarms_nobody(stack: dict[str, Any], where: config.Settings, told: Path) -> None:
    with pytest.raises(config.Mistaken), reported("verify", stack, where, print):
        listing.choose([{"id": POINT, "complete": True}], "2025", "photo-sync")
    assert "failure" not in told.read_text()
    assert not Path(results.path_of(stack.state_dir)).exists()


def test_a_good_check_does_not_end_the_alarm_about_the_backup(
    stack: dict[str, Any], where: config.Settings, told: Path
) -> None:
    fail(stack, where)
    succeed(stack, where, "check")
    assert "photo-sync check success" in told.read_text()


def test_the_result_is_kept_for_machines_and_remembers_the_last_success(
    stack: dict[str, Any], where: config.Settings
) -> None:
    succeed(stack, where, point=POINT, bytes=3, suspect=[])
    fail(stack, where)
    kept = json.loads(Path(stack.state_dir, "results.json").read_text())
    result = kept["operations"]["backup"]
    assert (kept["stack"], kept["host"]) == ("photo-sync", "web1")
    assert (result["ok"], result["message"]) == (False, "the repository is locked")
    assert (result["point"], result["bytes"]) == (POINT, 3), "that of the last point that was made"
    assert datetime.datetime.fromisoformat(result["last_success"]).tzinfo


def test_what_is_complete_and_still_wrong_is_a_failure(
    stack: dict[str, Any], where: config.Settings, told: Path, tmp_path: Path
) -> None:
    with reported("backup", stack, where, print) as report:
        report.facts = {"point": POINT, "bytes": 3, "suspect": ["table gone"]}
        report.copies = {"nas": "no route"}
        report.failure = "suspect"
    assert "failure: suspect" in told.read_text()
    found = values(tmp_path)
    assert (found["failing", "backup"], found["point_suspect",], found["copy_failing", "nas"]) == (1, 1, 1)
    assert ("last_success_timestamp_seconds", "backup") not in found
    assert ("copy_last_success_timestamp_seconds", "nas") not in found


CHECKED = [("first", 3, ""), ("nas", 1, "rot")]


def test_metrics_say_when_and_never_how_long_ago(stack: dict[str, Any], where: config.Settings, tmp_path: Path) -> None:
    before = datetime.datetime.now().timestamp() - 1
    with reported("backup", stack, where, print) as report:
        report.facts = {"point": POINT, "bytes": 3_000_000_000, "suspect": []}
        report.copies = {"nas": ""}
    with reported("check", stack, where, print) as report:
        report.checks = {name: {"part": part, "parts": 12, "error": why} for name, part, why in CHECKED}
        report.failure = "repository nas: rot"
    Path(stack.state_dir, "drill.json").write_text(json.dumps(DRILL))
    succeed(stack, where, "verify", point=POINT)
    found = values(tmp_path)
    for name in (
        ("last_success_timestamp_seconds", "backup"),
        ("last_success_timestamp_seconds", "verify"),
        ("last_run_timestamp_seconds", "check"),
        ("copy_last_success_timestamp_seconds", "nas"),
        ("check_last_success_timestamp_seconds", "first"),
    ):
        assert before <= found.pop(name) <= before + 60, name
    for operation in ("backup", "verify"):
        del found["last_run_timestamp_seconds", operation]
    for operation in ("backup", "verify", "check"):
        assert 0 <= found.pop(("duration_seconds", operation)) < 10
    drilled = datetime.datetime.fromisoformat("2026-11-01T05:10:00+01:00").timestamp()
    assert found == {
        ("failing", "backup"): 0,
        ("failing", "verify"): 0,
        ("failing", "check"): 1,
        ("failing", "drill"): 1,
        ("last_success_timestamp_seconds", "drill"): drilled,
        ("last_run_timestamp_seconds", "drill"): drilled + 86400,
        ("duration_seconds", "drill"): 90,
        ("point_timestamp_seconds",): POINT_TIME,
        ("point_bytes",): 3e9,
        ("point_suspect",): 0,
        ("copy_failing", "nas"): 0,
        ("check_failing", "first"): 0,
        ("check_failing", "nas"): 1,
        ("check_part", "first"): 3,
        ("check_part", "nas"): 1,
        ("check_parts", "first"): 12,
        ("check_parts", "nas"): 12,
    }
    assert (tmp_path / "metrics" / "photo-sync.prom").stat().st_mode & 0o777 == 0o644


FAILED = {"ok": False, "point": POINT, "seconds": 90, "error": "too little memory"}
FAILED |= {"started": "2026-11-02T05:08:30+01:00", "finished": "2026-11-02T05:10:00+01:00"}
DRILL = {"schema": 1, "last": FAILED, "last_good": {"finished": "2026-11-01T05:10:00+01:00"}}


def test_metrics_can_hold_any_name_of_a_repository(tmp_path: Path) -> None:
    odd = 'a "quoted" \\ name\n'
    entry = {"ok": True, "last_success": "2026-11-01T05:10:00+01:00"}
    text = metrics.render("photo-sync", {"operations": {}, "copies": {odd: entry}, "checks": {}})
    (failing,) = [one for one in text_string_to_metric_families(text) if one.name.endswith("failing")]
    assert failing.samples[0].labels["repository"] == odd


def test_a_copy_that_is_no_more_is_no_longer_told_of(
    stack: dict[str, Any], where: config.Settings, tmp_path: Path
) -> None:
    with reported("backup", stack, where, print) as report:
        report.copies = {"nas": "no route"}
    succeed(stack, config.from_dict({**BARE, "metrics_folder": where.metrics_folder}), point=POINT, bytes=1)
    assert ("copy_failing", "nas") not in values(tmp_path)


BARE = {"repository": "/r", "password_file": "/p", "host": "web1"}


def test_neither_a_result_that_cannot_be_kept_nor_a_missing_folder_fails_the_backup(
    stack: dict[str, Any], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    succeed(stack, config.from_dict({**BARE, "metrics_folder": "/no/such/folder"}))
    assert "no metrics are written to /no/such/folder" in capsys.readouterr().out
    (tmp_path / "state" / "results.json").unlink()
    (tmp_path / "state" / "results.json").mkdir()
    succeed(stack, config.from_dict(BARE))
    assert "the result cannot be kept" in capsys.readouterr().out


def test_a_result_file_that_was_damaged_is_begun_anew(stack: dict[str, Any]) -> None:
    Path(stack.state_dir).mkdir()
    Path(results.path_of(stack.state_dir)).write_text('{"operations": {"bac')
    succeed(stack, config.from_dict(BARE), point=POINT, bytes=1)
    assert results.read(stack.state_dir)["operations"]["backup"]["ok"]
