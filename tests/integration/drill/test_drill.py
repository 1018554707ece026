# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restore that is tried before it is needed: beside what serves, proved, measured, and gone afterwards."""

from __future__ import annotations

import json
import re

import pytest
from integration.drill.drills import Drills

pytestmark = pytest.mark.full

ALONE, ALL_OF_IT = "", "-- -"
PHASES = ["plan", "verify", "files", "databases", "credentials", "prove", "start"]
# The newest pack that holds photos, with a few of its bytes others than they were.
CORRUPT = """
cp -a /srv/points /srv/whole
pack=$(find /srv/points/data -type f -size +100k -printf '%T@ %p\\n' | sort -n | tail -1 | cut -d' ' -f2)
chmod u+w $pack; printf CORRUPTED | dd of=$pack bs=1 seek=5000 conv=notrunc 2>/dev/null
"""
MEND = "rm -rf /srv/points; mv /srv/whole /srv/points"
RESTIC = "export RESTIC_REPOSITORY=/srv/points RESTIC_PASSWORD_FILE=/etc/small/restic-password; "
FORGET = """
restic snapshots --json --tag point=%s |
    python3 -c 'import json, sys; print(*(snapshot["id"] for snapshot in json.load(sys.stdin)))' | xargs restic forget
"""
# The same point, whose manifest says that a volume has a petabyte.
ENLARGE = """
set -e
cat >/root/enlarge.py <<'END'
import json, subprocess, sys
def restic(*words, **more):
    return subprocess.run(["restic", *words], check=True, text=True, stdout=subprocess.PIPE, **more).stdout
(snapshot,) = json.loads(restic("snapshots", "--json", "--tag", f"point={sys.argv[1]},part=manifest"))
manifest = json.loads(restic("dump", snapshot["id"], "/manifest.json"))
manifest["volumes"][0]["bytes"] = 10**15
restic("forget", snapshot["id"])
tags = [word for tag in snapshot["tags"] for word in ("--tag", tag)]
restic("backup", "--stdin", "--stdin-filename", "manifest.json", "--host", snapshot["hostname"], *tags,
       input=json.dumps(manifest))
END
python3 /root/enlarge.py %s
"""


def test_a_good_point_is_proved_while_a_hundred_requests_a_second_are_all_answered(drills: Drills) -> None:
    before = drills.face(), drills.library.photos(), drills.library.rows()
    outcome, load, watched = drills.under_load()
    assert outcome["ok"] and outcome["point"] == drills.point
    assert list(outcome["phases"]) == PHASES
    took = drills.took()
    assert took / 2 < outcome["seconds"] < took
    assert min(outcome["phases"].values()) > 0
    assert (outcome["compared"]["rows"], outcome["compared"]["files"] >= 6) == (200, True)
    assert load["failures"] == []
    assert load["rate"] > 80, load
    assert (drills.face(), drills.library.photos(), drills.library.rows()) == before
    assert drills.left() == ""
    # While it ran: no port, a group of its own with a limit, the first to go, no way out.
    lines = set(watched.splitlines())
    assert "0 small-drill.slice 1000" in lines and "internal true" in lines
    limits = {line for line in lines if line.startswith("limit ")}
    assert len(limits) == 1 and limits.pop().split()[1].isdigit()
    assert len(lines) == 3, watched


def test_its_outcome_is_seen_in_the_points_and_expected_of_the_next_restore(drills: Drills) -> None:
    outcome = drills.run()
    kept = json.loads(drills.sh("cat /var/lib/small/drill.json"))
    assert kept["last"] == kept["last_good"] == outcome
    said = drills.sh("small points")
    assert re.search(rf"{drills.point} .* complete, drilled \d\d\d\d-", said)
    assert f"last drill: {drills.point} was restored and proved in" in said
    listed = {point["id"]: point["drilled"] for point in json.loads(drills.sh("small points --json"))}
    assert listed[drills.point] == outcome
    assert re.search(r"expected duration: the drill of .* took \d+ s", drills.library.restore("latest --dry-run"))


