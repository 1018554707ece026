# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The ledger of long tests says what ran when, and shares them out evenly."""

import pytest
from support import ledger

LONG, SHORT = ledger.Entry(8, 8, 900.0, "2026-11-28"), ledger.Entry(3, 4, 60.0, "2026-11-24")


def test_a_run_takes_the_place_of_the_one_before_and_leaves_the_others(tmp_path):
    path = tmp_path / "ledger.json"
    ledger.note("tests/integration/points", LONG, path)
    ledger.note("tests/integration/guards", LONG, path)
    ledger.note("tests/integration/points", SHORT, path)
    assert ledger.read(path) == {"tests/integration/points": SHORT, "tests/integration/guards": LONG}


@pytest.mark.parametrize("of", [1, 2, 3, 7])
def test_every_folder_is_in_one_shard(of):
    folders = [f"tests/integration/{letter}" for letter in "abcdef"]
    known = {folders[0]: LONG, folders[3]: SHORT}
    shards = [ledger.shard(folders, number, of, known) for number in range(1, of + 1)]
    assert sorted(folder for shard in shards for folder in shard) == folders


def test_a_long_folder_has_a_shard_to_itself():
    known = {"a": LONG, "b": SHORT, "c": SHORT, "d": SHORT}
    assert [ledger.shard(list("abcd"), number, 2, known) for number in (1, 2)] == [["a"], ["b", "c", "d"]]


def test_the_table_says_what_failed_and_what_did_not_run_yet():
    assert ledger.table(["b", "a"], {"a": SHORT}) == (
        f"{ledger.HEADING}| `a` | 3 of 4 | 1 | 2026-11-24 |\n| `b` | not run yet | | |\n"
    )


def test_a_document_gets_the_table_in_the_place_of_its_own():
    text = f"before\n\n{ledger.HEADING}| old |\n| older |\n\nafter\n"
    assert ledger.with_table(text, ledger.table([], {})) == f"before\n\n{ledger.HEADING}\nafter\n"
    with pytest.raises(ValueError, match="has no table"):
        ledger.with_table("before\n", "")


def test_the_table_in_the_documents_is_that_of_the_ledger():
    text, known = ledger.DOCUMENT.read_text(encoding="utf-8"), ledger.read()
    shown = text.partition(ledger.HEADING)[2].partition("\n\n")[0] + "\n"
    for folder, entry in known.items():
        assert ledger.table([folder], {folder: entry}).removeprefix(ledger.HEADING) in shown
