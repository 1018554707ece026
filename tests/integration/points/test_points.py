# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restore points: whole or not at all, while everything goes on serving."""

from __future__ import annotations

import json

import pytest
from integration.restore.library import CONFIRM, REPOSITORY, Library

pytestmark = pytest.mark.full

STARTED = "docker inspect -f '{{.Name}} {{.State.StartedAt}} {{.RestartCount}}' $(docker ps -aq) | sort"
# Rows that come in one by one, for eight seconds.
INSERTS = """
rows() { for number in $(seq 1000 1400); do echo "INSERT INTO album VALUES ($number); SELECT pg_sleep(0.02);"; done; }
{ rows | docker exec -i small-database-1 psql -qAt -U postgres albums; } >/dev/null 2>&1 &
count() { docker exec small-database-1 psql -qAt -U postgres -c 'SELECT count(*) FROM album' albums; }
until [ $(count) -gt 200 ]; do :; done
"""
RESTIC = f"RESTIC_REPOSITORY={REPOSITORY} RESTIC_PASSWORD_FILE=/root/restic-password restic"
HELD = "timeout 20 sh -c 'until grep -q saving /root/first; do :; done'"


def test_a_point_holds_every_database_and_file_and_stops_no_service(library: Library) -> None:
    before = library.sh(STARTED)
    made = library.answer("backup --reason 'a test'")["point"]
    assert library.sh(STARTED) == before
    tables = {
        part["database"]: {name: table["rows"] for name, table in part["tables"].items()} for part in made["databases"]
    }
    assert tables == {"albums": {'Weird schema.Ta"ble': 1, "public.album": 200, "public.face": 500}, "drafts": {}}
    photos = next(volume for volume in made["volumes"] if volume["name"] == "photos")
    assert (photos["files"], photos["bytes"]) == (6, 6 * 200000)
    assert (made["reason"], made["host"]) == ("a test", "restore")
    assert "vector" in made["databases"][0]["extensions"]
    report = library.answer("verify")
    assert (report["ok"], len(report["dumps_read"])) == (True, 2)


def test_rows_are_counted_at_the_moment_that_the_dump_sees(library: Library) -> None:
    library.sh(INSERTS)
    made = library.answer("backup")["point"]
    counted = made["databases"][0]["tables"]["public.album"]["rows"]
    assert counted > 200
    assert "is restored and proved" in library.restore(f"latest --safety none {CONFIRM}")
    assert library.sql("SELECT count(*) FROM album") == str(counted)


def test_a_new_release_is_no_reason_to_read_every_photo_again(library: Library) -> None:
    library.answer("backup")
    # What a deployment does: the release that serves, and is saved, lies in another folder than before.
    library.sh(
        "cd /opt/small && cp -a $(readlink current) releases/0123456789ab && ln -sfn releases/0123456789ab current"
    )
    library.answer("backup")
    read = json.loads(library.sh(f"{RESTIC} snapshots --json --tag part=files"))[-1]["summary"]
    assert read["files_unmodified"] >= 6
    assert read["data_added"] < 200000


@pytest.mark.parametrize(
    ("breakage", "said", "mending"),
    [
        ("docker stop -t 1 small-database-1", "database server database is not running", "small up"),
        (
            "docker rm -f small-web-1; docker volume rm small_photos",
            "small_photos does not exist",
            "! docker volume inspect small_photos",
        ),
        (
            "docker exec -u root small-database-1 mv /usr/lib/postgresql/17/bin/pg_dump /tmp/hidden",
            "pg_dump",
            "docker exec -u root small-database-1 mv /tmp/hidden /usr/lib/postgresql/17/bin/pg_dump",
        ),
        ("echo wrong >/etc/small/restic-password", "password is wrong", "true"),
    ],
    ids=["its database is down", "its volume is gone", "its dump fails", "its password is wrong"],
)
def test_a_backup_that_fails_says_why_raises_the_alarm_and_leaves_the_last_good_point(
    library: Library, breakage: str, said: str, mending: str
) -> None:
    good = library.back_up()
    library.sh(breakage)
    assert said in library.refusal("backup")
    assert said in library.alarm()
    library.sh(f"{mending}; cp /root/restic-password /etc/small/restic-password")
    assert library.points(complete=True) == [good]


def test_retention_removes_whole_points(library: Library) -> None:
    made = [library.answer("backup") for _number in range(3)]
    ids = [each["point"]["id"] for each in made]
    assert (made[-1]["retention"]["removed"], made[-1]["retention"]["kept"]) == (ids[:1], ids[1:])
    assert library.points() == ids[1:]
    assert ids[0] not in library.sh(f"{RESTIC} snapshots --json")


def test_two_at_once_are_refused(library: Library) -> None:
    said = library.sh(f"small backup >/root/first 2>&1 & {HELD}; small backup; echo code $?; wait")
    assert "code 1" in said
    assert "a backup (process " in said
    assert "is already running" in said
    assert len(library.points(complete=True)) == 1


def test_a_stack_set_up_anew_does_not_become_the_latest_point(library: Library) -> None:
    good = library.back_up()
    library.sh("rm /var/lib/small/publishes-to.json")
    assert "Run the restore playbook first" in library.refusal("backup")
    assert library.points() == [good]


def test_a_repository_whose_disk_is_not_mounted_is_not_made_anew(library: Library) -> None:
    library.back_up()
    library.sh(f"mv {REPOSITORY} /root/kept")
    try:
        assert "is its disk mounted" in library.refusal("backup")
        library.sh(f"! test -e {REPOSITORY}")
    finally:
        library.sh("rm -rf /root/kept")
