# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Another database engine is a file of its own: what saves, restores and compares takes it as it takes PostgreSQL."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.module_utils.backup import create, listing, verify
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry, shapes
from ansible_collections.photosync.vps.plugins.module_utils.restore import compare
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from support import toy_database
from support.fakes.world import World

ROOT = Path(__file__).resolve().parents[3]
ALBUMS = {"album": ["sea", "hills"], "photo": ["1.jpg"]}
NOTES = {"note": ["call home"]}


@pytest.fixture
def engines(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """All that there is to know of another engine; returns the folder that it keeps its databases in."""
    (tmp_path / "toy").mkdir()
    toy = toy_database.Toy(tmp_path / "toy")
    monkeypatch.setitem(registry.ENGINES, "toy", lambda: toy)
    monkeypatch.setitem(shapes.PARTS, "toy", toy_database.PART)
    return toy.folder


@pytest.fixture
def world(engines: Path, tmp_path: Path) -> Iterator[World]:
    """A host with a stack whose database server is a toy that holds two databases, one of them declared."""
    with World(tmp_path) as world:
        world.described["databases"][0]["engine"] = "toy"
        world.deploy()
        lay(engines, albums=ALBUMS, notes=NOTES)
        yield world


def lay(folder: Path, **databases: Any) -> None:
    for name, tables in databases.items():
        (folder / f"{name}.json").write_text(json.dumps(tables))


def kept(folder: Path) -> dict[str, Any]:
    return {path.stem: json.loads(path.read_text()) for path in folder.iterdir()}


def back_up(world: World) -> dict[str, Any]:
    return create.create(world.spec, world.settings).manifest


def put_back(world: World, point: str) -> None:
    restore.restore(world.target, world.settings, Asked(point, world.confirmation), world.hear)


def unlike(world: World, manifest: dict[str, Any], serving: bool = False) -> list[str]:
    return [one["message"] for one in compare.prove(world.target, world.settings, manifest, serving=serving)]


def test_an_engine_is_one_short_file() -> None:
    assert len(Path(toy_database.__file__).read_text().splitlines()) <= 100


def test_the_catalogue_offers_every_engine_that_there_is() -> None:
    spec = yaml.safe_load((ROOT / "roles/catalogue/meta/argument_specs.yml").read_text())["argument_specs"]["service"]
    engine = spec["options"]["database_server"]["options"]["engine"]
    assert sorted(engine["choices"]) == sorted(registry.ENGINES) == sorted(shapes.PARTS)


def test_a_part_says_which_engine_wrote_it_and_those_of_postgresql_say_nothing(world: World, tmp_path: Path) -> None:
    saved = back_up(world)["databases"]
    assert [(part["engine"], part["service"], part["database"], part["declared"]) for part in saved] == [
        ("toy", "database", "albums", True),
        ("toy", "database", "notes", False),
    ]
    assert saved[0]["tables"]["album"]["rows"] == 2
    world.described["databases"][0]["engine"] = "postgresql"
    assert all("engine" not in part for part in back_up(world)["databases"])


def test_what_was_changed_or_lost_is_as_it_was(world: World, engines: Path) -> None:
    point = back_up(world)["id"]
    lay(engines, albums={"album": ["spoilt"]})
    (engines / "notes.json").unlink()
    put_back(world, point)
    assert kept(engines) == {"albums": ALBUMS, "notes": NOTES}


@pytest.mark.parametrize(
    "where", ["rename /toy/albums.json", "rename /toy/albums~restore.json", "docker: starting web"]
)
def test_a_restore_that_is_killed_is_done_by_the_next_run(world: World, engines: Path, where: str) -> None:
    point = back_up(world)["id"]
    lay(engines, albums={"album": ["spoilt"]})
    assert world.killed(lambda: put_back(world, point), where=where), world.commands.passed
    put_back(world, point)
    assert kept(engines) == {"albums": ALBUMS, "notes": NOTES}


def test_a_comparison_tells_what_differs(world: World, engines: Path) -> None:
    manifest = back_up(world)
    assert unlike(world, manifest) == []
    lay(engines, albums={"album": ["sea", "dales"]})
    (engines / "notes.json").unlink()
    assert unlike(world, manifest) == [
        "database database/albums: table album: expected the 2 rows saved, found 2 rows, some altered",
        "database database/albums: table photo: expected 1 rows, found no such table",
        "database database/notes: the database: expected to be there, found none of that name",
    ]
    lay(engines, albums={**ALBUMS, "album": ["sea", "hills", "new"]}, notes=NOTES)
    assert unlike(world, manifest, serving=True) == []


def test_a_point_is_verified_by_reading_its_dumps(world: World) -> None:
    back_up(world)
    assert verify.verify(world.spec, world.settings)["dumps_read"] == ["database/albums", "database/notes"]


def test_a_point_is_not_put_into_an_older_server_or_one_of_another_engine(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(toy_database.Moment, "describe", lambda _self: {"toy": 3})
    point = back_up(world)["id"]
    with pytest.raises(PointError, match="albums comes from toy 3; notes comes from toy 3"):
        put_back(world, point)
    world.described["databases"][0]["engine"] = "postgresql"
    with pytest.raises(PointError, match="database/albums comes from toy, the server here is postgresql"):
        put_back(world, point)


def test_a_point_of_an_engine_that_this_version_lacks_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    back_up(world)
    monkeypatch.delitem(shapes.PARTS, "toy")
    with pytest.raises(PointError, match="engine has to be a database engine that this version knows, not 'toy'"):
        listing.load_manifest(listing.repository(world.settings, "world"), "world", listing.LATEST)