def test_the_playbook_drills_a_named_point(drills: Drills) -> None:
    drills.library.back_up()
    run = drills.library.machine.play("drill", {"restore_point": drills.point})
    assert run.rc == 0, run.output
    assert f"{drills.point} was restored and proved in" in run.output
    assert drills.left() == ""


def test_a_corrupted_pack_fails_the_drill_raises_the_alarm_and_leaves_nothing(drills: Drills) -> None:
    before = drills.face()
    drills.sh(CORRUPT)
    try:
        said = drills.fail()
    finally:
        drills.sh(MEND)
    assert "IT DID NOT FAIL" not in said
    assert "small: " in said
    told = drills.library.alarm().strip()
    assert told and told in said
    assert drills.left() == ""
    assert drills.face() == before
    assert f"{drills.point} " in drills.sh("small points | grep 'DRILL FAILED'")
    assert "last drill: FAILED on" in drills.sh("small points")
    assert drills.run()["ok"]


@pytest.mark.parametrize(("phase", "whom"), [("files", ALONE), ("databases", ALL_OF_IT), ("start", ALONE)])
def test_one_that_was_killed_is_cleared_by_the_next_which_completes(drills: Drills, phase: str, whom: str) -> None:
    before = drills.face()
    assert "code 137" in drills.interrupt(phase, "KILL", whom, pause=0.6)
    assert drills.left()
    assert drills.run()["ok"]
    assert drills.left() == ""
    assert drills.face() == before
    assert drills.library.serves()


def test_a_backup_clears_what_a_killed_drill_left(drills: Drills) -> None:
    drills.interrupt("start", "KILL", ALL_OF_IT, pause=1)
    assert "small-drill" in drills.left()
    drills.library.back_up()
    assert drills.left() == ""


def test_one_that_is_told_to_end_takes_everything_away_first(drills: Drills) -> None:
    said = drills.interrupt("start", "TERM")
    assert "code 1" in said
    assert "the drill was ended by SIGTERM" in said
    assert drills.left() == ""
    assert "SIGTERM" in drills.library.alarm()


def test_too_little_memory_is_refused_with_what_is_missing(drills: Drills) -> None:
    before = drills.face()
    limit = drills.sh("systemctl show --property=MemoryMax --value small.slice").strip()
    drills.sh(f"systemctl set-property --runtime small.slice MemoryMax={drills.held() + 100 * 1024**2}")
    try:
        said = drills.fail()
    finally:
        drills.sh(f"systemctl set-property --runtime small.slice MemoryMax={limit}")
    assert re.search(r"too little memory for a drill: .* the stack's memory limit leaves .* MiB are missing", said)
    assert drills.left() == ""
    assert drills.face() == before
    assert "too little memory" in drills.library.alarm()


def test_too_small_a_disk_is_refused_with_what_is_missing(drills: Drills) -> None:
    drills.sh(RESTIC + ENLARGE % drills.point)
    try:
        said = drills.fail(drills.point)
    finally:
        drills.sh(RESTIC + FORGET % drills.point)
    assert re.search(
        r"the point needs about 909\.\d TiB under /var/lib/docker, .* can be had there, 9\d\d\.\d TiB are missing", said
    )
    assert drills.left() == ""


def test_cron_drills_every_month_unless_it_is_told_not_to(drills: Drills) -> None:
    job = "/etc/cron.d/small-drill"
    said = drills.sh(f"tail -1 {job}")
    assert re.fullmatch(r"\d+ 5 \d+ \* \* root small drill >>/var/log/small/drill.log 2>&1\n", said)
    off = drills.library.machine.play("site", {"backup_drill_schedule": {}})
    assert off.rc == 0, off.output
    assert drills.sh(f"ls {job}", check=False).startswith("ls: cannot access")
    again = drills.library.machine.play("site")
    assert (again.rc, drills.sh(f"tail -1 {job}")) == (0, said)
    assert drills.library.machine.play("site").changed == 0
