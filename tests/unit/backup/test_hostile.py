# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whoever may write to a repository still decides nothing about this host: what is read there is validated first."""

from __future__ import annotations

import copy
import json
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import listing
from ansible_collections.photosync.vps.plugins.module_utils.backup import manifest as manifests
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.backup.databases import file_name
from ansible_collections.photosync.vps.plugins.module_utils.common import files
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, parameters
from ansible_collections.photosync.vps.plugins.module_utils.restore.databases import roles_of_point
from hypothesis import given
from hypothesis import strategies as st

KEPT = Path(__file__).resolve().parents[2] / "integration" / "schemas" / "schema-1.json"
ROLE = {"name": "app", "attributes": ["LOGIN"], "limit": -1, "until": "", "password": ""}


def put(manifest: dict[str, Any], where: str, value: Any) -> dict[str, Any]:
    """The manifest with ``value`` at a place such as ``volumes.0.path``."""
    changed = copy.deepcopy(manifest)
    *steps, last = where.split(".")
    inner: Any = changed
    for step in steps:
        inner = inner[int(step) if step.isdigit() else step]
    inner[int(last) if last.isdigit() else last] = value
    return changed


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("id", "../../x"),
        ("id", "20261123T030000Z-3f9a/../x"),
        ("time", "yesterday"),
        ("time", "2026-11-23T04:00:00"),
        ("host", "web1\x1b[2J"),
        ("stack", "../x"),
        ("release", "../../etc"),
        ("configuration.paths", ["/../../x"]),
        ("configuration.paths", ["/etc/photo-sync/../../x"]),
        ("configuration.paths", ["/etc/./x"]),
        ("configuration.paths", ["etc"]),
        ("configuration.paths", ["/"]),
        ("configuration.paths", ["/etc/x\0y"]),
        ("configuration.paths", "/etc"),
        ("configuration.snapshot", "latest"),
        ("configuration.tree", "-x"),
        ("volumes.0.path", "/var/../etc"),
        ("volumes.0.name", "--x"),
        ("volumes.0.name", "a/b"),
        ("volumes.0.docker_name", "a b"),
        ("volumes.0.snapshot", "--option"),
        ("volumes.0.files", -1),
        ("volumes.0.bytes", "7"),
        ("volumes.0.bytes", True),
        ("volumes.0.root", {"uid": -1, "gid": 0, "mode": 493}),
        ("volumes.0.root", {"uid": 0, "gid": 2**32 - 1, "mode": 493}),
        ("volumes.0.root", {"uid": 0, "gid": 0, "mode": 0o10000}),
        ("volumes.0.root", {"uid": 0, "gid": 0}),
        ("volumes.0.root", None),
        ("volumes.0.rewritten", [7]),
        ("databases.0.file", "../x.dump"),
        ("databases.0.file", "-x"),
        ("databases.0.file", ""),
        ("databases.0.service", "-x"),
        ("databases.0.database", "x\0y"),
        ("databases.0.database", "x" * 64),
        ("databases.0.database", "ä" * 32),
        ("databases.0.database", ""),
        ("databases.0.owner", 7),
        ("databases.0.server_version", "new"),
        ("databases.0.encoding", None),
        ("databases.0.extensions", ["vector"]),
        ("databases.0.extensions", {"vector": 1}),
        ("databases.0.settings", ["work_mem"]),
        ("databases.0.settings", ["search_path=public; \\! id"]),
        ("databases.0.settings", ['search_path="public']),
        ("databases.0.grants", [["app", "ALL", False]]),
        ("databases.0.grants", [["app", "CONNECT"]]),
        ("databases.0.grants", "x"),
        ("databases.0.tables", {"public.x": {"rows": -1, "digest": "1"}}),
        ("databases.0.tables", {"public.x": 5}),
        ("databases.0.bytes", 1.5),
        ("databases.0.sha256", "x"),
        ("images", {"web": {"image": "--privileged", "digest": None}}),
        ("images", {"web": "x"}),
        ("durations", {"files": -1}),
        ("durations", {"files": float("nan")}),
        ("left_out", ["x"]),
        ("suspect", "x"),
        ("compared_with", "zzz"),
        ("roles", [{"service": "db", "names": [], "file": "/x/../y", "sql": "/x", "after": "/x"}]),
        ("roles", [{"service": "db", "names": ["x" * 64], "file": "/x", "sql": "/x", "after": "/x"}]),
        ("databases", {}),
        ("databases", [7]),
        ("volumes", [[]]),
        ("configuration", []),
    ],
)
def test_a_manifest_with_anything_that_may_not_be_is_refused(manifest: dict[str, Any], where: str, value: Any) -> None:
    assert manifests.problems(manifest) == []
    with pytest.raises(PointError, match="was not made by us: ") as caught:
        manifests.read(json.dumps(put(manifest, where, value)))
    assert where.split(".")[-1].rstrip("s0") in str(caught.value) or where.split(".")[0] in str(caught.value)


def test_all_mistakes_are_told_at_once_by_the_part_that_they_are_in(manifest: dict[str, Any]) -> None:
    wrong = put(put(put(manifest, "volumes.0.path", "/a/../b"), "databases.1.bytes", -1), "id", "x")
    assert manifests.problems(wrong) == [
        "id has to be the ID of a restore point, not 'x'",
        "database custom-postgres/dedup: bytes has to be a whole number that is not negative, not -1",
        "volume uploads: path has to be a whole path without . and .., not '/a/../b'",
    ]


