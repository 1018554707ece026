# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""OOM kills are counted and told by the host command, however short the life of what was killed."""

from limits.conftest import STACK
from limits.test_under_load import exec_in

HOG = f"{STACK}-hog-1"
EAT = exec_in("hog", "python3 -c 'bytearray(200 << 20)'")
# A record of the kernel's, put into the journal as if this host had written it: a throwaway VPS has no kernel of its
# own. Its moment lies before a restart, so that no counter knows of it.
RECORD = r"""
command -v /usr/lib/systemd/systemd-journal-remote >/dev/null ||
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends systemd-journal-remote >/dev/null 2>&1
id=$(docker inspect -f '{{.Id}}' HOG)
group=/crowd.slice/docker-$id.scope
journal=/run/log/journal/$(cat /etc/machine-id)
mkdir -p $journal
what="constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=docker-$id.scope,mems_allowed=0"
who="oom_memcg=$group,task_memcg=$group,task=python3,pid=1,uid=0"
now=$(date +%s%6N)
docker restart HOG >/dev/null
printf '%s\n' "__REALTIME_TIMESTAMP=$now" "__MONOTONIC_TIMESTAMP=1000" \
    "_BOOT_ID=$(tr -d - </proc/sys/kernel/random/boot_id)" "_TRANSPORT=kernel" "PRIORITY=6" \
    "MESSAGE=oom-kill:$what,$who" "" |
    /usr/lib/systemd/systemd-journal-remote -o $journal/kernel.journal - 2>&1
""".replace("HOG", HOG)


def test_a_child_that_is_killed_is_counted_though_its_container_runs_on(at_peace):
    before = at_peace.remembered()
    at_peace.sh(EAT)
    after = at_peace.remembered()
    assert (after["total"], after["since_start"]) == (before["total"] + 1, before["since_start"] + 1)
    assert after["since_start"] == at_peace.oom_kills("hog")


def test_health_stays_health_and_warns_with_the_limit_and_what_to_raise(at_peace):
    at_peace.sh(EAT)
    said = at_peace.sh(f"{STACK} health && echo 0")
    (warning,) = [line for line in said.splitlines() if line.startswith("warning: hog: ")]
    assert "OOM kill" in warning and "in the last 24 h, the last at 20" in warning
    assert warning.endswith("limit 64.0 MiB; raise deploy.resources.limits.memory")
    assert said.splitlines()[-1] == "0"


def test_a_service_that_is_killed_itself_and_started_again_is_remembered(crowd):
    crowd.until(lambda: crowd.health()["healthy"], "health")
    before = crowd.remembered()
    neighbours = {name: at for name, at in crowd.starts().items() if name != f"/{HOG}"}
    started = crowd.starts()[f"/{HOG}"]
    crowd.sh(exec_in("hog", "touch /tmp/eat"))
    crowd.until(lambda: crowd.starts().get(f"/{HOG}", started) != started, "a new life of the hog")
    # On a busy host the engine tells of a death later than of the new life.
    crowd.until(lambda: crowd.remembered()["total"] > before["total"], "the kill of the old life")
    after = crowd.remembered()
    assert (after["total"], after["since_start"]) == (before["total"] + 1, 0)
    assert after["restarts"] == before["restarts"] + 1
    assert crowd.oom_kills("hog") == 0
    assert {name: at for name, at in crowd.starts().items() if name in neighbours} == neighbours


def test_what_the_engine_has_forgotten_the_ledger_remembers(crowd):
    crowd.until(lambda: crowd.health()["healthy"], "health")
    crowd.sh(EAT)
    before = crowd.remembered()["total"]
    crowd.sh("systemctl restart docker")
    crowd.until(lambda: crowd.health()["healthy"], "health")
    assert crowd.remembered()["total"] == before


def test_a_kill_of_which_only_the_kernels_log_knows_is_counted_once(crowd):
    crowd.until(lambda: crowd.health()["healthy"], "health")
    before = crowd.remembered()["total"]
    crowd.sh(RECORD)
    assert [crowd.remembered()["total"] for _look in range(2)] == [before + 1, before + 1]


def test_the_health_modules_tell_of_kills_as_well(at_peace):
    at_peace.sh(EAT)
    told = {result["name"]: result["details"]["oom_kills"] for result in at_peace.health()["results"]}
    assert told["hog"] == at_peace.oom_kills("hog") > 0
