# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What runs inside a database server's container."""

import sys
from collections.abc import Callable

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import process
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, statistics
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.load import (
    NAME_LIMIT,
    beside,
    creation,
    grants,
    override,
    renaming,
    set_aside,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.statistics import (
    AT_ONCE,
    TABLES,
    Census,
    _quoted,
    census_sql,
    lock_sql,
)

SERVER = client.Server("custom-postgres", "postgres", ("grouping",), "c0ffee")
COMMANDS = [
    client.psql_argv(SERVER, "grouping"),
    client.dump_argv(SERVER, "grouping", "00000003-1"),
    client.restore_argv(SERVER, "grouping", "-c work_mem=1MB"),
    client.read_argv(SERVER),
]


@pytest.mark.parametrize("argv", COMMANDS)
def test_no_command_asks_for_a_terminal_which_would_damage_dumps(argv: list[str]) -> None:
    assert argv[:3] == ["docker", "exec", "--interactive"]
    assert not {"-t", "--tty", "-it", "-ti"} & set(argv)
    assert "c0ffee" in argv


def test_a_dump_is_uncompressed_and_of_the_moment_that_was_counted() -> None:
    argv = client.dump_argv(SERVER, "grouping", "00000003-1")
    assert {"--format=custom", "--compress=0", "--snapshot=00000003-1"} <= set(argv)


def test_a_restore_stops_at_the_first_error_and_holds_no_more_locks_than_a_server_has_room_for() -> None:
    argv = client.restore_argv(SERVER, "grouping", "-c work_mem=1MB")
    assert "--exit-on-error" in argv
    assert "--single-transaction" not in argv
    assert "--no-owner" not in argv


@pytest.mark.parametrize(
    ("name", "address"),
    [
        ("albums", "albums"),
        ("Mixed Case", "Mixed Case"),
        ("host=elsewhere", "dbname='host=elsewhere'"),
        ("postgresql://elsewhere", "dbname='postgresql://elsewhere'"),
        ("it's=a\\b", "dbname='it\\'s=a\\\\b'"),
    ],
)
def test_a_name_that_would_be_read_as_an_address_leads_to_its_own_database(name: str, address: str) -> None:
    for argv in (client.psql_argv(SERVER, name), client.dump_argv(SERVER, name, "00000003-1")):
        assert argv[argv.index("--dbname") + 1] == address


def test_every_table_is_counted_by_itself_whatever_its_name() -> None:
    tables = [["public", "asset"], ["Odd'schema", 'ta"ble']]
    sql = census_sql(tables)
    assert 'FROM ONLY "public"."asset"' in sql
    assert """SELECT 'Odd''schema.ta"ble', count(*)""" in sql
    assert 'FROM ONLY "Odd\'schema"."ta""ble"' in sql
    assert lock_sql(tables) == ('LOCK TABLE ONLY "public"."asset", ONLY "Odd\'schema"."ta""ble" IN ACCESS SHARE MODE;')


@pytest.mark.parametrize(("version", "major"), [("17.6 (Debian 17.6-0+deb13u1)", 17), ("14.19", 14), ("18beta1", 18)])
def test_major_versions_are_read(version: str, major: int) -> None:
    assert client.major(version) == major


REFUSED = [
    lambda: client.major("unknown"),
    lambda: grants("x", {"owner": "app", "grants": [["app", "ALL; DROP DATABASE y", False]]}),
    lambda: override("x", "a; DROP DATABASE y=1"),
]


@pytest.mark.parametrize("work", REFUSED, ids=["no version", "a privilege that there is not", "a setting that is none"])
def test_what_databases_do_not_know_is_refused(work: Callable[[], object]) -> None:
    with pytest.raises(client.DatabaseError):
        work()


def test_a_database_being_restored_never_has_the_name_of_another() -> None:
    point = "20261123T030000Z-3f9a"
    assert beside("grouping", "restore", point) == "grouping_restore_20261123t030000z3f9a"
    long = "x" * 80
    names = {beside(long, "restore", point), beside(long, "before", point), long[:NAME_LIMIT]}
    assert len(names) == 3
    assert all(len(name) <= NAME_LIMIT for name in names)


def test_a_database_is_made_as_the_saved_one_was() -> None:
    part = {"encoding": "UTF8", "collate": "en_US.utf8", "ctype": "C", "owner": "app"}
    expected = (
        "CREATE DATABASE \"x\" TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'en_US.utf8' LC_CTYPE 'C' OWNER \"app\";"
    )
    assert creation("x", part) == expected


@pytest.mark.parametrize(
    ("setting", "sql"),
    [
        (
            'search_path="$user", public, vectors',
            "ALTER DATABASE \"x\" SET search_path TO '$user', 'public', 'vectors';",
        ),
        ("vchordrq.probes=1", 'ALTER DATABASE "x" SET "vchordrq"."probes" TO \'1\';'),
        ("application_name=it's", "ALTER DATABASE \"x\" SET application_name TO 'it''s';"),
    ],
)
def test_a_databases_own_settings_which_no_dump_holds_are_put_back(setting: str, sql: str) -> None:
    assert override("x", setting) == sql


def test_a_database_lets_in_whom_it_let_in_and_nobody_else() -> None:
    given = [["app", "CONNECT", False], ["", "TEMPORARY", False], ['we"ird', "CREATE", True]]
    assert grants("x", {"owner": "app", "grants": given}) == [
        'REVOKE ALL ON DATABASE "x" FROM PUBLIC, "app";',
        'GRANT CONNECT ON DATABASE "x" TO "app";',
        'GRANT TEMPORARY ON DATABASE "x" TO PUBLIC;',
        'GRANT CREATE ON DATABASE "x" TO "we""ird" WITH GRANT OPTION;',
    ]


@pytest.mark.parametrize("part", [{"owner": "app"}, {"owner": "app", "grants": None}])
def test_a_database_nobody_granted_anything_on_keeps_what_postgresql_grants(part: dict[str, object]) -> None:
    assert grants("x", part) == []


def test_databases_whose_long_names_begin_alike_stand_beside_each_other_under_names_of_their_own() -> None:
    for one, other in (("x" * 50 + "2024", "x" * 50 + "2025"), ("ü" * 31, "ü" * 30)):
        names = [beside(name, word, "20261123T030000Z-3f9a") for name in (one, other) for word in ("before", "restore")]
        assert len(set(names)) == 4
        assert all(len(name.encode()) <= NAME_LIMIT for name in names)
        assert set_aside(one, names) == names[:2]


def test_a_template_becomes_one_again_and_what_it_takes_the_place_of_can_be_dropped() -> None:
    sql = renaming("model", "20261123T030000Z-3f9a", template=True)
    old = sql.index('ALTER DATABASE "model" IS_TEMPLATE false')
    assert old < sql.index('RENAME TO "model"') < sql.index('ALTER DATABASE "model" IS_TEMPLATE true')
    assert "IS_TEMPLATE true" not in renaming("albums", "20261123T030000Z-3f9a")


def test_only_what_a_restore_has_set_aside_is_ever_removed() -> None:
    aside = beside("immich", "before", "20261123T030000Z-3f9a")
    half = beside("immich", "restore", "20261124T030000Z-0000")
    others = ["immich", "immich_before_upgrade", "immich_before_20261123", "grouping_before_20261123t030000z3f9a"]
    assert set_aside("immich", [aside, half, *others]) == [aside, half]
    long = "x" * 80
    assert set_aside(long, [beside(long, "before", "20261124T030000Z-0000")]) != []


def test_a_server_without_room_for_locks_is_told_of_with_what_to_do() -> None:
    said = 'ERROR:  out of shared memory\nHINT:  You might need to increase "max_locks_per_transaction".'
    told = client.advised(said, "custom-postgres")
    assert told.startswith(said)
    assert "give custom-postgres more room" in told
    assert "`command: [postgres, -c, max_locks_per_transaction=1024]`" in told
    assert client.advised("ERROR:  disk full", "custom-postgres") == "ERROR:  disk full"


class Session(Census):
    """A session that only remembers what it was asked."""

    def __init__(self, tables: int):
        self.asked: list[str] = []
        self._tables = [["public", f"t{number}"] for number in range(tables)]

    def ask(self, sql: str) -> list[list[str]]:
        self.asked.append(sql)
        if sql == TABLES:
            return self._tables
        return [[".".join(table), "1", "2"] for table in self._tables if f"ONLY {_quoted(table)} _row_" in sql]


def test_however_many_tables_there_are_few_are_counted_at_once_and_none_is_emptied_meanwhile() -> None:
    session = Session(AT_ONCE * 3 + 1)
    assert len(session.tables()) == AT_ONCE * 3 + 1
    locking, counting = session.asked[1:5], session.asked[5:]
    assert [sql.startswith("LOCK TABLE") for sql in session.asked[1:]] == [True] * 4 + [False] * 4
    assert max(sql.count("ONLY ") for sql in [*locking, *counting]) == AT_ONCE
    assert all("ROLLBACK TO part; RELEASE part;" in sql for sql in counting)
    assert Session(0).tables() == {}


# Answers each question with what was asked, as psql prints it.
ECHO = """
import sys
for line in sys.stdin.buffer:
    sys.stdout.buffer.write(line[6:] if line.startswith(b"\\\\echo ") else line)
    sys.stdout.buffer.flush()
"""
NAMES = ["gr\udcf6\udcdfe", "a\rb", "a\r\nb", "x\n--photosync-end-of-answer--\ny", "größe"]


def test_names_in_a_database_are_bytes_of_which_a_session_loses_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statistics, "psql_argv", lambda *_given: [sys.executable, "-c", ECHO])
    session = Census(SERVER, "grouping")
    for name in NAMES:
        assert session.ask(f'"{name}"') == [[name]]
    session.__exit__()


def test_what_a_server_answers_keeps_the_carriage_returns_in_names(monkeypatch: pytest.MonkeyPatch) -> None:
    answering = [sys.executable, "-c", r"import sys; sys.stdout.write('\"a\rb\"\n')"]
    monkeypatch.setattr(client, "psql_argv", lambda *_given: answering)
    assert client.query(SERVER, "grouping", "SELECT 1") == [["a\rb"]]
    assert process.run(["printf", "a\r\nb"]).stdout == "a\r\nb"
