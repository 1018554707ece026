# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a server with its own settings can hold comes back into one: thousands of tables and large objects."""

from __future__ import annotations

import pytest
from integration.restore.library import CONFIRM, Library

TABLES = r"""
SELECT format('CREATE TABLE many_%s (id int PRIMARY KEY, title text, rank int); CREATE INDEX ON many_%s (rank);'
    'INSERT INTO many_%s VALUES (1, ''title %s'', 7)', i, i, i, i) FROM generate_series(1, {tables}) i \gexec
"""
# One transaction may make no more of them than there is room for locks.
OBJECTS = """
INSERT INTO object SELECT lo_from_bytea(0, convert_to('object ' || i, 'UTF8')) FROM generate_series({}, {}) i;
"""
ONE_OF_ITS_OWN = """
COMMENT ON LARGE OBJECT {number} IS 'kept';
DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'painter') THEN CREATE ROLE painter; END IF; END $$;
ALTER LARGE OBJECT {number} OWNER TO painter;
"""
HELD = """
SELECT count(*) FROM pg_largeobject_metadata;
SELECT sum(hashtext(convert_from(lo_get(number), 'UTF8'))::bigint) FROM object;
SELECT count(*), count(obj_description(oid, 'pg_largeobject')) FROM pg_largeobject_metadata
WHERE lomowner = (SELECT oid FROM pg_roles WHERE rolname = 'painter');
SELECT count(*) FILTER (WHERE relkind = 'r'), count(*) FILTER (WHERE relkind = 'i') FROM pg_class
WHERE relname LIKE 'many%';
SHOW max_locks_per_transaction;
"""
# What it prints to be read by one psql alone is another word each time.
SCHEMA = "docker exec small-database-1 pg_dump -U postgres --schema-only albums | grep -v restrict | sha256sum"
AT_ONCE = 4000
LOCKS = """
docker exec small-database-1 psql -U postgres -qc 'ALTER SYSTEM SET max_locks_per_transaction = {}'
docker restart small-database-1 >/dev/null && small up >/dev/null 2>&1
"""
USUAL = """
docker exec small-database-1 psql -U postgres -qc 'ALTER SYSTEM RESET max_locks_per_transaction'
docker restart small-database-1 >/dev/null && small up >/dev/null 2>&1
"""


def fill(library: Library, tables: int, objects: int) -> None:
    """Tables of two indexes each, and large objects, one of them somebody else's."""
    made = [OBJECTS.format(first, min(first + AT_ONCE - 1, objects)) for first in range(1, objects + 1, AT_ONCE)]
    unhurried = "SET synchronous_commit = off;"
    library.sql("\n".join([unhurried, "CREATE TABLE object (number oid);", *made, TABLES.format(tables=tables)]))
    library.sql(ONE_OF_ITS_OWN.format(number=library.sql("SELECT min(number) FROM object")))


def assert_comes_back(library: Library) -> None:
    """All of it is saved, lost and restored."""
    wanted = library.sql(HELD), library.sh(SCHEMA)
    assert wanted[0].endswith("64"), "the settings are the server's own"
    point = library.back_up()
    library.sql("DROP TABLE object; DROP TABLE many_1; SELECT lo_unlink(oid) FROM pg_largeobject_metadata LIMIT 9;")
    said = library.restore(f"{point} --only databases --safety none {CONFIRM}")
    assert "is restored and proved" in said
    assert (library.sql(HELD), library.sh(SCHEMA)) == wanted


def test_more_large_objects_than_a_server_has_room_for_locks_come_back(library: Library) -> None:
    # It has room for 6,400.
    fill(library, tables=10, objects=8000)
    assert_comes_back(library)


@pytest.mark.full
def test_three_thousand_tables_of_two_indexes_come_back_with_twenty_thousand_large_objects(library: Library) -> None:
    fill(library, tables=3000, objects=20000)
    assert_comes_back(library)


@pytest.mark.full
def test_a_backup_that_lacks_room_for_locks_says_what_to_do_and_a_missing_large_object_is_a_difference(
    library: Library,
) -> None:
    fill(library, tables=2500, objects=20)
    library.back_up()
    library.sql("SELECT lo_unlink(oid) FROM pg_largeobject_metadata LIMIT 1")
    found = library.phase("prove")["result"]["differences"]
    wanted = "database database/albums: large objects: expected 20 of them, found 19 of them"
    assert [entry["message"] for entry in found] == [wanted]
    library.sh(LOCKS.format(10))
    said = library.refusal("backup")
    library.sh(USUAL)
    assert "command: [postgres, -c, max_locks_per_transaction=" in said
    assert library.back_up()
