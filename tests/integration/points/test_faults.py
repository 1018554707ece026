# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever breaks under restore points: a clear error, an alarm, and the last good point can be restored."""

from __future__ import annotations

import pytest
from integration.releases import small
from integration.restore.library import CONFIRM, PHOTOS, REPOSITORY, Library
from support.visitors import Visitors

pytestmark = pytest.mark.full

STATE = "/var/lib/small"
PACKS = f"find {REPOSITORY}/data -type f | sort"
SNAPSHOTS = f"ls {REPOSITORY}/snapshots | wc -l"
FILLER = f"until [ $({SNAPSHOTS}) -gt %s ]; do sleep 0.05; done; dd if=/dev/zero of={REPOSITORY}/filler bs=1M"
# The middle of each file becomes something else; sizes and names stay.
SPOIL = "xargs -I {} sh -c 'printf spoilt | dd of={} conv=notrunc bs=1 seek=$(($(stat -c %s {}) / 2)) 2>/dev/null'"


def comes_back(library: Library, point: str, wanted: tuple[str, str]) -> None:
    """A point is restored over what is there, and everything serves."""
    said = library.restore(f"{point} --safety none {CONFIRM}")
    assert "is restored and proved" in said
    assert (library.photos(), library.rows()) == wanted
    assert library.serves()


def newer_point(library: Library) -> tuple[str, list[str]]:
    """A second point with a further photo and other rows; returns its ID and the packs that it alone needs."""
    before = library.sh(PACKS).splitlines()
    library.sh(f"head -c 3000000 /dev/urandom >{PHOTOS}/2026/7.jpg")
    library.sql("INSERT INTO album SELECT i, md5(i::text) FROM generate_series(1000, 3000) i")
    point = library.back_up()
    return point, [pack for pack in library.sh(PACKS).splitlines() if pack not in before]


def test_a_lost_pack_is_found_and_the_point_before_it_can_be_restored(library: Library) -> None:
    wanted = library.photos(), library.rows()
    good = library.back_up()
    spoilt, packs = newer_point(library)
    library.sh(f"ls -S {' '.join(packs)} | head -1 | xargs rm; rm -rf /var/cache/small")
    said = library.refusal("verify")
    assert "the repository is damaged" in said
    assert "the repository is damaged" in library.alarm()
    containers = library.containers()
    said = library.refusal(f"restore {spoilt} {CONFIRM}")
    assert f"{spoilt} cannot be relied on" in said and "nothing that was here has been replaced" in said
    assert library.containers() == containers
    comes_back(library, good, wanted)


def test_a_corrupted_point_is_found_and_the_point_before_it_can_be_restored(library: Library) -> None:
    wanted = library.photos(), library.rows()
    good = library.back_up()
    spoilt, packs = newer_point(library)
    library.sh(f"printf '%s\\n' {' '.join(packs)} | {SPOIL}; rm -rf /var/cache/small")
    assert f"{spoilt} cannot be relied on" in library.refusal("verify")
    assert f"{spoilt} cannot be relied on" in library.alarm()
    assert f"{spoilt} cannot be relied on" in library.refusal(f"restore {spoilt} {CONFIRM}")
    comes_back(library, good, wanted)


def test_a_photo_that_is_corrupted_in_the_repository_stops_the_restore_before_anything_is_replaced(
    library: Library,
) -> None:
    wanted = library.photos(), library.rows()
    good = library.back_up()
    spoilt, packs = newer_point(library)
    # The largest holds the new photo alone; what restic checks without reading everything is whole.
    library.sh(f"ls -S {' '.join(packs)} | head -1 | {SPOIL}; rm -rf /var/cache/small")
    said = library.refusal(f"restore {spoilt} --safety none {CONFIRM}")
    assert "ciphertext verification failed" in said and "nothing that was here has been replaced" in said
    assert library.serves()
    comes_back(library, good, wanted)


def test_a_repository_that_fills_up_says_so_and_its_points_can_be_restored(library: Library) -> None:
    wanted = library.photos(), library.rows()
    with library.small_disk(REPOSITORY, "400m"):
        good = library.back_up()
        library.sh(f"head -c 60000000 /dev/urandom >{PHOTOS}/2026/big.raw")
        # There was room when it began; after the first database somebody else takes all of it.
        library.sh(f"sh -c '{FILLER % library.sh(SNAPSHOTS).strip()}' >/dev/null 2>&1 &")
        assert "no space left" in library.refusal("backup")
        assert "no space left" in library.alarm()
        library.sh(f"dd if=/dev/zero of={REPOSITORY}/filler-2 bs=4k 2>/dev/null || true")
        assert library.points(complete=True) == [good]
        comes_back(library, good, wanted)


def test_a_host_whose_own_disk_is_full_says_so_and_its_last_point_can_be_restored(library: Library) -> None:
    wanted = library.photos(), library.rows()
    good = library.back_up()
    with library.small_disk(STATE, "40m"):
        library.sh(f"dd if=/dev/zero of={STATE}/filler bs=4k 2>/dev/null || true")
        assert "No space left" in library.refusal("backup")
        assert "No space left" in library.alarm()
        assert library.points(complete=True) == [good]
        assert library.serves()
        library.sh(f"rm {STATE}/filler")
        comes_back(library, good, wanted)


def test_a_restore_onto_a_full_disk_says_so_and_goes_on_when_there_is_room(library: Library) -> None:
    wanted = library.photos(), library.rows()
    good = library.back_up()
    library.sh(f"docker stop -t 1 small-web-1; rm -r {PHOTOS}/2026")
    with library.small_disk(PHOTOS, "600k"):
        said = library.refusal(f"restore {good} {CONFIRM}")
        assert "no space left" in said
        assert "to go back to what was here before" in said and "small restore --abandon" in said
    comes_back(library, good, wanted)


def test_a_clock_that_was_set_back_is_named_and_the_last_point_stays_the_latest(library: Library) -> None:
    wanted = library.photos(), library.rows()
    good = library.back_up()
    library.sh("command -v faketime || apt-get install -y -qq --no-install-recommends faketime >/dev/null 2>&1")
    said = library.refusal("points >/dev/null; export FAKETIME_DONT_FAKE_MONOTONIC=1; faketime -f -2d small backup")
    assert "by this host's clock" in said and "Set the clock right" in said
    assert "by this host's clock" in library.alarm()
    assert library.points(complete=True) == [good]
    comes_back(library, "latest", wanted)


def test_a_hundred_requests_a_second_are_all_answered_while_a_point_is_made(library: Library) -> None:
    library.sh(f"head -c 200000000 /dev/urandom >{PHOTOS}/big.raw")
    with Visitors(library.machine.address, small.DOMAIN, per_second=100) as visitors:
        library.back_up()
    assert visitors.failures == []
    assert list(visitors.answers) == [200]
    assert visitors.rate > 90
