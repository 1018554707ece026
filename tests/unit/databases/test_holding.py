# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every database of a server is saved, declared or not, and what cannot be is named with the reason."""

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import databases, leftout
from ansible_collections.photosync.vps.plugins.module_utils.common.log import silent
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import (
    UNREADABLE,
    Database,
    DatabaseError,
    Holding,
    Server,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import holding
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.client import Content
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.engine import PostgreSQL
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.holding import Listed
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from support.specs import changed, make_spec

SERVER = Server("d", "postgres", ("albums",), "c0ffee")
NOBODY = Server("d", "postgres", (), "c0ffee")
EMPTY = Content(0, 0, 0)
ALBUMS = Listed("albums", 100, True, False, False)


def judged(*rows: Listed, server: Server = SERVER, common: Content = EMPTY, template: Content = EMPTY) -> Holding:
    return holding.judge(server, rows, {"postgres": common, "template1": template})


def postgres(altered: bool = False) -> Listed:
    return Listed("postgres", 7, True, False, altered)


def test_what_nobody_declares_is_saved_like_what_somebody_does() -> None:
    found = judged(ALBUMS, Listed("notes", 5, True, False, False), postgres())
    assert found == Holding((Database("albums", 100, True), Database("notes", 5, False)), ())
    assert found.names == {"albums", "notes"}


def test_a_server_that_no_entry_names_is_saved_all_the_same() -> None:
    assert judged(ALBUMS, server=NOBODY).saved == (Database("albums", 100, False),)


@pytest.mark.parametrize(
    ("common", "altered", "saved"),
    [
        (EMPTY, False, False),
        (Content(1, 2, 0), False, True),
        (Content(0, 1, 0), False, True),
        (Content(0, 0, 1), False, True),
        (EMPTY, True, True),
    ],
)
def test_the_database_postgres_is_saved_as_soon_as_it_holds_anything_of_its_own(
    common: Content, altered: bool, saved: bool
) -> None:
    found = judged(ALBUMS, postgres(altered), common=common)
    assert ("postgres" in found.names, found.left_out) == (saved, ())


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (Listed("closed", 1, False, False, False), holding.CLOSED),
        (Listed("half", 1, False, True, False), holding.HALF_DROPPED),
        (Listed("albums_before_20261123t030000z3f9a", 1, False, False, False), holding.SET_ASIDE),
        (Listed("notes_restore_20261123t030000z3f9a", 1, True, False, False), holding.SET_ASIDE),
    ],
)
def test_what_cannot_be_saved_is_named_with_the_reason(row: Listed, why: str) -> None:
    found = judged(ALBUMS, row)
    assert found.names == {"albums"}
    assert found.left_out == ({"what": f"database d/{row.name}", "why": why},)


def test_a_name_that_only_looks_like_a_restores_is_saved() -> None:
    assert judged(Listed("albums_before_upgrade", 1, True, False, False), server=NOBODY).names == {
        "albums_before_upgrade"
    }


def test_what_was_made_in_template1_is_named() -> None:
    (left,) = judged(ALBUMS, template=Content(0, 1, 0)).left_out
    assert left == {"what": "database d/template1", "why": holding.COPIED}


@pytest.mark.parametrize("rows", [(), (Listed("albums", 1, False, False, False),)])
def test_a_declared_database_is_never_left_out_but_tried(rows: tuple[Listed, ...]) -> None:
    found = judged(*rows)
    assert (found.names, found.left_out) == ({"albums"}, ())


@pytest.mark.parametrize(("name", "tolerated"), [("notes", True), ("albums", False)])
def test_one_that_was_dropped_since_is_named_and_a_declared_one_fails_the_backup(
    monkeypatch: pytest.MonkeyPatch, name: str, tolerated: bool
) -> None:
    def gone(_self: Any, _asked: Any, database: Database) -> dict[str, Any]:
        raise DatabaseError(f'database "{database.name}" does not exist')

    monkeypatch.setattr(databases.Dumping, "_database", gone)
    monkeypatch.setattr(PostgreSQL, "names", lambda *_given: [])
    asked = databases.Asked(SERVER, "17.6", Holding((Database(name, 1, name == "albums"),), ()))
    saving = databases.Dumping(Restic("/r", "/p", {}, "/c"), "web1", [], silent)
    if tolerated:
        assert saving.save([asked]) == databases.Dumped([], [{"what": "database d/notes", "why": databases.GONE}])
        monkeypatch.setattr(PostgreSQL, "names", lambda *_given: ["notes"])
    with pytest.raises(DatabaseError, match="does not exist"):
        saving.save([asked])


def test_a_dump_has_a_file_name_whatever_the_database_is_called() -> None:
    assert databases.file_name("d", "albums") == "d.albums.dump"
    assert databases.file_name("d", "../a b\n") == "d...%2Fa b%0A.dump"


def test_no_volume_folder_or_path_of_the_stack_is_left_out_in_silence(spec: dict[str, Any], tmp_path: Path) -> None:
    spec = changed(spec, left_out=[{"what": "/srv/photos", "why": "kept elsewhere"}])
    paths = [str(tmp_path), str(tmp_path / "typo")]
    assert leftout.said(leftout.of_stack(spec, paths)) == [
        "/srv/photos (kept elsewhere)",
        "volume cache (can be made again)",
        f"{tmp_path}/typo (is not there)",
    ]


@pytest.mark.parametrize(
    ("lets", "half", "asked", "said"),
    [
        ("t", "f", ["template1", "postgres"], {"albums": "3 tables", "postgres": "3 tables"}),
        ("f", "f", ["template1"], {"albums": "3 tables", "postgres": UNREADABLE}),
        ("t", "t", ["template1"], {"albums": "3 tables", "postgres": UNREADABLE}),
    ],
)
def test_only_databases_that_let_somebody_in_are_looked_into(
    monkeypatch: pytest.MonkeyPatch, lets: str, half: str, asked: list[str], said: dict[str, str]
) -> None:
    aside = ["x_before_20261123t030000z3", "1", "t", "f", "f"]
    rows = [["albums", "100", "t", "f", "f"], ["postgres", "7", lets, half, "f"], ["bare", "1", "t", "f", "f"], aside]
    looked: list[str] = []
    monkeypatch.setattr(holding.client, "query", lambda *_given: rows)
    monkeypatch.setattr(registry, "servers", lambda _spec, names: [SERVER for _name in names])
    monkeypatch.setattr(holding.client, "content", lambda _server, name: looked.append(name) or Content(3, 3, 0))
    assert holding.look(SERVER).saved[0] == Database("albums", 100, True)
    assert looked == asked
    held = {"bare": EMPTY}
    monkeypatch.setattr(PostgreSQL, "content", lambda _self, _server, name: held.get(name, Content(3, 3, 0)))
    assert registry.here(make_spec(), ["d"]) == {("d", name): words for name, words in said.items()}
    assert registry.here(make_spec(), []) == {}
