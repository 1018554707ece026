# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever a restore loses or alters is named; what it brings back unchanged is not."""

import copy
import json

import differences
import journey
import pytest

PHOTO = "11111111-1111-1111-1111-111111111111"
OTHER = "22222222-2222-2222-2222-222222222222"
NEW = "33333333-3333-3333-3333-333333333333"


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


ROW, OTHER_ROW = f"row immich.asset id={PHOTO}", f"row immich.asset id={OTHER}"
DIFFERENT = {
    f"photo {PHOTO} (1.jpg, /upload/1.jpg): is gone": lambda after: after["photos"].pop(PHOTO),
    f"row immich.asset id={NEW}: was not there before": lambda after: assets(after).append(asset(NEW, 3)),
    f"{OTHER_ROW}: vector embedding: 1 of 3 numbers differ, number 1 was -0.25 and is -0.75": (
        lambda after: assets(after)[1].update(embedding="[0.5,-0.75,1]")
    ),
    f"{ROW}: vector embedding had 3 numbers and has 1": lambda after: assets(after)[0].update(embedding="[0.5]"),
    f"{ROW}: number 1 became 7": lambda after: assets(after)[0].update(number=7),
    "row deduplication.event what=seen (copy 2): is gone": (
        lambda after: after["databases"]["deduplication"]["event"]["rows"].pop()
    ),
    "table deduplication.event: is gone": lambda after: after["databases"]["deduplication"].pop("event"),
    "database immich: is gone": lambda after: after["databases"].pop("immich"),
    "certificate: serial 0A1B became FFFF": lambda after: after["certificate"].update(serial="FFFF"),
    f'group name=2026-01-01: assets: lost ["{OTHER}"], gained []': lambda after: after["groups"][0]["assets"].remove(
        OTHER
    ),
    f"duplicate assetId={PHOTO}, duplicateOf={OTHER}: is gone": lambda after: after["duplicates"].clear(),
}


def assets(after):
    return after["databases"]["immich"]["asset"]["rows"]


@pytest.mark.parametrize(("said", "change"), DIFFERENT.items(), ids=str)
def test_what_differs_is_named(before, after, said, change):
    change(after)
    assert differences.compare(before, after) == [said]


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
