# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What nobody has declared is saved and restored like what somebody has, and what is left out is named."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from integration.drill.drills import Drills
from integration.restore.library import CONFIRM, HOST, STACK, Library

ROWS = "INSERT INTO note SELECT i, 'note ' || i FROM generate_series(1, 70) i;"
MADE = f"""
CREATE ROLE writer LOGIN;
CREATE DATABASE notes OWNER writer;
ALTER DATABASE notes SET work_mem TO '8MB';
CREATE DATABASE closed;
ALTER DATABASE closed ALLOW_CONNECTIONS false;
CREATE TABLE bookmark AS SELECT i AS id FROM generate_series(1, 9) i;
\\connect notes
CREATE TABLE note (id int PRIMARY KEY, said text);
{ROWS}
ALTER TABLE note OWNER TO writer;
ALTER ROLE writer IN DATABASE notes SET lock_timeout TO '2s';
"""
LOST = "DROP DATABASE notes WITH (FORCE); DROP TABLE bookmark;"
OF_SERVER = """
SELECT datname, pg_get_userbyid(datdba), datistemplate, setconfig
FROM pg_database LEFT JOIN pg_db_role_setting ON setdatabase = oid WHERE datname !~ '^template' ORDER BY 1, 4;
SELECT count(*), sum(id) FROM bookmark;
"""
OF_NOTES = "SELECT count(*), sum(hashtext(n::text)::bigint) FROM note n; SELECT tableowner FROM pg_tables LIMIT 1;"
CLOSED = "database database/closed (lets nobody connect: ALLOW_CONNECTIONS is false)"
ODD = "it's=an /odd, name"
# psql takes such a name for an address, so it is spoken to as one.
ODD_ADDRESS = r"dbname='it\'s=an /odd, name'"
NAMES = """
python3 - <<'P'
import json
path = "/opt/small/current/stack.json"
document = json.load(open(path))
document["databases"][0]["names"] = {names}
json.dump(document, open(path, "w"))
P
"""


def odd(library: Library, sql: str) -> str:
    """What the database with the odd name answers."""
    asked = f'docker exec -i small-database-1 psql -U postgres -qAt -v ON_ERROR_STOP=1 -d "{ODD_ADDRESS}"'
    return library.sh(f"{asked} <<'SQL'\n{sql}\nSQL\n").strip()


def state(library: Library) -> list[str]:
    """Everything that nobody has declared, as psql sees it."""
    return [library.sql(OF_SERVER, "postgres"), library.sql(OF_NOTES, "notes"), library.rows()]


@pytest.fixture
def undeclared(library: Library) -> Iterator[Library]:
    """The library, whose server also holds a database, and a table in ``postgres``, that no service declares."""
    library.forget_points()
    library.sql(MADE, "postgres")
    yield library
    library.sql(
        "DROP TABLE IF EXISTS bookmark; DROP DATABASE IF EXISTS notes WITH (FORCE); DROP ROLE IF EXISTS writer",
        "postgres",
    )


def test_a_database_that_nobody_declares_and_a_table_in_postgres_are_saved_and_come_back(undeclared: Library) -> None:
    before = state(undeclared)
    said = undeclared.sh("small backup 2>&1")
    (point,) = undeclared.points(complete=True)
    assert f"left out: {CLOSED}" in said.splitlines()
    assert f"{point}: left out: {CLOSED}" in undeclared.sh("small points").splitlines()
    undeclared.sql(LOST, "postgres")
    said = undeclared.restore(f"latest --only databases --safety none {CONFIRM}")
    assert "in 3 databases" in said
    assert state(undeclared) == before


