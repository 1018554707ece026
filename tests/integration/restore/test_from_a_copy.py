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


def test_a_point_comes_back_from_a_copy_while_the_first_repository_is_lost(copied: Library) -> None:
    point = copied.back_up()
    wanted = copied.photos(), copied.rows()
    copied.sql("DELETE FROM album WHERE id > 50")
    copied.sh(f"rm {PHOTOS}/2026/1.jpg")
    copied.sh("mv /srv/points /srv/lost")
    assert "there is no repository" in copied.restore("latest --dry-run", check=False)
    said = copied.restore("latest --repository away --dry-run")
    assert f"restore point {point}" in said and "from the repository away" in said
    said = copied.restore(f"latest --repository away {CONFIRM}")
    assert (copied.photos(), copied.rows()) == wanted
    assert "is restored and proved" in said
    assert "a cold copy is made instead" in said
    assert "repository first does not know yet" in said and "small take-over" in said
