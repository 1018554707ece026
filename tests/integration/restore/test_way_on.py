# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restore always has a way on: what its proof finds is accepted, or what was before the first attempt comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from integration.restore.library import CONFIRM, PHOTOS, Library

# What is done to the library between a restore and its proof.
LOSE_A_ROW = "docker exec small-database-1 psql -U postgres -qd albums -c 'DELETE FROM album WHERE id = 7'"
STATES = "docker ps --all --format '{{.Label \"com.docker.compose.service\"}} {{.State}}' | sort"
# Everything a start or a deployment would change on the host.
UNCHANGED = f"{STATES}; docker ps --all --quiet --no-trunc | sort; ls -l /opt/small /opt/small/releases /usr/local/bin"


@dataclass
class Disproved:
    """A restore whose proof found differences: what it said, and the two commands that it offers."""

    said: str

    @property
    def accept(self) -> str:
        return self._command("accept exactly")

    @property
    def abandon(self) -> str:
        return self._command("go back to what was here before")

    @property
    def digest(self) -> str:
        return re.search(r"--accept-differences (\S+)", self.said)[1]

    def _command(self, word: str) -> str:
        found = re.search(rf"to {word}.*?: small (restore .*)", self.said)
        assert found, self.said
        return found[1].strip()


def disproved(library: Library, words: str, tamper: str = LOSE_A_ROW) -> Disproved:
    """Restore, with something lost before the proof."""
    said = library.tampered(f"restore {words}", "phase prove", tamper)
    assert "is restored and proved" not in said
    return Disproved(said)


def spoil(library: Library) -> tuple[str, str]:
    """What is here before the first attempt: not what the point holds, and in no point."""
    library.sql("DELETE FROM album WHERE id > 50")
    library.sh(f"rm {PHOTOS}/2026/1.jpg; echo precious >{PHOTOS}/only-copy.jpg")
    return library.photos(), library.rows()


def running(library: Library) -> set[str]:
    """Services that run."""
    return {line.split()[0] for line in library.sh(STATES).splitlines() if line.endswith(" running")}


def lost(number: int) -> str:
    """What loses one row."""
    return LOSE_A_ROW.replace("7", str(number))


def test_what_a_proof_finds_is_named_and_exactly_that_can_be_accepted(library: Library) -> None:
    library.back_up()
    spoil(library)
    found = disproved(library, f"latest {CONFIRM}")
    assert "1 difference (" in found.said and "holds other rows than were saved" in found.said
    assert "table public.album: expected 200 rows, found 199 rows" in found.said
    assert running(library) == {"database"}
    before = library.sh(UNCHANGED)
    for words in ("backup", "up", "restart"):
        said = library.refusal(words)
        assert f"small {found.accept}" in said and f"small {found.abandon}" in said, said
        assert "table public.album: expected 200 rows, found 199 rows" in said, said
    # Who does not confirm only looks, also where a restore would go on.
    looked = library.refusal(found.accept.replace(CONFIRM, ""))
    assert f"nothing was changed; to do it, repeat the command with {CONFIRM}" in looked, looked
    health = library.refusal("health")
    assert health.startswith("the restore of") and found.accept in health and found.abandon in health
    assert "look here first" not in health.lower()
    assert library.sh(UNCHANGED) == before
    # Another list than the one that is there now is refused, with the one that is.
    library.sh(lost(8))
    other = Disproved(library.refusal(found.accept))
    assert "found 198 rows" in other.said and other.digest != found.digest
    said = library.sh(f"small {other.accept}")
    assert "1 difference accepted by root" in said and "found the same" not in said
    assert library.serves() and library.rows().startswith("198|")
    assert library.sh("grep -l 'found 198 rows' /var/lib/small/restore/*.finished-*")
    assert library.back_up()


def test_what_was_before_the_first_attempt_comes_back_after_the_second(library: Library) -> None:
    library.back_up()
    before = spoil(library)
    library.killed("phase credentials", f"restore latest {CONFIRM}")
    found = disproved(library, f"latest {CONFIRM}")
    assert "is abandoned" in library.sh(f"small {found.abandon}")
    assert (library.photos(), library.rows()) == before
    assert library.serves() and library.back_up()


@pytest.mark.full
def test_a_machine_that_was_bare_is_bare_again(library: Library) -> None:
    library.back_up()
    bare = "docker ps --all --quiet --filter label=com.docker.compose.project=small; docker volume ls --quiet"
    library.sh("small down >/dev/null 2>&1; docker volume ls --quiet | grep ^small_ | xargs -r docker volume rm")
    before = library.sh(bare)
    for boundary in ("phase files", "phase databases", "phase credentials", "phase finish"):
        library.killed(boundary, f"restore latest {CONFIRM}")
        said = library.sh(f"small restore --abandon {CONFIRM}")
        assert "nothing, as before" in said, said
        assert library.sh(bare) == before, boundary
    found = disproved(library, f"latest {CONFIRM}")
    assert "what the restore has put here is removed" in found.said
    assert "accepted by root" in library.sh(f"small {found.accept}")
    assert library.serves()


@pytest.mark.full
def test_site_deploy_and_rollback_are_refused_and_nothing_changes(library: Library) -> None:
    library.back_up()
    library.killed("phase credentials", f"restore latest {CONFIRM}")
    before = library.sh(UNCHANGED)
    for play, options in (
        ("site", ()),
        ("site", ("--check",)),
        ("deploy", ()),
        ("rollback", ()),
        ("rollback", ("--check",)),
    ):
        run = library.machine.play(play, {}, *options)
        assert run.rc != 0, run.output
        assert "has not ended well yet" in run.output and "small restore --abandon" in run.output, run.output
        assert library.sh(UNCHANGED) == before, (play, options)
    health = library.machine.play("health")
    assert health.rc != 0 and "small restore --abandon" in health.output, health.output
    assert "has not ended well yet" in library.refusal("rollback")
    # The restore itself deploys, and ends well.
    run = library.machine.play("restore", {"restore_confirm": CONFIRM.split()[1]})
    assert run.rc == 0, run.output
    assert library.serves() and library.back_up()


@pytest.mark.full
def test_the_playbook_accepts_by_the_same_digest_and_its_proof_fails_otherwise(library: Library) -> None:
    library.back_up()
    found = disproved(library, f"latest {CONFIRM}")
    run = library.machine.play("restore", {"restore_accept_differences": found.digest})
    assert run.rc == 0, run.output
    assert "1 difference accepted by" in run.output and "found the same" not in run.output
    assert library.serves() and library.rows().startswith("199|")


@pytest.mark.full
def test_comparing_and_drilling_fail_where_something_differs(library: Library) -> None:
    library.back_up()
    assert library.phase("prove")["value"]["result"]["differences"] == []
    library.sh(lost(7))
    answer = library.phase("prove")
    assert "found 199 rows" in answer["error"] and "--accept-differences" not in answer["error"]
    assert library.back_up(), "who only compares has nothing half done"
    spoilt = "docker exec -i small-drill-database-1 psql -U postgres -qd albums -c 'DELETE FROM album WHERE id = 9'"
    said = library.tampered("drill", "phase prove", spoilt)
    assert "1 difference (" in said and "--accept-differences" not in said
    assert library.serves()