@pytest.mark.full
def test_a_whole_restore_puts_back_templates_and_odd_names_and_leaves_what_came_since(undeclared: Library) -> None:
    made = f'CREATE DATABASE model IS_TEMPLATE true; CREATE DATABASE "{ODD}"; CREATE DATABASE "{"x" * 60}one";'
    undeclared.sql(made + f'CREATE DATABASE "{"x" * 60}two"; CREATE DATABASE x TEMPLATE model;', "postgres")
    undeclared.sql("CREATE FUNCTION one() RETURNS int LANGUAGE sql AS 'SELECT 1';", "model")
    odd(undeclared, "CREATE TABLE odd AS SELECT 7 AS id;")
    undeclared.sql("CREATE TABLE one AS SELECT 1 AS id;", "x" * 60 + "one")
    undeclared.sql("CREATE TABLE two AS SELECT 2 AS id;", "x" * 60 + "two")
    try:
        before = state(undeclared)
        undeclared.back_up()
        assert Drills(undeclared).run()["ok"], "the drill of it"
        undeclared.sh("small verify")
        undeclared.sql(
            f'{LOST} ALTER DATABASE model IS_TEMPLATE false; DROP DATABASE model; DROP DATABASE "{ODD}"', "postgres"
        )
        undeclared.sql("DROP TABLE one", "x" * 60 + "one")
        undeclared.sql("CREATE DATABASE since", "postgres")
        undeclared.sql("CREATE TABLE since AS SELECT 1 AS id", "since")
        planned = undeclared.restore("latest", check=False)
        assert (
            "stays as it is, since the point has none of that name: database database/closed, database database/since"
            in planned
        )
        said = undeclared.restore(f"latest {CONFIRM}")
        assert f"left out: {CLOSED}" in said.splitlines()
        assert undeclared.sql("SELECT * FROM since", "since") == "1"
        undeclared.sql("DROP DATABASE since WITH (FORCE)", "postgres")
        assert state(undeclared) == before
        assert odd(undeclared, "SELECT * FROM odd") == "7"
        assert undeclared.sql("SELECT one()", "model") == "1"
        assert undeclared.sql("SELECT * FROM one", "x" * 60 + "one") == "1"
        assert undeclared.sql("SELECT * FROM two", "x" * 60 + "two") == "2"
    finally:
        undeclared.sql("ALTER DATABASE model IS_TEMPLATE false", "postgres")


@pytest.mark.full
def test_a_restore_goes_on_where_one_before_it_was_killed_as_it_exchanged_postgres(undeclared: Library) -> None:
    before = state(undeclared)
    undeclared.back_up()
    undeclared.sql("DROP TABLE bookmark", "postgres")
    undeclared.sql("ALTER DATABASE postgres ALLOW_CONNECTIONS false", "template1")
    undeclared.restore(f"latest --only databases --safety none {CONFIRM}")
    assert state(undeclared) == before


@pytest.mark.full
def test_a_server_that_no_entry_names_in_databases_is_saved_and_restored(undeclared: Library) -> None:
    before = state(undeclared)
    undeclared.sh(NAMES.format(names="[]"))
    try:
        undeclared.back_up()
        undeclared.sql(f"{LOST} DROP DATABASE albums WITH (FORCE)", "postgres")
        undeclared.restore(f"latest --only databases --safety none {CONFIRM}")
        assert state(undeclared) == before
    finally:
        undeclared.sh(NAMES.format(names='["albums"]'))


@pytest.mark.full
def test_the_playbooks_say_what_is_left_out(undeclared: Library) -> None:
    before = state(undeclared)
    made = undeclared.machine.play("backup")
    assert (made.rc, f"left out: {CLOSED}" in made.output) == (0, True), made.output
    undeclared.sql(LOST, "postgres")
    restored = undeclared.machine.play("restore", {"restore_confirm": f"{STACK}@{HOST}", "restore_safety": "none"})
    assert (restored.rc, f'"left out: {CLOSED}"' in restored.output) == (0, True), restored.output
    assert state(undeclared) == before


@pytest.mark.full
def test_the_manifest_says_what_is_left_out_and_who_declared_what(undeclared: Library) -> None:
    point = undeclared.back_up()
    manifest = json.loads(
        undeclared.sh(
            "export RESTIC_REPOSITORY=/srv/points RESTIC_PASSWORD_FILE=/root/restic-password;"
            f" restic dump --quiet --tag part=manifest,point={point} latest /manifest.json"
        )
    )
    assert {"what": "database database/closed", "why": "lets nobody connect: ALLOW_CONNECTIONS is false"} in manifest[
        "left_out"
    ]
    assert {part["database"]: part["declared"] for part in manifest["databases"]} == {
        "albums": True,
        "notes": False,
        "postgres": False,
    }
