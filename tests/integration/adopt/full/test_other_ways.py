# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where data cannot stay where it is: another project's name, another C library, archives of the old backup script."""

from __future__ import annotations

import json
import shlex

import pytest
from integration.adopt.conftest import CONFIRMED, NEW, OLD, clear, deploy, digest, files
from support.throwaway import Machine, image

pytestmark = pytest.mark.full

OTHER = "/root/old/server"
# As an image on Alpine: its C library sorts differently, and gives itself away by this file.
MUSL = f"""
docker image inspect today/postgres:musl >/dev/null 2>&1 && exit
docker run --name musl --entrypoint touch {image("postgres")} /lib/ld-musl-x86_64.so.1
docker commit --change 'ENTRYPOINT ["docker-entrypoint.sh"]' --change 'CMD ["postgres"]' musl today/postgres:musl
docker rm musl
"""
CRON = f"0 3 * * * cd {OTHER} && ./scripts/backup.sh /backup"
KEEP = """
set -e
docker stop $(docker ps -q) >/dev/null
mkdir -p /tmp/archives/whole
while read -r volume archive; do
    tar czf /tmp/archives/whole/$archive.tar.gz -C /var/lib/docker/volumes/photo-sync_$volume/_data .
done <<VOLUMES
custom-pgdata custom-postgres
immich-pgdata immich-postgres
caddy_data caddy-data
VOLUMES
cp .env.prod /tmp/archives/whole/
"""


def test_under_another_name_its_volumes_stay_and_a_database_of_another_c_library_is_dumped(vps: Machine) -> None:
    vps.sh(MUSL)
    deploy(vps, OTHER, CUSTOM_POSTGRES="today/postgres:musl")
    vps.sh(f"echo {shlex.quote(CRON)} | crontab -; docker volume create immich-data")
    before, uploads = digest(vps, *OLD), files(vps, "server_immich-data")

    refused = vps.play("site", {"stack_domain": "photos.my-family.test", "stack_media_path": "/mnt/nas/photos"})
    assert refused.rc != 0 and f"Compose project server in {OTHER}" in refused.output
    assert "1 problem." in refused.output, "its ports are no second problem"

    looked = vps.play("adopt")
    assert "by a dump into a new volume: musl, which sorts its indexes, becomes glibc" in looked.output
    assert "immich-pgdata: server_immich-pgdata" in looked.output
    assert CRON in looked.output
    assert "which its backup script made or filled, stay: immich-data" in looked.output

    taken = vps.play("adopt", CONFIRMED)
    assert taken.rc == 0, taken.output
    assert digest(vps, *NEW) == before
    assert files(vps, "server_immich-data") == uploads
    mounted = "docker inspect --format '{{range .Mounts}}{{.Name}} {{end}}'"
    assert "server_immich-data" in vps.sh(f"{mounted} photo-sync-immich-server-1")
    assert "server_immich-pgdata" in vps.sh(f"{mounted} {NEW[0]}")
    assert "photo-sync_custom-pgdata" in vps.sh(f"{mounted} {NEW[1]}")
    assert "server_custom-pgdata" in vps.sh("docker volume ls -q"), "what was dumped stays as it was"
    assert vps.sh("docker volume ls -q").count("immich-data") == 2, "nothing was copied"

    again = vps.play("site")
    assert (again.rc, again.changed) == (0, 0), again.output
    manifest = json.loads(vps.sh("photo-sync points --json"))
    assert [point["complete"] for point in manifest] == [True]


def test_empty_archives_are_told_and_whole_ones_are_imported_onto_a_bare_host(vps: Machine) -> None:
    old = deploy(vps, "/srv/photo-sync")
    before = digest(vps, *OLD)
    vps.sh(f"cd {old.folder}; ./scripts/backup.sh /tmp/archives/empty; {KEEP}")
    clear(vps)

    refused = vps.play("adopt", {**CONFIRMED, "adopt_tarballs": "/tmp/archives/empty"})
    assert refused.rc != 0
    assert "immich-postgres.tar.gz is empty" in refused.output
    assert vps.sh("docker volume ls -q; ls /opt") == ""
    whole = {"adopt_tarballs": "/tmp/archives/whole"}
    looked = vps.play("adopt", whole)
    assert "immich-postgres.tar.gz: immich-pgdata, PostgreSQL 17" in looked.output
    assert "no archive is of immich-data" in looked.output
    assert vps.sh("docker volume ls -q; ls /opt") == ""

    taken = vps.play("adopt", {**whole, **CONFIRMED})
    assert taken.rc == 0, taken.output
    assert digest(vps, *NEW) == before
    assert "account" in vps.sh("cat /var/lib/docker/volumes/photo-sync_caddy_data/_data/caddy/account.json")
    assert vps.sh("docker ps -a --filter name=import -q; docker volume ls -q --filter name=import") == ""
    again = vps.play("site")
    assert (again.rc, again.changed) == (0, 0), again.output
    refused = vps.play("adopt", {**whole, **CONFIRMED})
    assert (refused.rc, refused.changed) == (0, 0)
