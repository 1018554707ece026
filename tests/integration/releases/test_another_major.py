"""A database server never comes up on data that it cannot read, nor without its data: the one that runs goes on.

There is one PostgreSQL here, 17. An image that says another major of itself stands in for one of another major, so
these tests see that it is asked before anything is stopped; that PostgreSQL 18 cannot read the files of 17 is taken
from its documentation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from integration.releases.conftest import Site
from support import throwaway

BINARY = "/usr/lib/postgresql/17/bin/postgres"
# The same image, but for what its server says of itself.
OTHER = """
docker rm --force other >/dev/null 2>&1; docker run --name other --entrypoint sh {image} -c '
printf "#!/bin/sh\\necho \\"postgres (PostgreSQL) {major}.1\\"\\n" >{binary}'
docker commit --change 'ENTRYPOINT ["docker-entrypoint.sh"]' --change 'CMD ["postgres"]' other {tag} >/dev/null
docker rm other >/dev/null
"""
FACE = "docker inspect --format '{{.Id}} {{.State.StartedAt}} {{.Image}}' small-database-1"
LIBRARY = "docker exec small-database-1 psql -U postgres -d library -Atc "
PSQL = "docker exec small-database-1 psql -U postgres -Atc "


@pytest.fixture(scope="module")
def filled(site: Site) -> Iterator[Site]:
    """The small stack serves, with a row in its database."""
    site.good()
    site.machine.sh(PSQL + "'CREATE TABLE IF NOT EXISTS notes AS SELECT 42 AS n'")
    yield site
    site.good()


def other(site: Site, major: int) -> str:
    """An image on the machine that says that it is of this major."""
    tag = f"other:{major}"
    site.machine.sh(OTHER.format(image=throwaway.image("postgres"), major=major, binary=BINARY, tag=tag))
    return tag


def refused(site: Site, words: list[str], **fields: Any) -> str:
    """Deploy the database otherwise: it is refused with these words, and all is as it was. Returns what was said."""
    face, release = site.machine.sh(FACE), site.current()
    run = site.deploy({"name": "database", **fields})
    said = " ".join(run.output.split())
    assert run.rc != 0, run.output
    assert [word for word in words if word not in said] == []
    assert (site.machine.sh(FACE), site.current()) == (face, release)
    assert site.machine.sh(PSQL + "'SELECT n FROM notes'").strip() == "42"
    return said


def test_an_image_of_another_major_than_its_data_is_refused_and_the_server_runs_on(filled: Site) -> None:
    words = ["database: its data in small_pgdata is of PostgreSQL 17", "is PostgreSQL 18", "Nothing was switched"]
    refused(filled, words, image=other(filled, 18))


@pytest.mark.full
def test_the_way_that_is_told_leads_on_a_restore_fills_another_volume(filled: Site) -> None:
    backups = {
        "backup_enabled": True,
        "backup_repository": "/srv/points",
        "backup_accept_local_only": True,
        "backup_key_escrowed": True,
        "backup_host": "web1",
    }
    declared = {"name": "web", "databases": [{"server": "database", "name": "library"}]}
    run = filled.deploy(declared, playbook="site", **backups)
    assert run.rc == 0, run.output
    filled.machine.sh(LIBRARY + "'CREATE TABLE IF NOT EXISTS books AS SELECT 42 AS n'")
    filled.machine.sh("small backup")
    moved = {"name": "database", "volumes": ["new:/var/lib/postgresql/data"]}
    run = filled.deploy(declared, moved, playbook="restore", restore_confirm="small@web1", **backups)
    assert run.rc == 0, run.output
    mounted = "docker inspect --format '{{range .Mounts}}{{.Name}} {{end}}' small-database-1"
    assert filled.machine.sh(mounted).split() == ["small_new"]
    assert filled.machine.sh(LIBRARY + "'SELECT n FROM books'").strip() == "42"
    assert "small_pgdata" in filled.machine.sh("docker volume ls --quiet").split()
    # Back for whoever comes next: it is again another volume, and this one holds a cluster.
    run = filled.deploy(declared, **backups)
    assert run.rc == 0, run.output
    assert filled.machine.sh(PSQL + "'SELECT n FROM notes'").strip() == "42"
