# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A drill takes what is left, says what is missing, and nothing from what serves."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.databases import memory
from ansible_collections.photosync.vps.plugins.module_utils.drill.room import MEBIBYTE, Held, limit_for, parse_held

GIBIBYTE = 1024 * MEBIBYTE


@pytest.mark.parametrize(
    ("held", "limit", "available", "granted"),
    [
        # Plenty: twice what is needed, not all that there is.
        (800 * MEBIBYTE, None, 20 * GIBIBYTE, 2000 * MEBIBYTE),
        # A small stack needs a little all the same.
        (20 * MEBIBYTE, None, 20 * GIBIBYTE, 512 * MEBIBYTE),
        # The host keeps some for itself.
        (800 * MEBIBYTE, None, 1400 * MEBIBYTE, 1144 * MEBIBYTE),
        # All services together have a limit, and the drill is one of them.
        (800 * MEBIBYTE, 2 * GIBIBYTE, 20 * GIBIBYTE, 1248 * MEBIBYTE),
    ],
)
def test_a_drill_is_given_what_it_needs_and_no_more_than_there_is(
    held: int, limit: int | None, available: int, granted: int
) -> None:
    assert limit_for(Held(held, limit), available) == granted


@pytest.mark.parametrize(
    ("limit", "available", "said"),
    [
        (None, 1000 * MEBIBYTE, r"needs about 1000.0 MiB .* this host leaves 744.0 MiB, 256.0 MiB are missing"),
        (1 * GIBIBYTE, 9 * GIBIBYTE, r"the stack's memory limit leaves 224.0 MiB, 776.0 MiB are missing"),
        (None, 100 * MEBIBYTE, r"this host leaves 0 B, 1000.0 MiB are missing"),
    ],
)
def test_too_little_memory_is_refused_with_what_is_missing(limit: int | None, available: int, said: str) -> None:
    with pytest.raises(PointError, match=said) as refused:
        limit_for(Held(800 * MEBIBYTE, limit), available)
    assert "backup_drill_schedule: {}" in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "anon 1000\nfile 99999\nshmem 24\ninactive_anon 7\n",
        "cache 99999\nrss 5\nshmem 1\ninactive_anon 7\ntotal_rss 1000\ntotal_shmem 24\n",
    ],
    ids=["cgroup v2", "cgroup v1"],
)
def test_what_processes_hold_is_counted_without_the_page_cache(text: str) -> None:
    assert parse_held(text) == 1024


def test_a_restored_database_takes_no_more_than_the_drill_may(monkeypatch: pytest.MonkeyPatch) -> None:
    assert memory.available(300 * MEBIBYTE) <= 300 * MEBIBYTE
    assert memory.available() >= memory.available(300 * MEBIBYTE)
