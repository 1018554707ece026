# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small library that is lost with its machine: what is left is a disk with the restore points, and a sheet."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ansible.parsing.vault import VaultLib, VaultSecret
from integration.breakglass.paper import Paper
from integration.restore import library as small_library
from integration.restore.library import ODD_NAMES, PHOTOS, Library
from support import throwaway

NAME = "glass"
VAULT = "of-the-vault"
CADDY = "/var/lib/docker/volumes/small_caddy_data/_data"
# Odd owners, modes and kinds of files; a vector with its index; an owner and a setting of the database's own.
ODD = f"""
set -e
chmod 0750 {PHOTOS}; chown 1000:1001 {PHOTOS}; mkdir {PHOTOS}/empty; chmod 3775 {PHOTOS}/empty
cd {PHOTOS}/2026; ln -s 1.jpg link; printf 'a name with spaces' >'a photo  of us.jpg'; : >nothing; chmod 0 nothing
"""
VECTORS = """
CREATE EXTENSION IF NOT EXISTS vector;
CREATE TABLE face (id int PRIMARY KEY, embedding vector(3), "odd "" name" text);
INSERT INTO face SELECT i, ARRAY[i, 1.0 / i, 3]::vector, 'it''s ' || i FROM generate_series(1, 50) i;
CREATE INDEX ON face USING hnsw (embedding vector_l2_ops);
CREATE ROLE keeper LOGIN PASSWORD 'of a keeper';
ALTER TABLE face OWNER TO keeper;
ALTER DATABASE albums SET search_path TO "$user", public, faces;
ALTER DATABASE albums SET statement_timeout TO '1h';
ALTER ROLE keeper IN DATABASE albums SET lock_timeout TO '2s';
REVOKE ALL ON DATABASE albums FROM PUBLIC;
GRANT CONNECT ON DATABASE albums TO keeper WITH GRANT OPTION;
"""
LET_IN = """
SELECT granted FROM pg_database, unnest(datacl) granted WHERE datname = 'albums' ORDER BY granted::text;
SELECT setconfig FROM pg_db_role_setting WHERE setrole = 'keeper'::regrole;
"""
# What no service declares: a database, one whose name is no word, a template, and a table in the database postgres.
UNDECLARED = """
CREATE DATABASE notes OWNER keeper;
CREATE DATABASE "it's = odd \\ name";
CREATE DATABASE model IS_TEMPLATE true;
CREATE TABLE bookmark AS SELECT i AS id FROM generate_series(1, 9) i;
\\connect notes
CREATE TABLE note AS SELECT i AS id, 'note ' || i AS said FROM generate_series(1, 70) i;
"""
SERVER = """
SELECT datname, pg_get_userbyid(datdba), datistemplate FROM pg_database ORDER BY 1;
SELECT count(*), sum(id) FROM bookmark;
"""
NOTES = "SELECT count(*), sum(hashtext(n::text)::bigint) FROM note n"
STATE = f"""
cd {CADDY} && find . -printf '%p %y %m %U %G\\n' | sort && find . -type f ! -name '*.json' | sort | xargs -r sha256sum
stat -c '%n %a %u %g' / /etc /etc/small /etc/small/* /opt /opt/small /opt/small/config /opt/small/releases {PHOTOS}
readlink /opt/small/current
"""


@dataclass(frozen=True)
class Lost:
    """What was there, and what is left of it."""

    state: list[str]
    paper: Paper
    page: str
    printed: Paper
    carried: Paper
    disk: Path


def variables() -> dict[str, Any]:
    """Variables of an inventory that keeps the points on a disk that outlives the machine, in two repositories."""
    given = small_library.variables()
    limit = {"deploy": {"resources": {"limits": {"memory": "512M"}}}}
    entries = [{**entry, **limit} if entry["name"] == "database" else entry for entry in given["catalogue_services"]]
    return {
        **given,
        "catalogue_services": entries,
        "backup_repository": "/mnt/backup/first",
        "backup_copies": [{"name": "away", "repository": "/mnt/backup/away", "password": "another one"}],
        "backup_host": NAME,
    }


def state(library: Library) -> list[str]:
    """Everything that has to come back: photos, rows, vectors, settings, certificates, owners and modes."""
    vectors = library.sql("SELECT count(*), sum(hashtext(f::text)::bigint) FROM face f; SHOW search_path")
    keeper = library.sql(
        "SELECT tableowner, rolpassword FROM pg_tables, pg_authid WHERE tablename = 'face' AND rolname = 'keeper'"
    )
    timeout = library.sql("SHOW statement_timeout")
    undeclared = library.sql(SERVER, "postgres") + library.sql(NOTES, "notes")
    known = [library.photos(), library.rows(), vectors, keeper, timeout, library.sql(LET_IN), library.sh(STATE)]
    return [*known, undeclared]


@pytest.fixture(scope="session")
def lost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lost]:
    """The library was deployed, filled and backed up; its machine is gone."""
    disk, password = tmp_path_factory.mktemp("disk"), tmp_path_factory.mktemp("vault") / "password"
    password.write_text(VAULT + "\n", encoding="utf-8")
    with throwaway.machine(NAME, variables(), "--disk", str(disk)) as machine:
        run = machine.play("site", {}, f"--vault-password-file={password}")
        assert run.rc == 0, run.output
        library = Library(machine)
        library.fill()
        library.sh(ODD)
        library.machine.send({"/root/odd_names.py": ODD_NAMES})
        library.sh(f"python3 /root/odd_names.py {PHOTOS}/odd")
        library.sql(VECTORS)
        library.sql(UNDECLARED, "postgres")
        library.back_up()
        vault = VaultLib([("default", VaultSecret(VAULT.encode()))])
        sheet, page = (
            vault.decrypt((machine.folder / "escrow" / f"small@{NAME}{ending}").read_bytes()).decode()
            for ending in (".md", ".html")
        )
        carried = library.sh(
            "export RESTIC_REPOSITORY=/mnt/backup/first RESTIC_PASSWORD_FILE=/etc/small/restic-password;"
            " restic dump --quiet --tag part=files latest /var/lib/small/break-glass.md"
        )
        printed = library.sh("small break-glass")
        found = Lost(state(library), Paper(sheet), page, Paper(printed), Paper(carried), disk)
    yield found


@pytest.fixture(scope="session")
def bare(lost: Lost) -> Iterator[throwaway.Machine]:
    """Another machine, with the disk and nothing of the collection; its engine may fetch where tests have images."""
    with throwaway.machine(NAME, {}, "--disk", str(lost.disk), bare=True) as machine:
        machine.sh(
            'mkdir -p /etc/docker; echo \'{"insecure-registries": ["depot.test:5000"]}\' >/etc/docker/daemon.json'
        )
        yield machine


@pytest.fixture
def emptied(bare: throwaway.Machine) -> throwaway.Machine:
    """The same, with nothing left of whoever followed the sheet before."""
    bare.sh(
        "docker ps -aq | xargs -r docker rm -f; docker volume ls -q | xargs -r docker volume rm;"
        " rm -rf /opt/small /etc/small /root/break-glass",
        check=False,
    )
    return bare
