# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the stand-in images share with the official ones: how they start, keep, listen, refuse and stop."""

import io
import tarfile
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import depot
import docker
import pytest
from docker.models.containers import Container
from docker.models.volumes import Volume
from engine import LABELS

Start = Callable[..., Container]
SLOW_INIT = b"CREATE TABLE made (at timestamptz DEFAULT now());\nSELECT pg_sleep(2);\n"


@pytest.fixture(scope="session")
def record(client: docker.DockerClient) -> dict[str, Any]:
    """Have the depot up; return what it says it holds."""
    return depot.up(client)


@pytest.fixture
def start(client: docker.DockerClient, record: object) -> Iterator[Start]:
    """Give a function that starts a stand-in; whatever it started is removed with its volumes."""
    started: list[Container] = []

    def run(name: str, *command: str, files: dict[str, bytes] | None = None, **options: object) -> Container:
        container = client.containers.create(
            f"photosync/{name}:1", list(command) or None, name=f"test-{uuid.uuid4().hex[:8]}", labels=LABELS, **options
        )
        started.append(container)
        for path, content in (files or {}).items():
            container.put_archive("/", packed(path, content))
        container.start()
        return container

    yield run
    for container in started:
        container.remove(force=True, v=True)


@pytest.fixture
def volume(client: docker.DockerClient) -> Iterator[Volume]:
    """Make a named volume that outlives the containers of one test."""
    made = client.volumes.create(f"test-{uuid.uuid4().hex[:8]}", labels=LABELS)
    yield made
    made.remove()


def packed(path: str, content: bytes) -> bytes:
    """Return one file as a tar archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        entry = tarfile.TarInfo(path.lstrip("/"))
        entry.size, entry.mode = len(content), 0o644
        tar.addfile(entry, io.BytesIO(content))
    return archive.getvalue()


def said(container: Container, *command: str, **environment: str) -> tuple[int, str]:
    """Run a command in a container; return its exit code and what it printed."""
    code, output = container.exec_run(list(command), environment=environment)
    return code, output.decode().strip()


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait until something holds, or fail the test."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.05)


def ready(container: Container) -> bool:
    """Say whether PostgreSQL answers over TCP, which is what the catalogue's health check asks."""
    return said(container, "pg_isready", "-h", "127.0.0.1")[0] == 0


def sql(container: Container, statement: str, *, host: str, password: str, database: str = "immich") -> tuple[int, str]:
    """Run one statement as the user postgres, over the network."""
    command = ["psql", "-qAt", "-h", host, "-U", "postgres", "-d", database, "-c", statement]
    return said(container, *command, PGPASSWORD=password)


def network_address(container: Container) -> str:
    """Return the address at which other containers reach this one."""
    container.reload()
    return container.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]


def stopped_after(container: Container) -> float:
    """Stop a container as its engine does; return the seconds it took."""
    began = time.monotonic()
    container.stop(timeout=10)
    return time.monotonic() - began


def test_postgres_answers_over_tcp_only_when_its_first_start_is_complete(start: Start) -> None:
    database = start(
        "postgres",
        environment={"POSTGRES_PASSWORD": "right", "POSTGRES_DB": "immich"},
        files={"/docker-entrypoint-initdb.d/10-slow.sql": SLOW_INIT},
    )

    wait_for(lambda: said(database, "pg_isready")[0] == 0)
    assert not ready(database), "over the socket it answers already, over TCP it must not"

    wait_for(lambda: ready(database))
    assert sql(database, "SELECT count(*) FROM made", host="127.0.0.1", password="right") == (0, "0")


def test_postgres_refuses_a_wrong_password_from_the_network(start: Start) -> None:
    database = start("postgres", environment={"POSTGRES_PASSWORD": "right", "POSTGRES_DB": "immich"})
    wait_for(lambda: ready(database))
    address = network_address(database)

    assert sql(database, "SELECT 1", host=address, password="right") == (0, "1")
    code, text = sql(database, "SELECT 1", host=address, password="wrong")
    assert code == 2
    assert "password authentication failed" in text


def test_postgres_keeps_its_data_and_password_over_a_new_container(volume: Volume, start: Start) -> None:
    mounts = {volume.name: {"bind": "/var/lib/postgresql/data", "mode": "rw"}}
    names = {"POSTGRES_DB": "immich", "POSTGRES_INITDB_ARGS": "--data-checksums"}
    first = start("postgres", volumes=mounts, environment={"POSTGRES_PASSWORD": "right", **names})
    wait_for(lambda: ready(first))
    vectors = "CREATE EXTENSION vector; CREATE TABLE seen (e vector(3)); INSERT INTO seen VALUES ('[1,2,3]')"
    assert sql(first, vectors, host="127.0.0.1", password="right")[0] == 0
    first.stop(timeout=10)

    second = start("postgres", volumes=mounts, environment={"POSTGRES_PASSWORD": "later", **names})
    wait_for(lambda: ready(second))
    address = network_address(second)

    assert sql(second, "SELECT e FROM seen", host=address, password="right") == (0, "[1,2,3]")
    assert sql(second, "SELECT 1", host=address, password="later")[0] == 2
    assert sql(second, "SHOW data_checksums", host=address, password="right") == (0, "on")


def test_valkey_serves_other_containers_under_both_names_and_stops_at_once(start: Start) -> None:
    cache = start("valkey")
    other = start("valkey", "sleep", "60")
    address = network_address(cache)

    wait_for(lambda: said(other, "redis-cli", "-h", address, "ping") == (0, "PONG"))
    assert said(other, "valkey-cli", "-h", address, "ping") == (0, "PONG")
    assert said(cache, "stat", "-c", "%U", "/proc/1") == (0, "valkey")
    assert stopped_after(cache) < 5


def test_caddy_reads_its_file_serves_https_with_its_own_authority_and_keeps_it_in_data(start: Start) -> None:
    site = b"{\n\tskip_install_trust\n\tlocal_certs\n}\nphotos.test {\n\trespond ok\n}\n"
    caddy = start("caddy", files={"/etc/caddy/Caddyfile": site})
    root = "/data/caddy/pki/authorities/local/root.crt"
    ask = ["curl", "-sS", "--cacert", root, "--resolve", "photos.test:443:127.0.0.1", "https://photos.test/"]

    wait_for(lambda: said(caddy, *ask) == (0, "ok"))
    assert said(caddy, "wget", "-qO-", "http://127.0.0.1:2019/config/")[0] == 0
    assert said(caddy, "caddy", "version")[1].startswith("2.")
    assert stopped_after(caddy) < 5


def test_the_depot_up_again_builds_and_pushes_nothing(
    client: docker.DockerClient, record: object, capsys: pytest.CaptureFixture[str]
) -> None:
    assert depot.up(client) == record
    assert capsys.readouterr().err == ""