def test_a_part_that_is_named_twice_is_refused(manifest: dict[str, Any]) -> None:
    manifest["databases"].append(manifest["databases"][0])
    assert manifests.problems(manifest) == ["database custom-postgres/grouping is in it 2 times"]


WORDS = st.text("az09=-/.", max_size=5)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=2), st.dictionaries(WORDS, inner, max_size=2)),
    max_leaves=4,
)


@given(key=st.sampled_from(sorted(json.loads(KEPT.read_text(encoding="utf-8")))), value=VALUES)
def test_whatever_a_manifest_holds_it_is_read_or_refused(key: str, value: Any) -> None:
    text = json.dumps({**json.loads(KEPT.read_text(encoding="utf-8")), key: value})
    try:
        assert manifests.read(text)[key] == value
    except PointError:
        return


def test_it_is_said_which_point_cannot_be_relied_on(manifest: dict[str, Any], snapshots: list[dict[str, Any]]) -> None:
    class Repository:
        def snapshots(self, _tags: list[str]) -> list[dict[str, Any]]:
            return snapshots

        def dump(self, _snapshot: str, _name: str) -> str:
            return json.dumps(put(manifest, "configuration.paths", ["/../../x"]))

    with pytest.raises(PointError, match="20261123T030000Z-3f9a cannot be relied on.*configuration: paths 1 has to be"):
        listing.load_manifest(Repository(), "photo-sync")


@pytest.mark.parametrize("path", ["/../../x", "/..", "/", "", "/a/../../x", "/link/x", "/link"])
def test_nothing_is_laid_outside_the_folder_that_it_is_laid_into(path: str, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "link").symlink_to(tmp_path)
    with pytest.raises(ValueError, match="leads out of"):
        files.below(str(tmp_path / "folder"), path)
    assert files.below(str(tmp_path / "folder"), "/etc//x/") == os.path.realpath(tmp_path / "folder" / "etc" / "x")


@pytest.mark.parametrize(
    ("setting", "sql"),
    [
        ('search_path="$user", public', "search_path TO '$user', 'public'"),
        ("search_path=public;\\!id", "search_path TO E'public;\\\\!id'"),
        ('search_path="a, b""c", d', "search_path TO 'a, b\"c', 'd'"),
        ("search_path=", "search_path TO ''"),
        ('search_path=""', "search_path TO ''"),
        ("session_preload_libraries=x,y", "session_preload_libraries TO 'x', 'y'"),
        ("my.va$r=1", '"my"."va$r" TO \'1\''),
        ("app.größe=1", '"app"."größe" TO \'1\''),
        ("app.select=1", '"app"."select" TO \'1\''),
        ("application_name=a'; \\! id", "application_name TO E'a''; \\\\! id'"),
    ],
)
def test_every_setting_is_taken_apart_and_quoted_anew(setting: str, sql: str) -> None:
    assert parameters.assignment(setting) == sql
    assert parameters.is_setting(setting)


@pytest.mark.parametrize("setting", ["search_path=public; \\! id", 'search_path="x', "search_path=a,,b", "a b=1", "=1"])
def test_a_setting_that_is_none_makes_no_statement_and_no_point(setting: str) -> None:
    assert not parameters.is_setting(setting)
    with pytest.raises(client.DatabaseError):
        parameters.assignment(setting)


class Holding:
    """A repository with one file of roles."""

    def __init__(self, text: str):
        self.text = text

    def dump(self, _snapshot: str, _name: str) -> str:
        return self.text


@pytest.mark.parametrize(
    "saved",
    [
        {"roles": [{**ROLE, "attributes": ["LOGIN; DROP TABLE x"]}], "members": [], "settings": []},
        {"roles": [{**ROLE, "limit": "1; DROP TABLE x"}], "members": [], "settings": []},
        {"roles": [{**ROLE, "name": ["x"]}], "members": [], "settings": []},
        {"roles": [{**ROLE, "password": None}], "members": [], "settings": []},
        {"roles": [{"name": "x"}], "members": [], "settings": []},
        {"roles": [], "members": [["a", "b"]], "settings": []},
        {"roles": [], "members": [["a", "b", "false"]], "settings": []},
        {"roles": [], "members": [], "settings": [["a", "", "search_path=public; \\! id"]]},
        {"roles": [], "members": []},
        [],
    ],
)
def test_roles_that_are_not_as_we_save_them_become_no_statement(saved: Any) -> None:
    entry = {"service": "db", "file": "/x"}
    manifest = {"id": "20261123T030000Z-3f9a", "configuration": {"snapshot": "c" * 64}, "roles": [entry]}
    for text in (json.dumps(saved), "{"):
        with pytest.raises(
            client.DatabaseError, match="20261123T030000Z-3f9a cannot be relied on: what it holds of the roles"
        ):
            roles_of_point(Holding(text), manifest, "db")
    good = {"roles": [ROLE], "members": [["a", "b", True]], "settings": [["a", "", "search_path=public"]]}
    assert roles_of_point(Holding(json.dumps(good)), manifest, "db") == good


@pytest.mark.parametrize(
    ("database", "name"),
    [
        ("immich", "db.immich.dump"),
        ("a/b", "db.a%2Fb.dump"),
        ("../x", "db...%2Fx.dump"),
        ("my data", "db.my data.dump"),
    ],
)
def test_a_database_may_be_called_anything_and_its_dump_is_one_file(database: str, name: str) -> None:
    assert file_name("db", database) == name
