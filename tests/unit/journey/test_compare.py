# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever a restore loses or alters is named; what it brings back unchanged is not."""

from __future__ import annotations

import copy
import json

import differences
import journey
import pytest

PHOTO = "11111111-1111-1111-1111-111111111111"
OTHER = "22222222-2222-2222-2222-222222222222"


def asset(photo_id, number):
    return {"id": photo_id, "number": number, "embedding": "[0.5,-0.25,1]"}


@pytest.fixture
def before():
    """A record as the journey writes it."""
    return {
        "certificate": {"serial": "0A1B", "sha256": "c0ffee"},
        "photos": {
            photo_id: {"name": f"{number}.jpg", "path": f"/upload/{number}.jpg", "bytes": 9, "sha256": f"sum{number}"}
            for number, photo_id in enumerate((PHOTO, OTHER), 1)
        },
        "databases": {
            "immich": {"asset": {"key": ["id"], "rows": [asset(PHOTO, 1), asset(OTHER, 2)]}},
            "deduplication": {
                "duplicate": {
                    "key": ["asset_id", "duplicate_of"],
                    "rows": [{"asset_id": PHOTO, "duplicate_of": OTHER, "similarity": 1.0}],
                },
                "event": {"key": None, "rows": [{"what": "seen"}, {"what": "seen"}]},
            },
        },
        "groups": [{"id": 1, "name": "2026-01-01", "assets": [PHOTO, OTHER]}],
        "duplicates": [{"assetId": PHOTO, "duplicateOf": OTHER, "similarity": 1.0}],
    }


@pytest.fixture
def after(before):
    return copy.deepcopy(before)


def test_two_records_of_the_same_site_do_not_differ(before, after):
    after["databases"]["immich"]["asset"]["rows"].reverse()
    assert differences.compare(before, after) == []


def test_a_deleted_row_and_an_altered_file_are_both_named(before, after):
    del after["databases"]["deduplication"]["duplicate"]["rows"][0]
    after["photos"][OTHER]["sha256"] = "damaged"
    assert differences.compare(before, after) == [
        f"photo {OTHER} (2.jpg, /upload/2.jpg): file differs, SHA-256 sum2 became damaged",
        f"row deduplication.duplicate asset_id={PHOTO}, duplicate_of={OTHER}: is gone",
    ]


def test_a_lost_photo_is_named_with_its_path(before, after):
    del after["photos"][PHOTO]
    assert differences.compare(before, after) == [f"photo {PHOTO} (1.jpg, /upload/1.jpg): is gone"]


def test_a_row_that_was_not_there_before_is_named(before, after):
    new = "33333333-3333-3333-3333-333333333333"
    after["databases"]["immich"]["asset"]["rows"].append(asset(new, 3))
    assert differences.compare(before, after) == [f"row immich.asset id={new}: was not there before"]


def test_a_changed_vector_is_named_with_its_first_changed_number(before, after):
    after["databases"]["immich"]["asset"]["rows"][1]["embedding"] = "[0.5,-0.75,1]"
    assert differences.compare(before, after) == [
        f"row immich.asset id={OTHER}: vector embedding: 1 of 3 numbers differ, number 1 was -0.25 and is -0.75"
    ]


def test_a_shorter_vector_is_named(before, after):
    after["databases"]["immich"]["asset"]["rows"][0]["embedding"] = "[0.5]"
    assert differences.compare(before, after) == [
        f"row immich.asset id={PHOTO}: vector embedding had 3 numbers and has 1"
    ]


def test_a_changed_column_is_named_with_both_values(before, after):
    after["databases"]["immich"]["asset"]["rows"][0]["number"] = 7
    assert differences.compare(before, after) == [f"row immich.asset id={PHOTO}: number 1 became 7"]


def test_one_lost_row_among_equal_ones_without_a_key_is_noticed(before, after):
    after["databases"]["deduplication"]["event"]["rows"].pop()
    assert differences.compare(before, after) == ["row deduplication.event what=seen (copy 2): is gone"]


def test_a_lost_table_and_a_lost_database_are_named(before, after):
    del after["databases"]["deduplication"]["event"]
    del after["databases"]["immich"]
    assert differences.compare(before, after) == [
        "table deduplication.event: is gone",
        "database immich: is gone",
    ]


def test_another_certificate_is_named_by_its_serial(before, after):
    after["certificate"] = {"serial": "FFFF", "sha256": "beef"}
    assert differences.compare(before, after) == ["certificate: serial 0A1B became FFFF"]


def test_a_photo_missing_from_its_group_is_named(before, after):
    after["groups"][0]["assets"].remove(OTHER)
    assert differences.compare(before, after) == [f'group name=2026-01-01: assets: lost ["{OTHER}"], gained []']


def test_a_duplicate_that_is_shown_no_more_is_named(before, after):
    after["duplicates"].clear()
    assert differences.compare(before, after) == [f"duplicate assetId={PHOTO}, duplicateOf={OTHER}: is gone"]


def test_two_empty_sites_are_not_called_the_same(before):
    before["photos"] = {}
    assert differences.compare(before, before) == ["nothing compared: the first record holds no photo"]


@pytest.mark.parametrize(("damaged", "code", "last"), [(False, 0, "the same: 2 photos"), (True, 1, "1 differences.")])
def test_the_command_says_what_was_compared_and_fails_on_a_difference(
    before, after, damaged, code, last, tmp_path, monkeypatch, capsys
):
    if damaged:
        after["photos"][PHOTO]["sha256"] = "damaged"
    for name, record in (("before", before), ("after", after)):
        (tmp_path / name).write_text(json.dumps(record))
    monkeypatch.setattr("sys.argv", ["journey.py", "compare", str(tmp_path / "before"), str(tmp_path / "after")])
    assert journey.main() == code
    said = capsys.readouterr().out.splitlines()
    assert said[-1].startswith(last)
    assert "4 rows" not in said[-1] and "5 rows of 3 tables in 2 databases, 2 vectors" in said[-1]
