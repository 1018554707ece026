# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A throwaway VPS on which photo-sync is deployed as it is today, by Compose files and scripts, with photos in it."""

from __future__ import annotations

import base64
import io
import shlex
import shutil
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.throwaway import STATE, Machine, image, machine

NAME = "adopt"
TODAY = Path(__file__).resolve().parent / "today"
HEALTHY = {"test": ["CMD", "true"], "interval": "1s", "start_period": "5s"}
POSTGRES = {
    "image": image("postgres"),
    "healthcheck": {"test": ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "postgres"], "start_period": "60s"},
    "database_server": {"engine": "postgresql", "user": "postgres"},
    "stop_grace_period": "60s",
}
URL = "postgresql://postgres:{{{{ catalogue_settings.secrets.{0} }}}}@{1}:5432/{2}"


def catalogue() -> list[dict[str, Any]]:
    """The services of photo-sync that hold data, by their own names, in as little as shows the promise."""
    ping = ["CMD", "curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:2283/api/server/ping"]
    return [
        {
            "name": "caddy",
            "image": image("caddy"),
            "entry_point": True,
            "ports": ["80:80", "443:443"],
            "volumes": [
                "{{ catalogue_settings.config }}/caddy:/etc/caddy:ro",
                "caddy_data:/data",
                "caddy_config:/config",
            ],
            "healthcheck": {"test": ["CMD", "wget", "-q", "-O", "/dev/null", "http://127.0.0.1:2019/config/"]},
            "backup": {"volumes": ["caddy_data"], "rebuildable": ["caddy_config"]},
        },
        {
            "name": "web-ui",
            "image": image("nginx"),
            "healthcheck": HEALTHY,
            "route": {"paths": ["*"], "port": 80},
        },
        {
            "name": "immich-server",
            "image": image("immich-server"),
            "environment": {
                "DB_HOSTNAME": "immich-postgres",
                "DB_PASSWORD": "{{ catalogue_settings.secrets.immich_db_password }}",
                "REDIS_HOSTNAME": "immich-redis",
            },
            "secrets": ["immich_db_password"],
            "volumes": ["immich-data:/usr/src/app/upload", "{{ catalogue_settings.media_path }}:/data/photos:ro"],
            "healthcheck": {"test": ping, "start_period": "60s"},
            "depends_on": ["immich-redis"],
            "databases": [{"server": "immich-postgres", "name": "immich"}],
            "migrates_data": True,
            "backup": {"volumes": ["immich-data"]},
            "route": {"paths": ["/api/*"], "port": 2283, "probe": {"path": "/api/server/ping"}},
        },
        {"name": "immich-redis", "image": image("valkey"), "tmpfs": ["/data"], "healthcheck": HEALTHY},
        {
            "name": "immich-postgres",
            "environment": {
                "POSTGRES_PASSWORD": "{{ catalogue_settings.secrets.immich_db_password }}",
                "POSTGRES_DB": "immich",
            },
            "secrets": ["immich_db_password"],
            "volumes": ["immich-pgdata:/var/lib/postgresql/data"],
            **POSTGRES,
        },
        {
            "name": "dedup-service",
            "image": image("nginx"),
            "environment": {"DATABASE_URL": URL.format("custom_db_password", "custom-postgres", "deduplication")},
            "secrets": ["custom_db_password"],
            "healthcheck": HEALTHY,
            "databases": [{"server": "custom-postgres", "name": "deduplication"}],
        },
        {
            "name": "custom-postgres",
            "environment": {"POSTGRES_PASSWORD": "{{ catalogue_settings.secrets.custom_db_password }}"},
            "secrets": ["custom_db_password"],
            "volumes": ["custom-pgdata:/var/lib/postgresql/data"],
            **POSTGRES,
        },
    ]


OLD = ("immich_postgres", "custom_postgres")
NEW = ("photo-sync-immich-postgres-1", "photo-sync-custom-postgres-1")
CONFIRMED = {"adopt_confirm": f"photo-sync@{NAME}"}
VARIABLES: dict[str, Any] = {
    "catalogue_photo_sync": False,
    "catalogue_services": catalogue(),
    # What the example inventory has; the deployment's own domain is to take its place.
    "stack_domain": "photos.example.com",
    "stack_tls": "internal",
    "docker_source": "distribution",
    "docker_daemon_options": {"insecure-registries": ["depot.test:5000"]},
    "backup_repository": "/root/repository",
    "backup_accept_local_only": True,
    "backup_key_escrowed": True,
    "preflight_free_disk": "1G",
}

PROVISION = """
set -e
mkdir -p /etc/docker /mnt/nas/photos
echo '{"insecure-registries": ["depot.test:5000"]}' >/etc/docker/daemon.json
systemctl restart docker
"""

CLEAR = """
docker ps -aq | xargs -r docker rm -f >/dev/null
docker volume ls -q | xargs -r docker volume rm >/dev/null
docker network prune -f >/dev/null
rm -rf /opt/* /etc/photo-sync /var/lib/photo-sync /root/repository /root/.cache/restic /srv/* /root/old
rm -f /var/spool/cron/crontabs/root /etc/cron.d/photo-sync-backup
"""

