# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The playbook lays what makes points at night, checks them and tells of them, and says nobody's token aloud."""

import json
from collections.abc import Iterator

import pytest
from integration.releases import small
from support import playbook, throwaway

pytestmark = pytest.mark.full

TOKEN = "hunter2-is-no-secret"
JOB = "/etc/cron.d/small-backup"
NOTE = ["sh", "-c", 'echo "$PHOTOSYNC_OPERATION $PHOTOSYNC_EVENT" >>/root/told']
NOTIFICATIONS = [
    {"kind": "command", "command": NOTE, "events": ["success", "failure"]},
    {"kind": "webhook", "url": f"http://127.0.0.1:9/{TOKEN}", "headers": {"Authorization": TOKEN, "Priority": 5}},
]


def variables() -> dict:
    """An inventory of the small stack with a wiki that has to stand still."""
    wiki = {
        "name": "wiki",
        "image": throwaway.image("valkey"),
        "volumes": ["wiki:/data"],
        "healthcheck": {"test": ["CMD", "valkey-cli", "ping"], **small.QUICK},
        "backup": {"cold": ["wiki"]},
    }
    settings = {
        **small.variables(wiki),
        "backup_repository": "/srv/points",
        "backup_accept_local_only": True,
        "backup_key_escrowed": True,
        "backup_host": "web1",
        "backup_schedule_spread": 0,
        "backup_check": {"parts": 3},
        "backup_notifications": NOTIFICATIONS,
        "backup_metrics_folder": "/srv/metrics",
    }
    del settings["backup_enabled"]
    return settings


@pytest.fixture(scope="module")
def machine() -> Iterator[throwaway.Machine]:
    """The VPS, with the folder of a collector of metrics."""
    with throwaway.machine("guards-role", variables()) as found:
        found.sh("mkdir /srv/metrics")
        yield found


@pytest.fixture(scope="module")
def deployed(machine: throwaway.Machine) -> playbook.Run:
    """What the playbook site said as loudly as it can."""
    run = machine.play("site", None, "--diff", "-vvv")
    assert run.rc == 0, run.output
    return run


def test_a_mistake_is_refused_before_anything_on_the_host_changes(machine: throwaway.Machine) -> None:
    run = machine.play("site", {"backup_notifications": [{"kind": "webhook", "name": "chat"}]})
    assert run.rc != 0
    assert "backup_notifications" in run.output
    assert "notification chat: url must be set for a webhook" in run.output
    assert machine.sh("command -v docker; ls /etc/small 2>/dev/null; true") == ""


def test_no_token_is_said_aloud_and_root_alone_can_read_it(machine: throwaway.Machine, deployed: playbook.Run) -> None:
    assert TOKEN not in deployed.output
    holders = machine.sh(f"grep -rl {TOKEN} /etc /var/lib/small /var/log /opt/small /tmp 2>/dev/null; true").split()
    assert holders == ["/etc/small/backup.json"]
    assert machine.sh("stat -c '%a %U' /etc/small/backup.json").strip() == "600 root"


def test_the_first_point_is_reported_and_its_cold_volume_in_it(
    machine: throwaway.Machine, deployed: playbook.Run
) -> None:
    results = json.loads(machine.sh("cat /var/lib/small/results.json"))
    assert {name: result["ok"] for name, result in results["operations"].items()} == {"backup": True, "verify": True}
    assert machine.sh("cat /root/told").split("\n")[:2] == ["backup success", "verify success"]
    assert 'photosync_backup_failing{stack="small",operation="backup"} 0.0' in machine.sh("cat /srv/metrics/small.prom")
    assert "wiki: stopped for a copy" in deployed.output


def test_the_nightly_job_makes_a_point_and_reads_a_part_and_a_second_night_reads_none(
    machine: throwaway.Machine, deployed: playbook.Run
) -> None:
    assert machine.sh(f"stat -c %a {JOB}").strip() == "644"
    job = machine.sh(f"sed -n 's/^10 3 [*] [*] [*] root //p' {JOB}").strip()
    assert job
    machine.sh(f"env -i SHELL=/bin/sh HOME=/root LOGNAME=root /bin/sh -c '{job}'")
    machine.sh(f"env -i SHELL=/bin/sh HOME=/root LOGNAME=root /bin/sh -c '{job}'")
    log = machine.sh("cat /var/log/small/backup.log")
    assert log.count(" made, ") == 2, log
    assert log.count("repository first: part 1 of 3 is good") == 1, log
    assert TOKEN not in log
    assert machine.sh("cat /root/told").split("\n").count("check success") == 1


def test_a_second_run_changes_nothing(machine: throwaway.Machine, deployed: playbook.Run) -> None:
    again = machine.play("site")
    assert again.rc == 0, again.output
    assert again.changed == 0
