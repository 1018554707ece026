# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A service that is saved cold is down for its own copy alone, and up again whatever happens."""

import pytest
from integration.guards.host import Guarded

pytestmark = pytest.mark.full

WIKI = "/var/lib/docker/volumes/photo-sync_wiki/_data"
# Kills the backup, its children too, as soon as the wiki is stopped.
KILL = """
setsid photo-sync backup >/root/killed.log 2>&1 & backup=$!
timeout 120 sh -c 'until docker inspect -f "{{.State.Status}}" photo-sync-wiki-1 | grep -q exited; do sleep 0.02; done'
kill -9 -- -$backup
"""
# Whoever could start it is gone: the backup, and the process that waits for its death. Then the engine starts anew.
POWER_LOSS = KILL.replace("kill -9", "pkill -9 -f standing-still.json; kill -9") + "systemctl restart docker\n"
RUNS_AGAIN = """
timeout 20 sh -c 'until docker inspect -f "{{.State.Running}}" photo-sync-wiki-1 | grep -q true; do sleep 0.1; done'
"""


def test_it_is_stopped_for_one_moment_that_is_saved_and_nobody_else_is(guarded: Guarded) -> None:
    before = guarded.started()
    made = guarded.answer("backup")["point"]
    after = guarded.started()
    assert [name for name in before if before[name] != after[name]] == ["wiki"]
    assert all(state.endswith("running") for state in after.values())
    wiki = next(part for part in made["volumes"] if part["name"] == "wiki")
    assert wiki["cold"]["stopped"] == ["wiki"]
    assert wiki["cold"]["seconds"] < 10
    assert wiki["files"] == 2
    restic = f"restic dump {wiki['snapshot']} {WIKI}"
    first, second = (int(guarded.restic(f"{restic}/{name}")) for name in ("first", "second"))
    assert first - second in (0, 1), "the copy is of more than one moment"
    assert guarded.answer("verify")["ok"]


def test_a_backup_killed_with_9_leaves_it_running_and_the_next_one_is_whole(guarded: Guarded) -> None:
    points = len(guarded.answer("points"))
    guarded.sh(KILL)
    guarded.sh(RUNS_AGAIN)
    assert guarded.back_up()
    complete = [point for point in guarded.answer("points") if point["complete"]]
    assert len(complete) == points + 1
    assert guarded.started()["wiki"].endswith("running")


def test_a_machine_that_lost_its_power_meanwhile_starts_it_when_it_comes_back(guarded: Guarded) -> None:
    policy = "docker inspect -f '{{.HostConfig.RestartPolicy.Name}}' photo-sync-wiki-1"
    assert guarded.sh(policy).strip() == "unless-stopped"
    guarded.sh(POWER_LOSS)
    guarded.sh(RUNS_AGAIN)
    said = guarded.command("backup")[1]
    assert "wiki: started again, which a backup that broke off had stopped" in said
    assert guarded.started()["wiki"].endswith("running")
    assert guarded.sh(policy).strip() == "unless-stopped", "somebody who stops it finds it started after a reboot"
