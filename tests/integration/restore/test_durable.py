# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Old data goes when new data is on the disk, as the kernel was asked for it.

What the kernel was asked for says strace.
"""

from __future__ import annotations

import re

import pytest
from integration.restore.library import CONFIRM, PHOTOS, Library

STRACE = "which strace || DEBIAN_FRONTEND=noninteractive apt-get install -y -qq strace >/dev/null 2>&1"
# -y says which folder a number means. What asks the kernel for nothing else is left out, so that it goes on as ever.
TRACED = "strace -f -y -s 400 -e trace=syncfs,fsync,rename,renameat,renameat2,unlinkat -e signal=none -o /root/calls"
VOLUMES = "/var/lib/docker/volumes"
SPOIL = f"rm {PHOTOS}/2026/1.jpg; echo later >{PHOTOS}/later.jpg"


@pytest.fixture
def spoilt(library: Library) -> str:
    """A point, and something else here since then; returns the ID."""
    point = library.back_up()
    library.sql("DELETE FROM album WHERE id > 50")
    library.sh(SPOIL)
    return point


def calls(library: Library, words: str) -> list[str]:
    """What a command of the host, traced, asked the kernel for that concerns volumes, and all syncs."""
    library.sh(STRACE)
    library.sh(f"{TRACED} small {words}")
    asked = library.sh("cat /root/calls").splitlines()
    return [line for line in asked if line.endswith("= 0") and (VOLUMES in line or "syncfs(" in line)]


def assert_in_order(asked: list[str], volume: str) -> None:
    """What is new was on the disk before it got its name, and its name before anything old was removed."""
    data = f"{VOLUMES}/{volume}/_data"
    aside = next(at for at, line in enumerate(asked) if f'"{data}", "{data}.before-' in line)
    renames = [line for line in asked[aside + 1 :] if "rename" in line and f'"{data}"' in line]
    placed = asked.index(renames[0])
    assert re.search(rf'"{data}\.restore-[^"]*", "{data}"', asked[placed]), asked[placed]
    assert any("syncfs(" in line for line in asked[:aside])
    removed = next(at for at, line in enumerate(asked) if "unlinkat(" in line and f"{data}.before-" in line)
    after = asked[placed:removed]
    assert any("fsync(" in line and f"{VOLUMES}/{volume}>" in line for line in after), after
    assert any("syncfs(" in line for line in after), after
    going = {re.search(r"<([^>]*)>", line)[1] for line in asked if "unlinkat(" in line and f"{data}.before-" in line}
    assert all(f"{data}.before-" not in folder or ".rubbish" in folder for folder in going), going


def test_a_restore_has_what_is_new_on_the_disk_before_anything_old_goes(library: Library, spoilt: str) -> None:
    asked = calls(library, f"restore {spoilt} --safety none {CONFIRM}")
    assert_in_order(asked, "small_photos")
    assert_in_order(asked, "small_caddy_data")
    assert library.sh(f"ls {PHOTOS}/..").split() == ["_data"]


@pytest.mark.full
def test_a_put_back_has_what_is_new_on_the_disk_before_anything_old_goes(library: Library, spoilt: str) -> None:
    before = library.photos(), library.rows()
    kept = library.answer(f"restore {spoilt} --safety cold {CONFIRM}")["safety"]["name"]
    asked = calls(library, f"restore {kept} {CONFIRM}")
    for volume in ("small_photos", "small_caddy_data", "small_pgdata"):
        assert_in_order(asked, volume)
    assert (library.photos(), library.rows()) == before