ROWS = """
INSERT INTO asset (id, file_name, path, bytes, sha256, embedding)
SELECT gen_random_uuid(), i || '.jpg', '/usr/src/app/upload/upload/' || i || '.jpg', i, md5(i::text),
       (SELECT array_agg(random()) FROM generate_series(1, 512) WHERE i > 0)::vector
FROM generate_series(1, 200) i;
"""
HASHES = "CREATE TABLE hashes (id serial PRIMARY KEY, hash text); INSERT INTO hashes (hash) VALUES ('Ä'), ('b'), ('a');"


class Today:
    """The deployment as it is today, in a folder of a VPS."""

    def __init__(self, vps: Machine, folder: str):
        self.vps = vps
        self.folder = folder
        self.project = Path(folder).name

    def compose(self, words: str) -> str:
        """Compose as the scripts call it; the variables are what somebody exported in the shell."""
        files = "-f docker-compose.yml -f docker-compose.prod.yml"
        return self.vps.sh(f"set -ae; cd {self.folder}; . ./.env.prod; set +a; docker compose {files} {words}")

    def fill(self) -> None:
        """Photos as rows and files, hashes, a certificate."""
        # Over the network: on the socket the server already answers while its image still makes the databases.
        until(self.vps, "docker exec custom_postgres pg_isready --quiet -h 127.0.0.1")
        until(self.vps, "docker exec immich_server curl -fs http://127.0.0.1:2283/api/server/ping")
        self.sql("immich_postgres", "immich", ROWS)
        self.sql("custom_postgres", "deduplication", HASHES)
        uploads = f"/var/lib/docker/volumes/{self.project}_immich-data/_data/upload"
        self.vps.sh(
            f"cd {uploads}; for n in $(seq 1 20); do head -c 20000 /dev/urandom >$n.jpg; done; chown -R 1000:1000 .;"
            f" mkdir -p /var/lib/docker/volumes/{self.project}_caddy_data/_data/caddy;"
            f" echo account >/var/lib/docker/volumes/{self.project}_caddy_data/_data/caddy/account.json"
        )

    def sql(self, container: str, database: str, sql: str) -> str:
        """What psql in a container answers."""
        return self.vps.sh(
            f"docker exec -i {container} psql -U postgres -qAt -v ON_ERROR_STOP=1 -d {database} <<'S'\n{sql}\nS\n"
        )


def until(vps: Machine, command: str) -> str:
    """What a command prints once it succeeds, which has to be within two minutes."""
    return vps.sh(f"timeout 120 bash -c {shlex.quote(f'until {command}; do sleep 0.5; done')}")


def digest(vps: Machine, immich: str, custom: str) -> str:
    """Every row of both servers as the containers of these names tell it, in one number each."""
    said = []
    for container, database, table in ((immich, "immich", "asset"), (custom, "deduplication", "hashes")):
        sql = f"SELECT count(*), sum(hashtextextended(t::text, 0)) FROM {table} t"
        said.append(
            vps.sh(f"docker exec {container} psql -U postgres -qAt -d {database} -c {shlex.quote(sql)}").strip()
        )
    return " ".join(said)


def files(vps: Machine, volume: str) -> str:
    """Every file of a volume: number on the disk, owner, time, path. The same number is the same file, not a copy."""
    place = f"/var/lib/docker/volumes/{volume}/_data"
    return vps.sh(f"cd {place} && find . -type f -printf '%i %U %T@ %p\\n' | sort -k4")


def tree(vps: Machine) -> str:
    """What a host keeps, to show that nothing changed: files, containers, volumes, networks."""
    places = "/etc /opt /usr/local /srv /root /var/lib/photo-sync"
    engine = "docker ps -a --no-trunc --format '{{.ID}} {{.State}}'; docker volume ls -q; docker network ls -q"
    printed = "-path /root/.ansible -prune -o -printf '%p %m %s %T@\\n'"
    return vps.sh(f"find {places} -xdev {printed} 2>/dev/null | sort; {engine}")


@pytest.fixture(scope="session")
def vps() -> Iterator[Machine]:
    """A VPS with an engine that somebody set up by hand."""
    with machine(NAME, VARIABLES) as made:
        made.sh(PROVISION)
        yield made


def deploy(vps: Machine, folder: str, **changes: str) -> Today:
    """Deploy photo-sync as today, anew, in a folder whose name is the project's."""
    clear(vps)
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        archive.add(TODAY, arcname=".")
    encoded = base64.b64encode(packed.getvalue()).decode()
    extra = "".join(f"echo {name}={value} >>{folder}/.env.prod\n" for name, value in changes.items())
    vps.sh(f"mkdir -p {folder}; echo {encoded} | base64 -d | tar -xz --no-same-owner -C {folder}\n{extra}")
    deployed = Today(vps, folder)
    deployed.compose("up --detach --quiet-pull")
    deployed.fill()
    return deployed


def clear(vps: Machine) -> None:
    """Leave nothing but the engine, and nothing in the inventory that an adoption wrote there."""
    vps.sh(CLEAR)
    shutil.rmtree(STATE / NAME / "inventory" / "host_vars", ignore_errors=True)
