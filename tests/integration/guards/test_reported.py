# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Points begin at a time of the host's own and are read anew a part at a time; Prometheus reads what was found."""

import time
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.config_files import LOGROTATE
from ansible_collections.photosync.vps.plugins.module_utils.operations.jobs import offset
from integration.guards.host import Guarded
from prometheus_client.parser import text_string_to_metric_families

pytestmark = pytest.mark.full

PARTS = 4


def metrics(host: Guarded) -> dict[tuple[str, str], float]:
    """Every value by name and operation or repository, as Prometheus' own parser reads the file."""
    found = {}
    for family in text_string_to_metric_families(host.sh("cat /root/metrics/photo-sync.prom")):
        for sample in family.samples:
            labels = sample.labels
            found[sample.name, labels.get("operation", labels.get("repository", ""))] = sample.value
    return found


def test_the_start_is_put_off_by_the_hosts_own_time(guarded: Guarded) -> None:
    guarded.settings(host="web3", schedule_spread=1)
    seconds = round(offset("photo-sync", "web3", 1))
    begun = time.monotonic()
    said = guarded.command("backup --spread")[1]
    assert said.startswith(f"begins in {seconds} s, since hosts are spread over 1 minutes")
    assert time.monotonic() - begun > seconds - 1


def check(host: Guarded) -> dict[str, Any]:
    return host.answer("check")["first"]


def test_a_turn_of_checks_reads_each_part_once_and_finds_what_has_rotted(guarded: Guarded) -> None:
    guarded.settings(check={"parts": PARTS})
    assert [check(guarded)["part"] for _time in range(PARTS + 1)] == [1, 2, 3, 4, 1]
    assert metrics(guarded)["photosync_backup_check_part", "first"] == 1
    assert guarded.command("check --due") == (0, ""), "it is not due"

    pack = guarded.sh("find /root/repo/data -type f -size +100k | head -1").strip()
    rotten = int(pack.rpartition("/")[2][:2], 16) % PARTS + 1
    guarded.sh(f"chmod u+w {pack}; printf X | dd of={pack} bs=1 seek=5000 conv=notrunc status=none")
    guarded.sh("rm -rf /var/cache/photo-sync")
    for _time in range(PARTS):
        found = check(guarded)
        assert bool(found["error"]) is (found["part"] == rotten), found
        if found["error"]:
            break
    assert check(guarded)["part"] == rotten, "a damaged part is not left behind"
    assert metrics(guarded)["photosync_backup_check_failing", "first"] == 1
    assert guarded.command("check --due")[0] == 1, "a damaged part is read again every night"
    guarded.sh("rm -rf /root/repo; rm -f /var/lib/photo-sync/publishes-to.json")


def test_the_log_is_rotated(guarded: Guarded) -> None:
    config = LOGROTATE.format(folder="/var/log/photo-sync")
    guarded.sh(
        f"mkdir -p -m 0750 /var/log/photo-sync; yes line | head -c 11000000 >/var/log/photo-sync/backup.log\n"
        f"cat >/etc/logrotate.d/photo-sync <<'X'\n{config}\nX\n"
        "logrotate /etc/logrotate.conf; test -s /var/log/photo-sync/backup.log.1"
    )
