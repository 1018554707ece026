"""Whatever is killed or tampered with in the middle of a restore: it is gone on with, or it does not claim success."""

from __future__ import annotations

import pytest
from integration.restore.library import CONFIRM, PHOTOS, Library

pytestmark = pytest.mark.full

PHASES = ["verify", "safety", "stop", "files", "databases", "credentials", "prove", "start", "finish"]
# The command alone is killed, so that what it has started goes on, or all of it at once.
KILL = """
rm -f /root/said
setsid small restore latest {confirm} >/root/said 2>&1 & started=$!
timeout 120 sh -c 'until grep -q "phase {phase}$" /root/said || ! kill -0 '$started'; do sleep 0.02; done'
sleep {pause}; kill -9 {whom}$started
cat /root/said
"""
PAUSED = """
rm -f /root/said
small restore latest {confirm} >/root/said 2>&1 & started=$!
timeout 120 sh -c 'until grep -q "phase credentials$" /root/said; do sleep 0.02; done'
kill -STOP $started
{tamper}
kill -CONT $started
wait $started; echo "code $?"; cat /root/said
"""


def test_killed_at_every_phase_it_goes_on_and_nothing_is_lost(library: Library) -> None:
    library.back_up()
    wanted = library.photos(), library.rows()
    library.sql("DELETE FROM album WHERE id > 50")
    library.sh(f"rm {PHOTOS}/2026/1.jpg")
    for number, phase in enumerate(PHASES):
        whom, pause = ("-- -", 0.2) if number % 2 else ("", 0)
        said = library.sh(KILL.format(phase=phase, whom=whom, pause=pause, confirm=CONFIRM))
        assert f"phase {phase}" in said, said
    said = library.restore(f"latest {CONFIRM}")
    assert "is restored and proved" in said
    assert (library.photos(), library.rows()) == wanted
    assert library.serves()
    assert library.back_up()
    assert library.sh(f"ls {PHOTOS}/..").split() == ["_data"]
    assert library.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'albums%'") == "1"


@pytest.mark.parametrize(
    ("tamper", "named"),
    [
        (
            "docker exec small-database-1 psql -U postgres -qd albums -c \"UPDATE album SET title = 'x' WHERE id = 7\"",
            "table public.album",
        ),
        (f"printf X | dd of={PHOTOS}/2026/4.jpg conv=notrunc bs=1 seek=1000 2>/dev/null", "/2026/4.jpg"),
    ],
)
def test_what_is_altered_before_the_proof_is_named_and_nothing_is_claimed(
    library: Library, tamper: str, named: str
) -> None:
    library.back_up()
    said = library.sh(PAUSED.format(tamper=tamper, confirm=f"--only web {CONFIRM}"))
    assert "code 1" in said
    assert named in said
    assert "is restored and proved" not in said
    assert "the state before it comes back with: small restore" in said
    # Only a part was restored: what was stopped for it serves again.
    assert library.serves()
    library.restore(f"latest --only web {CONFIRM}")
