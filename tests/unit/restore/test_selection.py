# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A part of a point is what somebody names, and concerns no other service."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common import records
from ansible_collections.photosync.vps.plugins.module_utils.restore import selection
from support.specs import changed, make_spec


@pytest.fixture
def stack(spec: dict[str, Any]) -> dict[str, Any]:
    """A front with certificates, a library on one database, and two services that share a server."""
    certificates = {"name": "caddy_data", "docker_name": "x", "services": ["caddy"], "backup": "files"}
    return changed(
        spec,
        services=[
            {"name": "caddy", "depends_on": ["immich"], "databases": []},
            {"name": "immich", "depends_on": [], "databases": []},
            {
                "name": "grouping",
                "depends_on": ["custom-postgres"],
                "databases": [{"server": "custom-postgres", "name": "grouping"}],
            },
            {
                "name": "dedup",
                "depends_on": ["custom-postgres"],
                "databases": [{"server": "custom-postgres", "name": "dedup"}],
            },
            {"name": "reports", "depends_on": ["custom-postgres"], "databases": []},
            {"name": "custom-postgres", "depends_on": [], "databases": []},
        ],
        volumes=[*records.as_json(spec)["volumes"], certificates],
        entry_point={"service": "caddy", "config_dir": "/opt"},
    )


@pytest.fixture
def point(manifest: dict[str, Any]) -> dict[str, Any]:
    return {**manifest, "volumes": [*manifest["volumes"], {**manifest["volumes"][0], "name": "caddy_data"}]}


@pytest.mark.parametrize(
    ("only", "databases", "volumes", "stops"),
    [
        (["databases"], ["grouping", "dedup"], [], ["dedup", "grouping", "reports"]),
        (["files"], [], ["uploads"], ["immich"]),
        (["certificates"], [], ["caddy_data"], ["caddy"]),
        (["caddy"], [], ["caddy_data"], ["caddy"]),
        (["grouping"], ["grouping"], [], ["grouping", "reports"]),
        (["custom-postgres"], ["grouping", "dedup"], [], ["dedup", "grouping", "reports"]),
        (["files, grouping"], ["grouping"], ["uploads"], ["grouping", "immich", "reports"]),
        (["configuration"], [], [], []),
    ],
)
def test_only_what_is_named_is_taken_and_only_who_uses_it_is_stopped(
    stack: dict[str, Any],
    point: dict[str, Any],
    only: list[str],
    databases: list[str],
    volumes: list[str],
    stops: list[str],
) -> None:
    narrowed = selection.narrow(point, stack, only)
    assert [part["database"] for part in narrowed["databases"]] == databases
    assert [part["name"] for part in narrowed["volumes"]] == volumes
    assert sorted(selection.concerned(stack, narrowed)) == stops


def test_a_database_that_nobody_declares_concerns_every_service_that_depends_on_its_server(
    stack: dict[str, Any], point: dict[str, Any]
) -> None:
    notes = {**point["databases"][0], "database": "notes"}
    narrowed = selection.narrow({**point, "databases": [*point["databases"], notes]}, stack, ["databases"])
    assert [part["database"] for part in narrowed["databases"]] == ["grouping", "dedup", "notes"]
    only_it = {**narrowed, "databases": [notes]}
    assert sorted(selection.concerned(stack, only_it)) == ["dedup", "grouping", "reports"]


def test_a_whole_point_concerns_everything(stack: dict[str, Any], point: dict[str, Any]) -> None:
    whole = selection.narrow(point, stack, [])
    assert whole == {**point, "only": []}
    assert len(selection.concerned(stack, whole)) == len(stack.services)


@pytest.mark.parametrize(
    ("only", "said"),
    [
        (["photos"], "photos is neither a part nor a service of this stack; parts: databases, .*; services: caddy, "),
        (["dedup", "reports"], "holds nothing of reports"),
    ],
)
def test_a_part_that_is_none_is_refused(
    stack: dict[str, Any], point: dict[str, Any], only: list[str], said: str
) -> None:
    with pytest.raises(PointError, match=said):
        selection.narrow(point, stack, only)


def test_a_part_needs_a_release_to_go_to(point: dict[str, Any]) -> None:
    with pytest.raises(PointError, match="only where the stack is deployed"):
        selection.narrow(point, make_spec(bare=True), ["files"])
