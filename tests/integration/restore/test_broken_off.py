# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whatever is killed at any time or tampered with in the middle: it is gone on with, or it does not claim success."""

from __future__ import annotations

import os
import random
import time

import pytest
from integration.restore.library import CONFIRM, PHOTOS, Library

pytestmark = pytest.mark.full

ROUNDS = 6
FREE = "timeout 60 flock /var/lib/small/points.lock true"
# The command alone is killed, so that what it has started goes on, or all of it at once.
KILL = """
setsid small {words} >/root/said 2>&1 & started=$!
sleep {seconds}; kill -9 {whom}$started 2>/dev/null
{free}; cat /root/said
"""
PAUSED = """
small restore latest {confirm} >/root/said 2>&1 & started=$!
timeout 120 sh -c 'until grep -q "phase credentials$" /root/said; do sleep 0.02; done'
kill -STOP $started
{tamper}
kill -CONT $started
wait $started; echo "code $?"; cat /root/said
"""


@pytest.fixture(scope="module")
def chance() -> random.Random:
    """What comes at random here; SEED in the environment brings the same again."""
    seed = int(os.environ.get("SEED", time.time_ns()))
    print(f"\nSEED={seed}")
    return random.Random(seed)


def kills(chance: random.Random, within: float) -> list[tuple[str, float]]:
    """Whom to kill, and after how many seconds."""
    return [(("-- -", "")[number % 2], round(chance.uniform(0.05, within), 2)) for number in range(ROUNDS)]


def timed(library: Library, words: str) -> float:
    """Seconds that a command of the host takes when nothing happens to it."""
    began = time.monotonic()
    library.sh(f"small {words}")
    return time.monotonic() - began


def test_a_backup_killed_at_a_random_time_is_never_half_offered(library: Library, chance: random.Random) -> None:
    library.sh(f"head -c 100000000 /dev/urandom >{PHOTOS}/big.raw")
    for whom, seconds in kills(chance, timed(library, "backup")):
        library.sh(f"head -c 20000000 /dev/urandom >>{PHOTOS}/big.raw")
        serving = library.containers()
        good = library.points(complete=True)
        said = library.sh(KILL.format(words="backup", seconds=seconds, whom=whom, free=FREE))
        told = (seconds, whom, said)
        assert library.containers() == serving, told
        offered = set(library.points(complete=True)) - set(good)
        point = library.back_up()
        assert library.points(complete=False) == [], told
        for each in (*offered, point):
            assert library.answer(f"verify {each}")["ok"], told


def test_a_restore_killed_at_a_random_time_goes_on_and_nothing_is_lost(library: Library, chance: random.Random) -> None:
    point = library.back_up()
    wanted = library.photos(), library.rows()
    for whom, seconds in kills(chance, timed(library, f"restore latest {CONFIRM}")):
        library.sql("DELETE FROM album WHERE id > 50")
        library.sh(f"rm -f {PHOTOS}/2026/1.jpg; echo precious >{PHOTOS}/only-copy.jpg")
        said = library.sh(KILL.format(words=f"restore {point} {CONFIRM}", seconds=seconds, whom=whom, free=FREE))
        told = (seconds, whom, said)
        again = library.answer(f"restore {point} {CONFIRM}")
        assert (library.photos(), library.rows()) == wanted, told
        assert library.serves(), told
        kept = library.points(before_restore=point, complete=True)
        assert kept and again["compared"], told
        assert library.sh(f"ls {PHOTOS}/..").split() == ["_data"], told
        assert library.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'albums%'") == "1", told
    assert library.back_up()


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (
            "docker exec small-database-1 psql -U postgres -qd albums -c \"UPDATE album SET title = 'x' WHERE id = 7\"",
            "table public.album",
        ),
        (f"printf X | dd of={PHOTOS}/2026/4.jpg conv=notrunc bs=1 seek=1000 2>/dev/null", "/2026/4.jpg"),
    ],
    ids=["one row", "one byte of a file"],
)
def test_what_is_altered_before_the_proof_is_named_and_nothing_is_claimed(
    library: Library, tamper: str, named: str
) -> None:
    library.back_up()
    said = library.sh(PAUSED.format(tamper=tamper, confirm=f"--only web {CONFIRM}"))
    assert "code 1" in said
    assert named in said
    assert "is restored and proved" not in said
    assert "to go back to what was here before" in said and "small restore --abandon" in said
    # Only a part was restored: what was stopped for it serves again.
    assert library.serves()
    library.restore(f"latest --only web {CONFIRM}")
