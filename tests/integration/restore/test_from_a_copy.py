# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restoring from another place than the one that points are made in, by its name."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from integration.restore.library import CONFIRM, PHOTOS, Library

pytestmark = pytest.mark.full

SETTINGS = "/etc/small/backup.json"
COPY = {"name": "away", "repository": "/srv/away", "password_file": "/root/another-password"}


@pytest.fixture
def copied(library: Library) -> Iterator[Library]:
    """The library with a second repository, which has another password and a point of its own IDs."""
    before = library.sh(f"cat {SETTINGS}")
    settings = json.dumps({**json.loads(before), "copies": [COPY]})
    library.sh(f"umask 077; echo another >/root/another-password; cat >{SETTINGS} <<'X'\n{settings}\nX\n")
    yield library
    library.sh(f"cat >{SETTINGS} <<'X'\n{before}\nX\ntest ! -e /srv/lost || mv /srv/lost /srv/points")


def spoil(library: Library) -> None:
    """Lose rows and a photo."""
    library.sql("DELETE FROM album WHERE id > 50")
    library.sh(f"rm {PHOTOS}/2026/1.jpg")


def test_a_point_comes_back_from_a_copy_while_the_first_repository_is_lost(copied: Library) -> None:
    point = copied.back_up()
    wanted = copied.photos(), copied.rows()
    spoil(copied)
    copied.sh("mv /srv/points /srv/lost")
    assert "there is no repository" in copied.restore("latest --dry-run", check=False)
    said = copied.restore("latest --repository away --dry-run")
    assert f"restore point {point}" in said and "from the repository away" in said
    said = copied.restore(f"latest --repository away {CONFIRM}")
    assert (copied.photos(), copied.rows()) == wanted
    assert "is restored and proved" in said
    assert "a cold copy is made instead" in said
    assert "repository first does not know yet" in said and "small take-over" in said


def test_a_host_that_was_restored_from_a_copy_makes_points_in_all_places_and_the_one_before_in_none(
    copied: Library,
) -> None:
    copied.back_up()
    wanted = copied.rows()
    spoil(copied)
    copied.sh("mv /var/lib/small /root/before; mkdir -m 0700 /var/lib/small")
    copied.restore(f"latest --repository 2 {CONFIRM} --safety none")
    assert copied.rows() == wanted
    made = copied.back_up()
    places = {point["id"]: point["repositories"] for point in json.loads(copied.sh("small points --json"))}
    assert places[made] == ["first", "away"]
    copied.sh("mv /var/lib/small /root/after; mv /root/before /var/lib/small")
    assert "small was restored on restore at" in copied.sh("small backup", check=False)
    copied.sh("rm -r /var/lib/small; mv /root/after /var/lib/small")


def test_a_restore_that_broke_off_goes_on_from_the_same_copy(copied: Library) -> None:
    copied.back_up()
    wanted = copied.photos(), copied.rows()
    spoil(copied)
    copied.sh(
        f"""
        rm -f /root/said
        setsid small restore latest --repository away {CONFIRM} >/root/said 2>&1 & started=$!
        timeout 120 sh -c 'until grep -q "phase databases$" /root/said; do sleep 0.02; done'
        kill -9 -- -$started
        """
    )
    said = copied.sh("small backup", check=False)
    assert "--repository away" in said
    copied.restore(f"latest --repository away {CONFIRM}")
    assert (copied.photos(), copied.rows()) == wanted


def test_a_repository_that_nobody_knows_is_named_with_those_that_are(copied: Library) -> None:
    said = copied.restore("latest --repository moon --dry-run", check=False)
    assert "there is no repository 'moon'; known: 1 (first), 2 (away)" in said
