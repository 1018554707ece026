# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Roles come back with a point: who owns what, who gets in, and who belongs to whom."""

import json
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError, Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import roles
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.restore.databases import roles_of_point

SERVER = Server("immich-postgres", "postgres", ("immich",), "c0ffee")


def role(name: str, *attributes: str, password: str = "") -> dict[str, Any]:
    return {"name": name, "attributes": ["INHERIT", *attributes], "limit": -1, "until": "", "password": password}


SAVED = {
    "roles": [role("readers"), role("report", "LOGIN", password="SCRAM-SHA-256$hunter2")],
    "members": [["readers", "report", False], ["pg_monitor", "report", True]],
    "settings": [["report", "", "search_path=public"], ["report", "immich", "work_mem=64MB"]],
}


def test_missing_roles_are_made_before_anything_is_said_of_them() -> None:
    sql = roles.statements(SAVED, {"postgres"}, whole=True)
    assert sql[:2] == ['CREATE ROLE "readers";', 'CREATE ROLE "report";']
    assert sql[2].startswith('ALTER ROLE "readers" WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN')
    assert sql[3].endswith(
        "LOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT -1 VALID UNTIL 'infinity' PASSWORD 'SCRAM-SHA-256$hunter2';"
    )
    assert sql[4:] == [
        'GRANT "readers" TO "report";',
        'GRANT "pg_monitor" TO "report" WITH ADMIN OPTION;',
        "ALTER ROLE \"report\" SET search_path TO 'public';",
    ]


def test_a_part_makes_what_is_missing_and_changes_nobody_who_is_there() -> None:
    assert roles.statements(SAVED, {"postgres", "readers", "report"}, whole=False) == []
    sql = roles.statements(SAVED, {"postgres", "report"}, whole=False)
    assert sql[0] == 'CREATE ROLE "readers";'
    assert not any(line.startswith('ALTER ROLE "report"') for line in sql)


def test_the_whole_makes_those_that_are_there_what_they_were() -> None:
    sql = roles.statements(SAVED, {"postgres", "readers", "report"}, whole=True)
    assert not any(line.startswith("CREATE") for line in sql)
    assert any(line.startswith('ALTER ROLE "report" WITH') for line in sql)


def test_a_failure_never_says_what_lets_somebody_in(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_given: Any) -> None:
        raise DatabaseError("immich-postgres/template1: ERROR: no\nLINE 1: ALTER ROLE x PASSWORD 'hunter2'")

    monkeypatch.setattr(roles, "query", fail)
    with pytest.raises(DatabaseError) as caught:
        roles.settle(SERVER, SAVED, {"immich"})
    assert str(caught.value) == (
        "the roles of immich-postgres cannot be put back: immich-postgres/template1: ERROR: no"
    )


def test_a_point_from_before_roles_were_saved_restores_without() -> None:
    nowhere = Restic("/nowhere", "/nowhere/password", {}, "/nowhere/cache")
    assert roles_of_point(nowhere, {"databases": []}, "immich-postgres") is None


def test_what_a_server_says_of_its_roles_is_what_it_gets_back(monkeypatch: pytest.MonkeyPatch) -> None:
    found = {**SAVED, "roles": [*SAVED["roles"], role("postgres", "SUPERUSER", "LOGIN")]}
    monkeypatch.setattr(roles, "query", lambda *_given: [[json.dumps(found)]])
    said = roles.roles_of(SERVER, {"immich"})
    assert (said.names, said.saved) == (["readers", "report"], SAVED), "its superuser is none of them"
    assert said.before.splitlines() == roles.statements(SAVED, {"postgres"}, whole=True)
    assert said.after == 'ALTER ROLE "report" IN DATABASE "immich" SET work_mem TO \'64MB\';\n'


def test_the_servers_own_superuser_stays_what_it_is_and_what_was_missing_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said: list[str] = []

    def query(_server: Any, _database: str, sql: str) -> list[list[str]]:
        said.append(sql)
        return [["postgres"], ["report"]]

    monkeypatch.setattr(roles, "query", query)
    saved = {**SAVED, "roles": [*SAVED["roles"], role("postgres")]}
    assert roles.put_back(SERVER, saved, whole=True) == ["readers"]
    assert 'ROLE "postgres"' not in said[-1] and said[-1].startswith("BEGIN;\n") and said[-1].endswith("\nCOMMIT;")


@pytest.mark.parametrize(("whole", "there"), [(False, False), (True, True)])
def test_what_a_role_has_set_is_put_back_with_the_role(whole: bool, there: bool) -> None:
    saved = {"roles": [role("readers")], "members": [["a", "b", False]], "settings": [["report", "", "search_path=x"]]}
    sql = roles.statements(saved, {"report"}, whole)
    assert any('ALTER ROLE "report" SET' in line for line in sql) is there
    assert not any(line.startswith("GRANT") for line in sql)
    (altered,) = [line for line in sql if " WITH " in line]
    words = "NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS CONNECTION LIMIT -1"
    assert altered == f"ALTER ROLE \"readers\" WITH {words} VALID UNTIL 'infinity' PASSWORD NULL;"


def test_roles_are_printed_by_the_servers_own_tool_as_its_superuser() -> None:
    printing = ["pg_dumpall", "--roles-only", "--username", "postgres"]
    assert roles.printed_argv(SERVER)[-len(printing) :] == printing
