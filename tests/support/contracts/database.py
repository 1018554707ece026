# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the engine relies on PostgreSQL for."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.pipes import pipe
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError, Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import (
    client,
    holding,
    image,
    load,
    passwords,
    roles,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.statistics import Census
from ansible_collections.photosync.vps.plugins.module_utils.restore import preconditions

from support.contracts.place import Place, refusal

POINT = "20261123T030000Z-3f9a"
ROWS = "CREATE TABLE album (id int, title text); INSERT INTO album VALUES (1, 'sea'), (2, 'hills');"


class Printed:
    """A dump in a file, as something that ``load.fill`` takes."""

    environment: dict[str, str] = {}

    def __init__(self, path: Path):
        self.path = path

    def dump_argv(self, _snapshot: str, _filename: str) -> list[str]:
        return ["cat", str(self.path)]


def filled(place: Place) -> Server:
    """A server with a database of a few rows."""
    server = place.server()
    client.query(server, client.MAINTENANCE, "CREATE DATABASE albums;")
    client.query(server, "albums", ROWS)
    return server


def looked(server: Server, database: str) -> dict[str, Any]:
    """What a database is and what its tables hold."""
    with Census(server, database) as census:
        return {**census.describe(), "tables": census.tables()}


def dumped(place: Place, server: Server, database: str) -> tuple[Printed, dict[str, Any]]:
    """A dump, and what a manifest says of it."""
    path = place.folder / f"{database}.dump"
    with Census(server, database) as census:
        pipe(census.argv(), ["tee", str(path)])
        described = {**census.describe(), "tables": census.tables()}
    part = {"service": server.service, "database": database, "snapshot": "", "file": "", "bytes": 0, **described}
    return Printed(path), part


def said(error: Exception) -> str:
    """What a database error says."""
    assert isinstance(error, DatabaseError), error
    return str(error)


def case_a_new_server_holds_nothing_that_a_point_would_save(place: Place) -> None:
    server = place.server()
    assert client.existing(server) == ["postgres"]
    assert client.content(server, "template1") == (0, 0, 0) == client.content(server, "postgres")
    found = holding.look(server)
    assert [one.name for one in found.saved] == ["albums"] and found.left_out == ()


def case_databases_that_nobody_declared_are_found(place: Place) -> None:
    server = filled(place)
    client.query(server, client.MAINTENANCE, "CREATE DATABASE drafts; ALTER DATABASE drafts ALLOW_CONNECTIONS false;")
    client.query(server, client.MAINTENANCE, f'CREATE DATABASE "{load.beside("albums", "before", POINT)}";')
    found = holding.look(server)
    assert {one.name: one.declared for one in found.saved} == {"albums": True}
    assert [one["why"] for one in found.left_out] == [holding.SET_ASIDE, holding.CLOSED]
    assert client.content(server, "albums") == (1, 1, 0)


def case_where_nobody_can_be_connected_it_says_why(place: Place) -> None:
    server = filled(place)
    assert 'database "nothing" does not exist' in said(refusal(client.query, server, "nothing", "SELECT 1;"))
    client.query(server, client.MAINTENANCE, "ALTER DATABASE albums ALLOW_CONNECTIONS false;")
    error = said(refusal(client.query, server, "albums", "SELECT 1;"))
    assert 'database "albums" is not currently accepting connections' in error


def case_a_script_ends_at_its_first_error(place: Place) -> None:
    server = filled(place)
    text = "CREATE DATABASE one; CREATE DATABASE albums; CREATE DATABASE two;"
    assert 'database "albums" already exists' in said(refusal(client.query, server, client.MAINTENANCE, text))
    assert set(client.existing(server)) == {"postgres", "albums", "one"}


def case_a_transaction_is_done_as_a_whole_or_not_at_all(place: Place) -> None:
    server = filled(place)
    refusal(client.query, server, "albums", "BEGIN; INSERT INTO album VALUES (3, 'x'); DELETE FROM nothing; COMMIT;")
    assert looked(server, "albums")["tables"]["public.album"]["rows"] == 2


def case_a_census_counts_rows_and_knows_them_again(place: Place) -> None:
    server = filled(place)
    before = looked(server, "albums")
    assert before["tables"]["public.album"]["rows"] == 2 and looked(server, "albums") == before
    assert before["encoding"] == "UTF8" and before["owner"] == "postgres" and before["template"] is False
    assert set(before["extensions"]) == {"plpgsql"} and before["settings"] == [] and before["grants"] is None
    client.query(server, "albums", "DELETE FROM album; INSERT INTO album VALUES (2, 'hills'), (1, 'sea');")
    assert looked(server, "albums") == before
    client.query(server, "albums", "DELETE FROM album; INSERT INTO album VALUES (1, 'sea'), (2, 'dales');")
    after = looked(server, "albums")["tables"]["public.album"]
    assert after["rows"] == 2 and after["digest"] != before["tables"]["public.album"]["digest"]


def case_a_census_sees_one_moment_and_so_does_its_dump(place: Place) -> None:
    server = filled(place)
    with Census(server, "albums") as census:
        argv = census.argv()
        client.query(server, "albums", "INSERT INTO album VALUES (3, 'late');")
        assert census.tables()["public.album"]["rows"] == 2
        path = place.folder / "moment.dump"
        pipe(argv, ["tee", str(path)])
    part = {**looked(server, "albums"), "service": "database", "database": "albums", "snapshot": "", "file": ""}
    made = load.fill(server, Printed(path), part, POINT)
    assert looked(server, made)["tables"]["public.album"]["rows"] == 2


def case_a_moment_that_is_over_cannot_be_dumped(place: Place) -> None:
    server = filled(place)
    with Census(server, "albums") as census:
        argv = census.argv()
    error = refusal(run, argv)
    assert isinstance(error, CommandFailed) and error.rc == 1


def case_what_is_filled_from_a_dump_is_what_was_dumped(place: Place) -> None:
    server = filled(place)
    client.query(server, "albums", 'CREATE EXTENSION vector; CREATE TABLE "Odd Ta""ble" (x int);')
    client.query(server, "albums", "ALTER DATABASE albums SET search_path TO '$user', 'public', 'vectors';")
    client.query(server, client.MAINTENANCE, "REVOKE ALL ON DATABASE albums FROM PUBLIC;")
    before = looked(server, "albums")
    assert before["settings"] == ['search_path="$user", public, vectors']
    dump, part = dumped(place, server, "albums")
    made = load.fill(server, dump, part, POINT)
    assert made == load.beside("albums", "restore", POINT)
    assert looked(server, made) == before


def case_what_is_no_whole_dump_is_refused(place: Place) -> None:
    server = filled(place)
    dump, part = dumped(place, server, "albums")
    pipe(["cat", str(dump.path)], client.read_argv(server))
    whole = dump.path.read_bytes()
    for content in (whole[: len(whole) - 20], b"", b"no dump at all\n"):
        dump.path.write_bytes(content)
        assert "could not be restored" in said(refusal(load.fill, server, dump, part, POINT))
        assert isinstance(refusal(pipe, ["cat", str(dump.path)], client.read_argv(server)), CommandFailed)


def case_a_filled_database_takes_the_place_of_the_old_one(place: Place) -> None:
    server = filled(place)
    dump, part = dumped(place, server, "albums")
    client.query(server, "albums", "DELETE FROM album;")
    load.fill(server, dump, part, POINT)
    assert not load.is_done("albums", POINT, client.existing(server))
    load.take_over(server, {"database": "albums"}, POINT)
    assert load.is_done("albums", POINT, client.existing(server))
    assert looked(server, "albums")["tables"] == part["tables"]
    (old,) = load.set_aside("albums", client.existing(server))
    load.drop(server, old)
    load.drop(server, old)
    assert set(client.existing(server)) == {"postgres", "albums"}


def case_where_nothing_can_take_its_place_the_old_one_goes_on(place: Place) -> None:
    server = filled(place)
    said(refusal(load.take_over, server, {"database": "albums"}, POINT))
    assert looked(server, "albums")["tables"]["public.album"]["rows"] == 2
    assert set(client.existing(server)) == {"postgres", "albums"}


def case_a_template_is_not_dropped(place: Place) -> None:
    server = filled(place)
    client.query(server, client.MAINTENANCE, "ALTER DATABASE albums IS_TEMPLATE true;")
    assert "cannot drop a template database" in said(refusal(load.drop, server, "albums"))


def case_roles_come_back_as_they_were(place: Place) -> None:
    server = filled(place)
    made = """
        CREATE ROLE readers; CREATE ROLE "Ann"; ALTER ROLE "Ann" WITH LOGIN CREATEDB CONNECTION LIMIT 3
        PASSWORD 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy'; GRANT readers TO "Ann" WITH ADMIN OPTION;
        ALTER ROLE "Ann" SET work_mem TO '8MB'; ALTER ROLE "Ann" IN DATABASE albums SET search_path TO 'a', 'b c';
    """
    client.query(server, client.MAINTENANCE, made)
    try:
        before = roles.look(server)
        assert [role["name"] for role in before["roles"]] == ["Ann", "readers"]
        assert before["members"] == [["readers", "Ann", True]]
        assert before["settings"] == [["Ann", "albums", 'search_path=a, "b c"'], ["Ann", "", "work_mem=8MB"]]
        client.query(server, client.MAINTENANCE, 'ALTER ROLE "Ann" WITH NOLOGIN PASSWORD NULL;')
        assert roles.put_back(server, before, whole=True) == []
        roles.settle(server, before, {"albums"})
        after = roles.look(server)
        assert [{**role, "until": ""} for role in after["roles"]] == [{**role, "until": ""} for role in before["roles"]]
        assert (after["members"], after["settings"]) == (before["members"], before["settings"])
    finally:
        client.query(
            server, client.MAINTENANCE, 'DROP DATABASE albums WITH (FORCE); DROP ROLE "Ann"; DROP ROLE readers;'
        )


def case_roles_are_dumped_as_statements(place: Place) -> None:
    server = place.server()
    lines = run(roles.printed_argv(server)).stdout.splitlines()
    assert "CREATE ROLE postgres;" in [line.replace('"', "") for line in lines]
    assert any(line.replace('"', "").startswith("ALTER ROLE postgres WITH SUPERUSER INHERIT") for line in lines)
    client.query(server, client.MAINTENANCE, roles.without_known("\n".join(lines), {"postgres"}))
    assert roles.digest_of(server) and not passwords.fits("wrong", roles.digest_of(server))


def case_what_a_release_needs_is_made_once(place: Place) -> None:
    server = place.server()
    assert "database/albums" in registry.ensure_databases(place.spec)
    assert registry.ensure_databases(place.spec) == [] and "albums" in client.existing(server)
    path = Path(place.described["root"], "current", "env", "database.env")
    path.write_text("POSTGRES_PASSWORD='another-one'\n")
    assert registry.ensure_databases(place.spec) == ["database: password"]
    assert registry.ensure_databases(place.spec) == []
    path.write_text("POSTGRES_PASSWORD='for-a-test-alone'\n")


def case_an_image_says_what_it_can_hold(place: Place) -> None:
    server = filled(place)
    part = {**looked(server, "albums"), "service": "database", "database": "albums"}
    manifest = {"databases": [part]}
    assert preconditions.unfit(manifest, place.spec) == []
    newer = {"databases": [{**part, "server_version": "99.1", "database": "newer"}]}
    lacking = {"databases": [{**part, "extensions": {"nothing_of_that_name": "1"}}]}
    for running in (True, False):
        assert preconditions.unfit(manifest, place.spec) == []
        assert "comes from PostgreSQL 99.1" in preconditions.unfit(newer, place.spec)[0]
        assert "nothing_of_that_name" in preconditions.unfit(lacking, place.spec)[0]
        if running:
            run(["docker", "stop", "--time", "20", server.container])
    reference = place.described["services"][0]["image"]
    assert image.postgres(reference).major == client.major(part["server_version"])
    assert image.postgres(place.described["services"][2]["image"]) is not None


def case_what_was_written_is_there_after_a_stop(place: Place) -> None:
    server = filled(place)
    before = looked(server, "albums")
    run(["docker", "stop", "--time", "20", server.container])
    assert "is not running" in said(refusal(registry.servers, place.spec))
    place.serve("database")
    assert looked(server, "albums") == before
