# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Look at a database through one unmoving snapshot, which a dump can share: what it is and what each table holds."""

from __future__ import annotations

import io
import json
import secrets
import subprocess
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.databases.model import (
    DatabaseError,
    Part,
    Server,
    Tables,
    Unlike,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.client import (
    IN_UTF8,
    advised,
    dump_argv,
    identifier,
    literal,
    parse_rows,
    psql_argv,
)

# Texts must come out the same on any server: a time in another zone or a float cut short would look like changed data.
SAME_EVERYWHERE = f"""
{IN_UTF8}
SET idle_in_transaction_session_timeout = 0; SET statement_timeout = 0; SET lock_timeout = 0;
SET timezone = 'UTC'; SET datestyle = 'ISO'; SET intervalstyle = 'iso_8601';
SET bytea_output = 'hex'; SET extra_float_digits = 1; SET row_security = off;
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
"""
DESCRIBE = """
SELECT current_setting('server_version'), pg_encoding_to_char(encoding), datcollate, datctype,
    pg_get_userbyid(datdba), datistemplate
FROM pg_database WHERE datname = current_database();
"""
EXTENSIONS = "SELECT extname, extversion FROM pg_extension ORDER BY 1;"
OVERRIDES = """
SELECT unnest(setconfig) FROM pg_db_role_setting
WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database());
"""
# NULL where nobody has granted or revoked anything; PUBLIC has no name.
GRANTS = """
SELECT CASE WHEN datacl IS NULL THEN 'null' ELSE (SELECT coalesce(json_agg(json_build_array(
    CASE WHEN grantee = 0 THEN '' ELSE pg_get_userbyid(grantee) END, privilege_type, is_grantable)
    ORDER BY grantee, privilege_type), '[]')::text FROM aclexplode(datacl)) END
FROM pg_database WHERE datname = current_database();
"""
# Tables as a dump holds them: those that belong to an extension are made by it.
OWN_TABLES = """\
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')
AND n.nspname !~ '^pg_(toast|temp)' AND NOT EXISTS
    (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')"""
TABLES = f"SELECT n.nspname, c.relname {OWN_TABLES} ORDER BY 1, 2;"
# The hash is the one that hash partitions rely on across versions and dumps, so it is the same on another server.
LARGE_OBJECTS = "SELECT count(*) FROM pg_largeobject_metadata;"
# Tables in one query: each of them, and each index, takes a lock, and the parser a place on the stack.
AT_ONCE = 100
OF_TABLE = "SELECT {name}, count(*), coalesce(sum(hashtextextended(_row_::text, 0)), 0)\nFROM ONLY {table} _row_"


class Census:
    """A session that sees one moment of a database for as long as it is open."""

    def __init__(self, server: Server, database: str):
        self.server, self.database = server, database
        self.where = f"{server.service}/{database}"
        # What no name in the database has in it.
        self._mark = f"--{secrets.token_hex(16)}--"
        self._process = subprocess.Popen(
            psql_argv(server, database), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        if not self._process.stdout:
            raise ValueError("a session without pipes")
        # Names are bytes, above all where the database says of no encoding, and a carriage return is one of them.
        self._answers = io.TextIOWrapper(self._process.stdout, "utf-8", "surrogateescape", newline="\n")

    def __enter__(self) -> Census:
        self.ask(SAME_EVERYWHERE)
        return self

    def __exit__(self, *exception: object) -> None:
        try:
            self._process.communicate(b"ROLLBACK;\n", timeout=10)
        except (subprocess.TimeoutExpired, OSError, ValueError):
            self._process.kill()
            self._process.wait()

    def ask(self, sql: str) -> list[list[str]]:
        """Run SQL in this session and return its rows as text."""
        if not self._process.stdin:
            raise ValueError("a session without pipes")
        try:
            self._process.stdin.write(f"{sql}\n\\echo {self._mark}\n".encode("utf-8", "surrogateescape"))
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._failure() from None
        lines: list[str] = []
        for line in self._answers:
            if line == self._mark + "\n":
                return parse_rows("".join(lines))
            lines.append(line)
        raise self._failure()

    def _failure(self) -> DatabaseError:
        said = self._process.communicate()[1].decode("utf-8", "replace").strip()
        return DatabaseError(advised(f"{self.where}: {said or 'the connection ended'}", self.server.service))

    def argv(self) -> list[str]:
        """pg_dump of this very moment."""
        return dump_argv(self.server, self.database, self.ask("SELECT pg_export_snapshot();")[0][0])

    def describe(self) -> dict[str, Any]:
        """What the database is: no dump of one database holds its own locale, owner, settings and grants."""
        version, encoding, collate, ctype, owner, template = self.ask(DESCRIBE)[0]
        return {
            "server_version": version,
            "encoding": encoding,
            "collate": collate,
            "ctype": ctype,
            "owner": owner,
            "template": template == "t",
            "extensions": dict(self.ask(EXTENSIONS)),
            "settings": [row[0] for row in self.ask(OVERRIDES)],
            "grants": json.loads(self.ask(GRANTS)[0][0]),
            "large_objects": int(self.ask(LARGE_OBJECTS)[0][0]),
        }

    def tables(self) -> Tables:
        """Rows of every table, counted one by one, and a digest of what is in them whatever their order."""
        tables = self.ask(TABLES)
        parts = [tables[first : first + AT_ONCE] for first in range(0, len(tables), AT_ONCE)]
        # All of them first, as pg_dump does: what is emptied or rewritten meanwhile looks so in every snapshot.
        for part in parts:
            self.ask(lock_sql(part))
        counted = [row for part in parts for row in self.ask(census_sql(part))]
        return {name: {"rows": int(rows), "digest": digest} for name, rows, digest in counted}


def lock_sql(tables: list[list[str]]) -> str:
    """SQL that keeps these tables as they are until the session ends; rows may come and go."""
    return f"LOCK TABLE {', '.join('ONLY ' + _quoted(table) for table in tables)} IN ACCESS SHARE MODE;"


def census_sql(tables: list[list[str]]) -> str:
    """One query over these tables, which gives back the locks that it takes on their indexes."""
    parts = [OF_TABLE.format(name=literal(".".join(table)), table=_quoted(table)) for table in tables]
    return "SAVEPOINT part;\n{};\nROLLBACK TO part; RELEASE part;".format("\nUNION ALL ".join(parts))


def _quoted(table: list[str]) -> str:
    return ".".join(identifier(word) for word in table)


def unlike(part: Part, described: dict[str, Any], serving: bool) -> list[Unlike]:
    """In what a database, as :meth:`Census.describe` says it, is not what was saved; older points say less."""
    lacking = sorted(set(part["extensions"]) - set(described["extensions"]))
    found = [Unlike("extension", name, part["extensions"][name], "no such extension") for name in lacking]
    template = part.get("template", False)
    if described["template"] != template:
        found.append(Unlike("database", "being a template", template, described["template"]))
    objects = described["large_objects"]
    wanted = part.get("large_objects", objects)
    if objects < wanted or (objects > wanted and not serving):
        found.append(Unlike("rows", "large objects", f"{wanted} of them", f"{objects} of them"))
    return found
