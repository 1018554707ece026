# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is in the repository, and which point somebody means."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import listing
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import choose, points_of
from ansible_collections.photosync.vps.plugins.module_utils.backup.verify import unlike


def test_a_point_is_complete_when_its_manifest_and_all_its_parts_are_there(snapshots: list[dict[str, Any]]) -> None:
    (point,) = points_of(snapshots)
    assert (point["id"], point["complete"], point["missing"]) == ("20261123T030000Z-3f9a", True, [])
    assert (point["databases"], point["bytes"], point["host"]) == (2, 300, "web1")


@pytest.mark.parametrize(
    ("lost", "missing"),
    [(0, "snapshot of tree 1111111111111111"), (2, "snapshot of tree 3333333333333333"), (3, "manifest")],
)
def test_a_point_that_lacks_a_part_is_incomplete(snapshots: list[dict[str, Any]], lost: int, missing: str) -> None:
    snapshots.pop(lost)
    (point,) = points_of(snapshots)
    assert (point["complete"], point["missing"]) == (False, [missing])


def test_a_copy_in_another_repository_is_the_same_point(snapshots: list[dict[str, Any]]) -> None:
    for snapshot in snapshots:
        snapshot["id"] = "e" * 64
    assert points_of(snapshots)[0]["complete"]


def test_the_snapshot_of_a_repeated_pass_does_no_harm(snapshots: list[dict[str, Any]]) -> None:
    again = {**snapshots[2], "id": "f" * 64, "tree": "5" * 64}
    assert points_of([*snapshots, again])[0]["complete"]


def test_snapshots_that_somebody_else_made_are_no_points() -> None:
    assert (
        points_of([{"id": "x", "tree": "y", "hostname": "h", "tags": None}, {"id": "z", "tree": "y", "hostname": "h"}])
        == []
    )


def summary(point: str, complete: bool = True) -> dict[str, Any]:
    return {"id": point, "complete": complete, "missing": [] if complete else ["manifest"]}


POINTS = [summary("20261121T030000Z-aaaa"), summary("20261122T030000Z-bbbb"), summary("20261123T030000Z-cccc", False)]


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("latest", "20261122T030000Z-bbbb"),
        ("20261121T030000Z-aaaa", "20261121T030000Z-aaaa"),
        ("20261121", "20261121T030000Z-aaaa"),
    ],
)
def test_latest_is_the_newest_complete_point_and_an_id_may_be_shortened(wanted: str, meant: str) -> None:
    assert choose(POINTS, wanted, "photo-sync")["id"] == meant


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ("2026112", "several restore points begin"),
        ("2025", "no restore point begins"),
        ("20261123", "incomplete .manifest. and cannot be used"),
    ],
)
def test_what_is_not_clear_or_not_complete_is_refused(wanted: str, said: str) -> None:
    with pytest.raises(PointError, match=said):
        choose(POINTS, wanted, "photo-sync")


def test_a_repository_without_complete_points_says_so() -> None:
    with pytest.raises(PointError, match="no complete restore point of photo-sync"):
        choose(POINTS[2:], "latest", "photo-sync")


def test_verification_names_a_part_that_is_gone_or_is_another(
    manifest: dict[str, Any], snapshots: list[dict[str, Any]]
) -> None:
    trees = {snapshot["id"]: snapshot["tree"] for snapshot in snapshots}
    assert unlike(manifest, trees) == []
    del trees["a" * 64]
    trees["c" * 64] = "9" * 64
    said = "; ".join(unlike(manifest, trees))
    assert "database custom-postgres/grouping: its snapshot aaaaaaaa is not in the repository" in said
    assert "volume uploads: its snapshot cccccccc has other content" in said
    assert "dedup" not in said


def test_a_repository_is_asked_for_the_points_of_one_stack(
    snapshots: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    held = SimpleNamespace(snapshots=lambda tags: asked.append(tags) or snapshots)
    monkeypatch.setattr(listing, "repository", lambda *given, **named: asked.append(named) or held)
    assert [point["id"] for point in listing.list_points(None, "photo-sync", "nas")] == ["20261123T030000Z-3f9a"]
    assert asked == [{"read_only": True, "name": "nas"}, ["stack=photo-sync"]]
