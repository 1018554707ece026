# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A point without a complete, consistent manifest is never offered."""

from __future__ import annotations

import datetime
import json
import pathlib
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import manifest as manifests
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError

TESTS = pathlib.Path(__file__).resolve().parents[2]


def test_ids_sort_by_age_whatever_the_zone_of_the_host() -> None:
    west = datetime.timezone(datetime.timedelta(hours=-8))
    early = manifests.new_id(datetime.datetime(2026, 11, 22, 23, 30, tzinfo=west), "ffff")
    late = manifests.new_id(datetime.datetime(2026, 11, 23, 8, 0, tzinfo=datetime.UTC), "0000")
    assert (early, late) == ("20261123T073000Z-ffff", "20261123T080000Z-0000")
    assert manifests.time_of(early) < manifests.time_of(late)


@pytest.mark.parametrize(
    "text", ["latest", "2026-11-23", "20261123T030000-3f9a", "20261123T030000Z", "20261123T030000Z-3f9a;x"]
)
def test_what_is_not_an_id_is_refused(text: str) -> None:
    with pytest.raises(PointError, match="not the ID of a restore point"):
        manifests.time_of(text)


def test_a_complete_manifest_reads_back_as_it_was_written(manifest: dict[str, Any]) -> None:
    assert manifests.read(json.dumps(manifest)) == manifest
    manifest["volumes"][0]["tree"] = "9" * 64
    assert manifests.tree_tags(manifest) == [f"tree={tree * 16}" for tree in "1239"]


@pytest.mark.parametrize(
    "key",
    [
        "id",
        "time",
        "host",
        "stack",
        "tools",
        "databases",
        "volumes",
        "configuration",
        "images",
        "durations",
        "left_out",
    ],
)
def test_a_manifest_that_lacks_something_is_refused_and_says_what(manifest: dict[str, Any], key: str) -> None:
    del manifest[key]
    with pytest.raises(PointError, match=f"incomplete or was not made by us: {key} is missing"):
        manifests.read(json.dumps(manifest))


@pytest.mark.parametrize(
    ("part", "key", "said"),
    [
        ("databases", "tables", "database custom-postgres/grouping: tables is missing"),
        ("databases", "snapshot", "database custom-postgres/grouping: snapshot is missing"),
        ("volumes", "tree", "volume uploads: tree is missing"),
        ("volumes", "files", "volume uploads: files is missing"),
    ],
)
def test_a_part_that_lacks_something_is_named(manifest: dict[str, Any], part: str, key: str, said: str) -> None:
    del manifest[part][0][key]
    assert manifests.problems(manifest) == [said]


@pytest.mark.parametrize("schema", [0, 2, None, "1"])
def test_another_schema_is_refused(manifest: dict[str, Any], schema: object) -> None:
    with pytest.raises(PointError, match="has schema"):
        manifests.read(json.dumps({**manifest, "schema": schema}))


@pytest.mark.parametrize("text", ["", "[]", '"x"', "{"])
def test_what_is_no_manifest_is_refused(text: str) -> None:
    with pytest.raises(PointError):
        manifests.read(text)


def test_a_point_has_to_cover_every_database_and_volume_of_the_stack(
    manifest: dict[str, Any], spec: dict[str, Any]
) -> None:
    assert manifests.uncovered(manifest, spec) == []
    manifest["databases"].pop()
    manifest["volumes"].pop()
    assert manifests.uncovered(manifest, spec) == ["database custom-postgres/dedup", "volume uploads"]


def test_the_point_that_is_kept_of_every_earlier_schema_can_still_be_read():
    kept = sorted((TESTS / "integration" / "schemas").glob("schema-*.json"))
    assert [path.stem for path in kept] == [f"schema-{number}" for number in range(1, manifests.SCHEMA + 1)]
    for path in kept:
        text = path.read_text(encoding="utf-8")
        assert manifests.read(text) == json.loads(text)
        assert (path.with_suffix("") / "config").exists()
