# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Only what is mounted at a database server's data folder counts as dumped; all else has to be saved by itself."""

from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.data_folders import data_mounts
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.spec import stack_spec
from catalogue.stacks import resolve

OLD, NEW, OWN = "docker.io/library/postgres:17-alpine", "postgres:18.1", "docker.io/bitnami/postgresql:17"
DATA, ABOVE = "/var/lib/postgresql/data", "/var/lib/postgresql"


@pytest.mark.parametrize(
    ("image", "environment", "said", "volumes", "kept"),
    [
        (OLD, {}, None, [f"pg:{DATA}"], ["pg"]),
        (OLD, {}, None, [f"pg:{DATA}/"], ["pg"]),
        (OLD, {}, None, [f"/srv/pg:{DATA}"], ["/srv/pg"]),
        (OLD, {}, None, [f"pg:{ABOVE}"], []),
        (OLD, {}, None, ["pg:/srv"], []),
        (OLD, {}, None, [], []),
        (OLD, {"PGDATA": f"{DATA}/pgdata"}, None, [f"pg:{DATA}"], ["pg"]),
        (OLD, {"PGDATA": f"{DATA}/pgdata"}, None, [f"pg:{ABOVE}"], []),
        (OLD, {"PGDATA": "/srv/pg/17"}, None, ["pg:/srv/pg", f"other:{DATA}"], ["pg"]),
        (OLD, {"PGDATA": "/srv/pg"}, None, ["pg:/srv/pgdata"], []),
        (NEW, {}, None, [f"pg:{ABOVE}"], ["pg"]),
        (NEW, {}, None, [f"pg:{DATA}"], []),
        (NEW, {"PGDATA": f"{ABOVE}/18/docker"}, None, [f"pg:{ABOVE}", "archive:/archive"], ["pg"]),
        (OWN, {}, None, [f"pg:{DATA}"], ["pg"]),
        (OWN, {}, None, ["pg:/bitnami/postgresql"], []),
        (OWN, {}, "/bitnami/postgresql/data", ["pg:/bitnami/postgresql"], ["pg"]),
        (OWN, {"PGDATA": "/elsewhere"}, "/bitnami/postgresql", ["pg:/bitnami/postgresql"], ["pg"]),
        (None, {}, None, [f"pg:{ABOVE}", f"inner:{DATA}"], ["inner"]),
        (OLD, {}, None, [f"pg:{DATA}", f"wal:{DATA}/pg_wal", "archive:/archive"], ["pg", "wal"]),
    ],
)
def test_what_is_mounted_at_the_data_folder_and_inside_of_it_is_the_data(
    image: str | None, environment: dict[str, str], said: str | None, volumes: list[str], kept: list[str]
) -> None:
    entry = {"name": "db", "image": image, "database_server": {"data": said}, "volumes": volumes}
    assert [mount.source for mount in data_mounts(entry, environment)] == kept


def described(**changes: Any) -> dict[str, Any]:
    """The description of photo-sync with other things said of one database server."""
    catalogue = resolve({"name": "custom-postgres", **changes})
    assert catalogue["problems"] == []
    return stack_spec(catalogue)


def test_other_volumes_of_a_database_server_are_saved_as_the_entry_says() -> None:
    volumes = [f"custom-pgdata:{DATA}", "archive:/archive", "dictionaries:/dictionaries", "scratch:/scratch"]
    classed = {"volumes": ["dictionaries"], "cold": ["archive"], "rebuildable": ["scratch"]}
    document = described(volumes=volumes, backup=classed)
    ways = {volume["name"]: volume["backup"] for volume in document["volumes"]}
    assert [ways[name] for name in ("custom-pgdata", "archive", "dictionaries", "scratch")] == [
        "database",
        "cold",
        "files",
        "rebuildable",
    ]


def test_a_data_folder_on_the_hosts_own_disk_is_dumped_and_not_left_out() -> None:
    document = described(volumes=[f"/srv/pg:{DATA}", "/srv/import:/import"])
    assert "/srv/import" in {left["what"] for left in document["left_out"]}
    assert "/srv/pg" not in {left["what"] for left in document["left_out"]}


def test_where_a_server_keeps_its_data_is_no_business_of_the_host() -> None:
    document = described(database_server={"data": DATA})
    assert {"service": "custom-postgres", "engine": "postgresql", "user": "postgres"}.items() <= next(
        server for server in document["databases"] if server["service"] == "custom-postgres"
    ).items()
    assert all("data" not in server for server in document["databases"])
