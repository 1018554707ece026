# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names are bytes: whatever a file, a folder or a link is called, it comes back, and is missed when it does not."""

from __future__ import annotations

import pytest
from integration.drill.drills import Drills
from integration.restore.library import CONFIRM, ODD_NAMES, PHOTOS, Library, variables

# In bytes, as text that no output can spoil.
LISTING = f"""
cd {PHOTOS} && (find . -printf '%p %y %m %U %G %l\\0' && find . -type f -print0 | sort -z | xargs -0r sha256sum -z) |
    sort -z | base64 -w 0
"""
# Content of the same size and time; of those that JSON shows alike, two in two ways.
DAMAGE = rf"""
cd {PHOTOS}
printf 'X' | dd of=$'odd/bad\xffname.jpg' conv=notrunc bs=1 status=none; touch -d @1000000000 $'odd/bad\xffname.jpg'
rm $'odd/alike\xfd'
chmod 4711 $'odd/alike\xfe'
chown -h 7:8 $'odd/folders/fold\xff/in\xfe/link\xff'
rm $'odd/new\nline'; mkdir $'odd/new\nline'
"""
FOUND = [
    r"volume photos: /odd/alike\xfd: expected a file, found nothing",
    r"volume photos: /odd/alike\xfe: expected mode 0644, found mode 4711",
    r"volume photos: /odd/bad\xffname.jpg: expected the content saved, found other content",
    r"volume photos: /odd/folders/fold\xff/in\xfe/link\xff: expected owner 0:0, found owner 7:8",
    r"volume photos: /odd/new\nline: expected a file, found something else",
]
# Looks like one that was saved; a folder; and one that nothing was saved like.
ADD = r"""
: >$'odd/alike\xfc'; mkdir $'odd/folders/fold\xfd'; : >$'odd/folders/fold\xfd/x'; : >$'odd/\xff\xff\xff\xff'
"""
ADDED = [
    rf"volume photos: /odd/{name}: expected nothing, found a file that the point does not hold"
    for name in (r"alike\xfc", r"folders/fold\xfd", r"folders/fold\xfd/x", r"\xff\xff\xff\xff")
]
LOSE = f"find {PHOTOS} -mindepth 1 -delete"


@pytest.fixture
def odd(library: Library) -> Library:
    """The library with names of every kind among its photos."""
    library.machine.send({"/root/odd_names.py": ODD_NAMES})
    library.sh(f"python3 /root/odd_names.py {PHOTOS}/odd")
    return library


def names(library: Library) -> str:
    """Every file, folder and link with name, owner, mode, target and content, byte for byte."""
    return library.sh(LISTING)


def differing(library: Library) -> list[str]:
    """What a proof finds."""
    return sorted(entry["message"] for entry in library.phase("prove")["result"]["differences"])


def test_names_that_are_no_utf8_come_back_and_what_is_wrong_with_one_is_found(odd: Library) -> None:
    before = names(odd)
    odd.back_up()
    odd.sh(LOSE)
    said = odd.restore(f"latest {CONFIRM}")
    assert "is restored and proved" in said
    assert names(odd) == before
    odd.sh(DAMAGE)
    assert differing(odd) == FOUND


@pytest.mark.full
def test_what_happens_to_one_before_the_proof_keeps_everything_from_starting(odd: Library) -> None:
    before = names(odd)
    point = odd.back_up()
    odd.sh(LOSE)
    for phase in ("plan", "verify", "safety", "stop", "files", "databases", "credentials"):
        odd.done(phase, CONFIRM.split()[1])
    odd.sh(DAMAGE + ADD)
    assert differing(odd) == sorted([*FOUND, *ADDED])
    refused = odd.phase("finish")
    assert "is not proved yet" in refused["error"]
    assert "is restored and proved" in odd.restore(f"{point} {CONFIRM}")
    assert names(odd) == before


@pytest.mark.full
def test_a_drill_proves_them(odd: Library) -> None:
    odd.back_up()
    outcome = Drills(odd).run()
    assert outcome["ok"], outcome


@pytest.mark.full
def test_a_service_that_stands_still_for_its_copy_has_them_too(odd: Library) -> None:
    given = variables()["catalogue_services"]
    cold = [{**entry, "backup": {"cold": ["photos"]}} if entry["name"] == "web" else entry for entry in given]
    try:
        run = odd.machine.play("deploy", {"catalogue_services": cold})
        assert run.rc == 0, run.output
        before = names(odd)
        made = odd.answer("backup")["point"]
        (photos,) = (part for part in made["volumes"] if part["name"] == "photos")
        assert photos["cold"]["stopped"] == ["web"]
        assert photos["files"] == int(odd.sh(f"find {PHOTOS} -type f -printf x | wc -c"))
        odd.sh(LOSE)
        assert "is restored and proved" in odd.restore(f"latest {CONFIRM} --safety cold")
        assert names(odd) == before
    finally:
        run = odd.machine.play("deploy")
        assert run.rc == 0, run.output


@pytest.mark.full
def test_a_cold_copy_kept_before_a_restore_brings_them_back(odd: Library) -> None:
    point = odd.back_up()
    odd.sh(f"cd {PHOTOS}/odd; mv $'bad\\xffname.jpg' $'worse\\xfename.jpg'")
    before = names(odd)
    kept = odd.answer(f"restore {point} {CONFIRM} --safety cold")["safety"]["name"]
    assert names(odd) != before
    odd.restore(f"{kept} {CONFIRM}")
    assert names(odd) == before
