# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A job does its work once: when it is new, when it changed, and when it failed the last time."""

from __future__ import annotations

import pytest
from integration.releases.test_deploy import plan
from support import throwaway

# Takes long enough for whoever does not wait for it to be seen.
WORK = "sleep 2; date +%s%N >>/count/runs"
RUNS = "cat /var/lib/docker/volumes/small_count/_data/runs 2>/dev/null | wc -l"
AFTER = "test -s /count/runs && touch /tmp/waited; exec nginx -g 'daemon off;'"


def job(work=WORK):
    return {
        "name": "migrate",
        "image": throwaway.image("nginx"),
        "command": ["sh", "-c", work],
        "restart": "no",
        "healthcheck": {"disable": True},
        "volumes": ["count:/count"],
        "backup": {"rebuildable": ["count"]},
    }


def web(**environment):
    return {
        "name": "web",
        "command": ["sh", "-c", AFTER],
        "environment": {"COLOUR": "blue", **environment},
        "volumes": ["count:/count:ro"],
        "depends_on": {
            "database": {"condition": "service_healthy"},
            "migrate": {"condition": "service_completed_successfully"},
        },
    }


def runs(site):
    return int(site.machine.sh(RUNS))


def test_a_job_that_ended_well_is_settled_and_a_second_run_changes_nothing(site):
    began = runs(site)
    first = site.deploy(job(), web())
    assert first.rc == 0, first.output
    assert runs(site) == began + 1
    assert site.machine.sh("docker exec small-web-1 ls /tmp/waited").strip() == "/tmp/waited"
    before = site.containers()
    again = site.deploy(job(), web())
    assert (again.rc, again.changed, plan(again)) == (0, 0, {})
    said = site.machine.sh("small up")
    assert (runs(site), site.containers()) == (began + 1, before), said


@pytest.mark.full
def test_a_job_is_run_by_its_name_and_not_by_a_restart_of_everything(site):
    assert site.deploy(job(), web()).rc == 0
    began = runs(site)
    site.machine.sh("small restart")
    assert runs(site) == began
    site.machine.sh("small up migrate && sleep 3")
    assert runs(site) == began + 1
