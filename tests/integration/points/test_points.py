# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restore points: whole or not at all, while everything goes on serving."""

from __future__ import annotations

import pytest
from integration.points.throwaway import FILES, Host

pytestmark = pytest.mark.full

STARTED = "docker inspect -f '{{.Name}} {{.State.StartedAt}} {{.RestartCount}}' $(docker ps -aq) | sort"


def test_a_point_holds_every_database_and_file_and_stops_no_service(stack: Host) -> None:
    before = stack.sh(STARTED)
    made = stack.do("create", "a test")
    assert stack.sh(STARTED) == before
    tables = {
        f"{part['service']}/{part['database']}": {name: table["rows"] for name, table in part["tables"].items()}
        for part in made["databases"]
    }
    assert tables == {
        "custom-postgres/deduplication": {'Weird schema.Ta"ble': 1, "public.hashes": 300},
        "custom-postgres/grouping": {},
        "immich-postgres/immich": {"public.asset": 500, "public.smart_search": 500},
    }
    (volume,) = made["volumes"]
    assert (volume["name"], volume["files"], volume["bytes"]) == ("immich-data", 21, 20 * 200000 + 2)
    assert (made["reason"], made["host"], made["release"]) == ("a test", "web1", "0123456789ab")
    assert "vector" in made["databases"][2]["extensions"]
    report = stack.do("verify")
    assert report["ok"], report
    assert len(report["dumps_read"]) == 3


def test_rows_are_counted_at_the_moment_that_the_dump_sees(stack: Host) -> None:
    stack.sh(
        """
        for number in $(seq 1 400); do echo "INSERT INTO hashes (hash) VALUES ('new'); SELECT pg_sleep(0.02);"; done |
            docker exec -i photo-sync-custom-postgres-1 psql -qAt -U postgres deduplication >/dev/null 2>&1 &
        disown
        """
    )
    made = stack.do("create")
    stack.sh("docker compose -f /opt/photo-sync/current/compose.yaml down -v")
    for phase in ("plan", "files", "databases"):
        stack.do("restore", phase, made["id"])
    assert stack.do("restore", "prove", made["id"])["result"]["differences"] == []
    rows = int(stack.sql("custom-postgres", "deduplication", "SELECT count(*) FROM hashes"))
    assert rows == made["databases"][0]["tables"]["public.hashes"]["rows"] > 300


@pytest.mark.parametrize(
    ("breakage", "said"),
    [
        ("docker stop -t 1 photo-sync-immich-postgres-1", "database server immich-postgres is not running"),
        (
            "docker rm -f photo-sync-immich-server-1; docker volume rm photo-sync_immich-data",
            "photo-sync_immich-data does not exist",
        ),
        ("docker exec photo-sync-immich-postgres-1 mv /usr/lib/postgresql/17/bin/pg_dump /tmp/", "restic: "),
        ("echo wrong >/etc/photo-sync/restic-password", "password is wrong"),
    ],
)
def test_a_backup_that_fails_says_why_and_leaves_the_last_good_point(stack: Host, breakage: str, said: str) -> None:
    good = stack.do("create")["id"]
    stack.sh(breakage)
    answer = stack.drive("create")
    assert said in answer.get("error", ""), answer
    stack.sh("echo a-password >/etc/photo-sync/restic-password")
    assert [point["id"] for point in stack.do("list") if point["complete"]] == [good]
    assert "photo-sync_immich-data" not in breakage or "photo-sync_immich-data" not in stack.sh("docker volume ls -q")


def test_a_backup_that_was_killed_is_never_offered_and_is_cleaned_up(stack: Host) -> None:
    good = stack.do("create")["id"]
    stack.sh(f"head -c 300000000 /dev/urandom >{FILES}/upload/1/big.raw")
    stack.sh(
        """
        setsid python3 -u /root/drive.py create >/root/log 2>&1 & started=$!
        timeout 60 sh -c "while ! grep -q immich-postgres/immich /root/log; do sleep 0.05; done"
        sleep 0.3; kill -9 -- -$started
        """
    )
    points = stack.do("list")
    assert [point["id"] for point in points if point["complete"]] == [good]
    assert len(points) == 2
    again = stack.do("create")["id"]
    pruned = stack.do("prune")
    assert (len(pruned["leftovers"]), pruned["kept"]) == (1, [good, again])
    assert stack.do("verify", again)["ok"]


def test_retention_removes_whole_points(stack: Host) -> None:
    made = [stack.do("create")["id"] for _number in range(3)]
    pruned = stack.do("prune")
    assert (pruned["removed"], pruned["kept"]) == (made[:1], made[1:])
    assert [point["id"] for point in stack.do("list")] == made[1:]
    assert made[0] not in stack.restic("restic snapshots --json")


def test_verification_finds_what_is_lost_or_damaged(stack: Host) -> None:
    made = stack.do("create")
    stack.restic(f"cp -a /root/repo /root/kept; restic forget {made['databases'][0]['snapshot']}")
    assert "incomplete" in stack.drive("verify", made["id"])["error"]
    assert "no complete restore point" in stack.drive("verify")["error"]
    stack.sh("rm -rf /root/repo; mv /root/kept /root/repo")
    assert stack.do("verify")["ok"]
    stack.sh("rm -rf /root/repo/data/*; rm -rf /var/cache/photo-sync")
    answer = stack.drive("verify")
    assert "error" in answer or not answer["value"]["ok"], answer


def test_two_at_once_are_refused(stack: Host) -> None:
    said = stack.sh(
        """
        python3 /root/drive.py create >/dev/null & sleep 1
        python3 /root/drive.py create; wait
        """
    )
    assert "a backup (process " in said
    assert len(stack.do("list")) == 1


def test_a_stack_set_up_anew_does_not_become_the_latest_point(stack: Host) -> None:
    good = stack.do("create")["id"]
    stack.sh("rm -rf /var/lib/photo-sync")
    assert "Run the restore playbook first" in stack.drive("create")["error"]
    assert [point["id"] for point in stack.do("list")] == [good]


def test_a_repository_whose_disk_is_not_mounted_is_not_made_anew(stack: Host) -> None:
    stack.do("create")
    stack.sh("mv /root/repo /root/kept")
    assert "is its disk mounted" in stack.drive("create")["error"]
    assert "kept" in stack.sh("ls /root; ! test -e /root/repo")
