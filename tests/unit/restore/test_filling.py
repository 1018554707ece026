# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Database servers start while files are read, unless that would start one on a volume that is being exchanged."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, load
from ansible_collections.photosync.vps.plugins.module_utils.restore import databases
from support.specs import make_spec

SPEC = make_spec(
    volumes=[
        {"name": "photos", "services": ["app"]},
        {"name": "albums", "services": ["albums-server"]},
        {"name": "dictionaries", "services": ["faces-server", "app"]},
    ]
)
MANIFEST = {
    "databases": [{"service": "albums-server"}, {"service": "faces-server"}],
    "volumes": [{"name": "photos"}, {"name": "dictionaries"}],
}


def ahead(monkeypatch: pytest.MonkeyPatch, manifest: dict[str, Any]) -> list[list[str]]:
    started: list[list[str]] = []
    monkeypatch.setattr(databases, "start_servers", lambda _document, services: started.append(services))
    databases.serve_ahead(SimpleNamespace(target=SPEC, manifest=manifest))
    return started


def test_a_server_that_mounts_what_is_exchanged_starts_only_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ahead(monkeypatch, MANIFEST) == [["albums-server"]]


def test_all_of_them_start_where_no_such_volume_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ahead(monkeypatch, {**MANIFEST, "volumes": [{"name": "photos"}]}) == [["albums-server", "faces-server"]]


def test_one_that_cannot_be_started_is_told_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_document: Any, _services: list[str]) -> None:
        raise CommandFailed(["docker", "compose", "up"], 1)

    monkeypatch.setattr(databases, "start_servers", fail)
    databases.serve_ahead(SimpleNamespace(target=SPEC, manifest=MANIFEST))


PART = {
    "service": "albums-server",
    "database": "albums",
    "snapshot": "1",
    "file": "x",
    "encoding": "UTF8",
    "collate": "C",
    "ctype": "C",
    "owner": "app",
    "settings": [],
}
LACKING = 'pg_restore: error: could not set "default_tablespace" to big: FEHLER:  ...'


@pytest.mark.parametrize(("said", "attempts"), [(LACKING, [False, True]), ("ERROR:  disk full", [False])])
def test_tables_of_a_tablespace_that_a_new_machine_lacks_go_where_the_database_is(
    monkeypatch: pytest.MonkeyPatch, said: str, attempts: list[bool]
) -> None:
    tried: list[bool] = []
    made: list[str] = []

    def pipe(_reading: Any, writing: list[str], *_given: Any) -> None:
        tried.append("--no-tablespaces" in writing)
        if not tried[-1]:
            raise CommandFailed(writing, 1, stderr=said)

    monkeypatch.setattr(load, "pipe", pipe)
    monkeypatch.setattr(load, "query", lambda _server, _database, sql: made.append(sql))
    server = client.Server("albums-server", "postgres", ("albums",), "c0ffee")
    source = SimpleNamespace(dump_argv=lambda *_given: [], environment={})
    told: list[str] = []
    if len(attempts) == 1:
        with pytest.raises(client.DatabaseError, match="(?s)albums could not be restored.*disk full"):
            load.fill(server, source, PART, "20261123T030000Z-3f9a", told.append)
    else:
        load.fill(server, source, PART, "20261123T030000Z-3f9a", told.append)
        assert any("a tablespace of its tables is not here" in line for line in told)
    assert tried == attempts
    assert len([sql for sql in made if sql.startswith("DROP DATABASE IF EXISTS")]) == len(attempts), "begun anew"
