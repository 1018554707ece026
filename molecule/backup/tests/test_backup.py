"""A restore point: whole, bound together, made while the site serves."""

import json
import re
import threading
import time

import pytest
from support import outside, playbook, site

RESTIC = "RESTIC_REPOSITORY=/mnt/backup/photo-sync RESTIC_PASSWORD_FILE=/etc/photo-sync/restic-password restic"
KEEP_TWO = """
cp -p /etc/photo-sync/backup.json /root/backup.json && python3 - <<'END'
import json
place = "/etc/photo-sync/backup.json"
settings = json.load(open(place))
settings["retention"] = {"keep_last": 2}
json.dump(settings, open(place, "w"))
END
"""


@pytest.fixture(scope="module")
def uploaded(host):
    return site.upload(host, count=6, seed=7)


@pytest.fixture(scope="module")
def manifest(host, uploaded):
    return json.loads(host.check_output("photo-sync backup --json --reason test"))["point"]


def points(host):
    """The ids of the points in the repository, oldest first."""
    return [point["id"] for point in json.loads(host.check_output("photo-sync points --json"))]


def databases(manifest):
    return {entry["database"]: entry for entry in manifest["databases"]}


def volumes(manifest):
    return {entry["name"]: entry for entry in manifest["volumes"]}


def test_site_ends_with_a_verified_restore_point(host):
    verified = json.loads(host.file("/var/lib/photo-sync/verified.json").content_string)
    assert set(verified) & set(points(host))
    assert all(point in host.check_output("photo-sync points") for point in points(host))


def test_a_backup_is_scheduled_nightly_by_cron(host):
    entry = host.file("/etc/cron.d/photo-sync-backup").content_string
    assert re.search(r"^10 3 \* \* \* root .*photo-sync backup --reason nightly", entry, re.MULTILINE)
    assert host.service("cron").is_running


def test_every_database_is_in_the_point_with_its_rows(manifest, uploaded):
    assert set(databases(manifest)) == {"immich", "grouping", "deduplication"}
    assert databases(manifest)["immich"]["tables"]["public.asset"]["rows"] >= len(uploaded)
    assert "vector" in json.dumps(databases(manifest)["immich"]["extensions"])


def test_the_uploads_are_in_the_point(manifest, uploaded):
    assert volumes(manifest)["immich-data"]["files"] >= len(uploaded)
    assert volumes(manifest)["immich-data"]["bytes"] > 0


def test_certificates_are_in_the_point_and_database_directories_are_not(manifest):
    assert "caddy_data" in volumes(manifest)
    assert not {"immich-pgdata", "custom-pgdata"} & set(volumes(manifest))


def test_volumes_are_named_as_compose_names_them_and_are_mounted(host, manifest):
    mounted = host.check_output("docker inspect -f '{{range .Mounts}}{{.Name}} {{end}}' $(docker ps -q)").split()
    assert {entry["docker_name"] for entry in manifest["volumes"]} <= set(mounted)


def test_a_backup_makes_no_volume(host):
    before = host.check_output("docker volume ls -q | sort")
    host.check_output("photo-sync backup")
    assert host.check_output("docker volume ls -q | sort") == before


def test_the_point_names_what_it_leaves_out(manifest):
    assert "/srv/photos" in json.dumps(manifest["left_out"])


def test_the_site_answers_every_request_during_a_backup_and_nothing_restarts(host, uploaded):
    started = host.check_output("docker inspect -f '{{.State.StartedAt}}' $(docker ps -q) | sort")
    statuses, stop = [], threading.Event()

    def visit():
        while not stop.is_set():
            statuses.append(outside.get(host, "/api/assets").status)
            time.sleep(0.02)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        host.check_output("photo-sync backup")
    finally:
        stop.set()
        visitor.join()
    assert len(statuses) >= 5
    assert set(statuses) == {200}
    assert host.check_output("docker inspect -f '{{.State.StartedAt}}' $(docker ps -q) | sort") == started


def test_the_repository_is_encrypted(host, manifest):
    secret = playbook.secrets()["immich_db_password"]
    assert host.run(f"grep -rqF {secret} /mnt/backup").rc == 1
    refused = host.run("RESTIC_PASSWORD=wrong restic -r /mnt/backup/photo-sync snapshots")
    assert refused.rc != 0


def test_verify_proves_the_newest_point(host, manifest):
    told = host.run(f"photo-sync verify {manifest['id']}")
    assert told.rc == 0, told.stdout + told.stderr


def test_a_failing_database_fails_the_backup_loudly_and_offers_no_point(host, manifest):
    before = points(host)
    host.check_output("docker stop --time 1 photo-sync-custom-postgres-1")
    try:
        failed = host.run("photo-sync backup")
        assert failed.rc != 0
        assert "custom-postgres" in failed.stderr + failed.stdout
        assert "custom-postgres" in host.file("/root/alarm").content_string
    finally:
        host.check_output("photo-sync up")
    assert points(host) == before


def test_playbook_backup_makes_one_more_point(host, manifest):
    before = points(host)
    made = playbook.run("backup", "backup")
    assert made.rc == 0, made.output
    assert len(points(host)) == len(before) + 1


def test_retention_keeps_whole_points_and_never_the_newest_away(host, manifest):
    host.check_output(KEEP_TWO)
    try:
        made = json.loads(host.check_output("photo-sync backup --json 2>/dev/null"))["point"]["id"]
    finally:
        host.check_output("cp -p /root/backup.json /etc/photo-sync/")
    kept = points(host)
    assert kept[-1] == made and len(kept) == 2
    # By restic's own list, nothing is left of the others, and all that the newest one's manifest names is there.
    listed = json.loads(host.check_output(f"{RESTIC} snapshots --json --tag stack=photo-sync"))
    tags = [tag for snapshot in listed for tag in snapshot["tags"]]
    assert {tag.removeprefix("point=") for tag in tags if tag.startswith("point=")} == set(kept)
    assert host.run(f"photo-sync verify {made}").rc == 0
