# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who goes back takes away what the restore has put here, and nothing that was here before."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.restore import before, staging

OLD = "beside, of a restore"


class Host:
    """Volumes are folders, with something of a restore beside each; containers, databases and commands are noted."""

    def __init__(self, spec: Any, folder: Path, monkeypatch: Any):
        self.spec, self.folder = spec, folder
        self.commands: list[list[str]] = []
        self.dropped: list[str] = []
        self.mounting = "1 another-stack's\n"
        monkeypatch.setattr(before.engine, "mountpoint", self.mountpoint)
        monkeypatch.setattr(before.engine, "running_services", lambda _stack: {"custom-postgres"})
        containers = [SimpleNamespace(id=name) for name in "123"]
        monkeypatch.setattr(before.compose, "containers", lambda _stack: containers)
        monkeypatch.setattr(before, "run", self.run)
        monkeypatch.setattr(
            before.registry, "servers", lambda _spec, names: [SimpleNamespace(service=n) for n in names]
        )
        there = SimpleNamespace(
            names=lambda _server: ["dedup", "dedup.restore-1", "other"],
            set_aside=lambda name, there: [one for one in there if one.startswith(f"{name}.")],
            drop=lambda server, name: self.dropped.append(f"{server.service} {name}"),
        )
        monkeypatch.setattr(before.registry, "of", lambda _server: there)
        monkeypatch.setattr(
            before.registry, "ensure_databases", lambda said: self.dropped.append(f"made {said.databases}")
        )

    def server(self, name: str) -> Any:
        return SimpleNamespace(service=name)

    def mountpoint(self, docker_name: str) -> Optional[str]:
        path = self.folder / docker_name / "_data"
        return str(path) if path.exists() else None

    def run(self, argv: list[str]) -> Any:
        self.commands.append(argv)
        return SimpleNamespace(stdout=self.mounting)

    def volume(self, name: str, files: bool = True) -> Path:
        path = self.folder / f"photo-sync_{name}" / "_data"
        path.mkdir(parents=True)
        Path(staging.beside(str(path), "restore", OLD)).mkdir()
        if files:
            (path / "a.jpg").write_text("x")
        return path

    def names(self, name: str) -> list[str]:
        return sorted(path.name for path in (self.folder / f"photo-sync_{name}").iterdir())


@pytest.fixture
def host(spec: Any, tmp_path: Path, monkeypatch: Any) -> Host:
    return Host(spec, tmp_path, monkeypatch)


WHOLE: dict[str, Any] = {"only": [], "volumes": [], "databases": []}
PART = {**WHOLE, "only": ["files"], "volumes": [{"name": "uploads"}]}


@pytest.mark.parametrize(
    ("manifest", "found"),
    [(WHOLE, {"uploads": "used", "pgdata": "bare", "cache": "absent"}), (PART, {"uploads": "used"})],
)
def test_how_each_volume_was_is_noted_of_those_that_change(host: Host, manifest: Any, found: dict[str, str]) -> None:
    host.volume("uploads"), host.volume("pgdata", files=False)
    assert before.volumes(host.spec, manifest) == found
    before.clear(host.spec, manifest)
    assert host.names("uploads") == ["_data"]
    assert (len(host.names("pgdata")) == 1) is (manifest is WHOLE), "what no restore of this has left stays"


@pytest.mark.parametrize(
    ("was", "servers"),
    [
        ({"pgdata": "used", "uploads": "used"}, {"custom-postgres"}),
        ({"pgdata": "bare", "uploads": "used"}, set()),
        ({"uploads": "used"}, set()),
    ],
)
def test_a_server_was_here_where_its_own_volume_was_in_use(host: Host, was: dict[str, str], servers: set[str]) -> None:
    assert before.servers(host.spec, was) == servers


def test_what_nobody_noted_is_taken_for_a_server_that_may_have_been_here(host: Host) -> None:
    manifest = {**WHOLE, "volumes": [{"name": "uploads"}], "databases": [{"service": "custom-postgres"}]}
    assert before.guessed(host.spec, manifest) == {"uploads": "bare", "pgdata": "used"}


@pytest.mark.parametrize(
    ("was", "left", "removed"),
    [
        ("used", ["a.jpg"], []),
        ("bare", [], []),
        ("absent", ["a.jpg"], [["docker", "rm", "--force", "1"], ["docker", "volume", "rm", "photo-sync_uploads"]]),
    ],
)
def test_a_volume_becomes_what_it_was(host: Host, was: str, left: list[str], removed: list[list[str]]) -> None:
    path, told = host.volume("uploads"), []
    before.take_away(host.spec, PART, {"uploads": was}, told.append)
    assert [file.name for file in path.iterdir()] == left
    assert [command for command in host.commands if "rm" in command] == removed, "nobody else's container"
    assert (host.names("uploads") == ["_data"], bool(told)) == (was != "used", was != "used")
    before.take_away(host.spec, WHOLE, {}, told.append)
    assert [file.name for file in path.iterdir()] == left, "of which nothing is known, it was in use"


@pytest.mark.parametrize(
    ("known", "removed"), [(["1", "3"], ["2"]), ([], ["1", "2", "3"]), (["1", "2", "3"], []), (None, [])]
)
def test_only_containers_that_were_not_here_are_removed(
    host: Host, known: Optional[list[str]], removed: list[str]
) -> None:
    before.remove_containers("photo-sync", known)
    assert host.commands == ([["docker", "rm", "--force", "--volumes", *removed]] if removed else [])


def test_a_database_becomes_empty_on_its_own_server_alone(host: Host, manifest: dict[str, Any]) -> None:
    manifest["databases"] = [manifest["databases"][1], {**manifest["databases"][0], "service": "away"}]
    before.drop_databases(host.spec, manifest, print)
    assert host.dropped == [
        "away grouping",
        "custom-postgres dedup",
        "custom-postgres dedup.restore-1",
        f"made {host.spec.databases}",
    ]
    host.dropped.clear()
    before.drop_set_aside(host.spec, manifest)
    assert host.dropped == ["custom-postgres dedup.restore-1"], "of servers that run"
