# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""With the sheet alone, somebody brings everything back on a bare host; and it does not let him believe so in vain."""

import re

import pytest
from integration.breakglass.conftest import Lost, state
from integration.breakglass.paper import Paper, follow
from integration.restore.library import PHOTOS, Library
from support.throwaway import Machine

pytestmark = pytest.mark.full

PSQL = "docker exec small-database-1 psql -U postgres albums"
TOUCHED = f"touch -d '2001-02-03' {PHOTOS}/2026/4.jpg; printf X | dd of={PHOTOS}/2026/4.jpg conv=notrunc bs=1 seek=9"


def between(paper: Paper, what: str, before: str) -> list[str]:
    """The sheet's blocks with another one before the first that contains ``before``."""
    at = next(number for number, text in enumerate(paper.blocks) if before in text)
    return [*paper.blocks[:at], what, *paper.blocks[at:]]


def test_it_brings_everything_back_as_it_was_and_healthy(lost: Lost, bare: Machine) -> None:
    assert bare.sh("command -v docker restic small || true").strip() == ""
    said = follow(bare, [*lost.paper.blocks, lost.paper.asides[-1]])
    assert "THE-END" in said
    assert said.count(": the same") == 7
    assert "database/it's = odd \\ name: the same" in said and "database/postgres: the same" in said
    assert state(Library(bare)) == lost.state
    assert re.search(r"^restore point \S+ made", said, re.M), "it makes no restore points of its own again"
    health = "docker inspect --format '{{.State.Health.Status}}' $(docker ps --all --quiet)"
    assert set(bare.sh(health).split()) == {"healthy"}
    limit = bare.sh("docker inspect --format '{{.HostConfig.Memory}}' small-database-1")
    assert int(limit) > 0, "the database serves without the limit of production"


def test_a_host_with_data_is_left_alone(lost: Lost, bare: Machine) -> None:
    before = state(Library(bare))
    said = follow(bare, lost.paper.blocks, check=False)
    assert "STOP" in said and "THE-END" not in said
    assert state(Library(bare)) == before


@pytest.mark.parametrize(
    ("tampered", "named"),
    [
        (f"{PSQL} -c 'UPDATE face SET id = 99 WHERE id = 7'", "> public.face|50|"),
        (TOUCHED, "> /2026/4.jpg"),
        (f"chown 7 {PHOTOS}/2026/5.jpg; chmod 4755 {PHOTOS}/2026/5.jpg", "> f 7:0 4755 /2026/5.jpg"),
        (f"rm {PHOTOS}/2026/6.jpg", "< f 0:0 644 /2026/6.jpg"),
        (rf"chown 7 {PHOTOS}/odd/$'bad\xffname.jpg'", r"$'> f 7:0 644 /odd/bad\377name.jpg'"),
        (rf"printf X | dd of={PHOTOS}/odd/$'alike\xfe' conv=notrunc bs=1", "> /odd/alike"),
    ],
)  # fmt: skip
def test_what_did_not_come_back_as_it_was_is_named_and_nothing_starts(
    lost: Lost, emptied: Machine, tampered: str, named: str
) -> None:
    said = follow(emptied, between(lost.paper, tampered, "rows() {"), check=False)
    assert "THE-END" not in said
    assert named in said
    assert emptied.sh("docker ps --format '{{.Names}}'").split() == ["small-database-1"]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("pg_restore ", "pg_restore --no-such-option "),
        ("--dbname template1", "--dbname nowhere"),
    ],
)
def test_a_step_that_is_wrong_ends_it(lost: Lost, emptied: Machine, right: str, wrong: str) -> None:
    blocks = [text.replace(right, wrong) for text in lost.paper.blocks]
    assert blocks != lost.paper.blocks
    said = follow(emptied, blocks, check=False)
    assert "the same" not in said and "THE-END" not in said


def test_where_the_first_repository_is_lost_too_the_copy_does(lost: Lost, emptied: Machine) -> None:
    emptied.sh("mv /mnt/backup/first /mnt/backup/lost")
    try:
        assert "THE-END" in follow(emptied, lost.paper.with_copy())
        assert state(Library(emptied)) == lost.state
    finally:
        emptied.sh("mv /mnt/backup/lost /mnt/backup/first")


def test_the_host_prints_the_same_sheet_without_the_passwords_and_every_point_carries_it(lost: Lost) -> None:
    assert lost.printed.number == lost.carried.number == lost.paper.number
    assert "read -rsp" in lost.printed.text and "another one" not in lost.printed.text
    assert lost.carried.text.strip() == lost.printed.text.strip()
    assert "another one" in lost.paper.text
    assert f"Sheet {lost.paper.number}," in lost.page and "<script" not in lost.page and "http-equiv" not in lost.page
