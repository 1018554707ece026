# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the settings of all roles ask of the host, and that a play without a role asks nothing in its name."""

import functools
from typing import Any
from unittest.mock import Mock

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.photosync.vps.plugins.action.preflight_info import ActionModule
from ansible_collections.photosync.vps.plugins.modules.preflight_info import ARGUMENTS
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.request import ASKED, KEPT, asked_of_host
from ansible_collections.photosync.vps.plugins.plugin_utils.role_settings import declared
from catalogue.stacks import resolve

DISK, NAS = "/mnt/disk", "sftp:nas:/x"
BACKED_UP: dict[str, Any] = {
    "backup_enabled": True,
    "backup_repository": DISK,
    "backup_repository_password": "hunter2",
    "backup_copies": [{"name": "nas", "repository": NAS}],
    "backup_restic_binaries": {"amd64": {}},
}


@functools.cache
def catalogue() -> dict[str, Any]:
    return {**resolve(), "wrong_settings": [], "foreign_settings": []}


def asked(wrong: tuple[str, ...] = (), mode: str = "production", **settings: Any) -> dict[str, Any]:
    stack = {**catalogue()["stack"], "mode": mode}
    refused = [{"setting": name} for name in wrong]
    kept = {name: settings[name] for name in KEPT if name in settings}
    options, problems = asked_of_host({**catalogue(), "stack": stack, "wrong_settings": refused}, settings, kept)
    return {**options, "problems": [one["setting"] for one in problems]}


def test_every_setting_that_matters_is_declared_and_every_option_is_one_of_the_modules() -> None:
    assert set(ASKED) <= set(declared())
    assert set(asked(docker_daemon_options={})) - {"problems"} <= set(ARGUMENTS)


def test_a_play_without_the_other_roles_asks_nothing_in_their_name() -> None:
    found = asked()
    assert found["problems"] == []
    assert {found[name] for name in ("docker_source", "docker_version", "adopting")} == {""}
    assert (found["backup_repositories"], found["backup_restic_needed"], found["restoring"]) == ([], False, False)
    assert (found["images"], found["minimums"], found["memory_reserve"], found["free_disk"]) == ([], {}, 0, 0)
    assert "daemon_options" not in found and found["host_settings"] == {}


def test_settings_decide_what_is_asked() -> None:
    found = asked(
        preflight_ask_registries=True,
        preflight_clock_tolerance=7,
        preflight_restoring=True,
        preflight_free_disk="5G",
        preflight_free_disk_later="1M",
        resource_limits_host_reserve="1K",
        docker_source="upstream",
        docker_version="28",
        docker_daemon_options={"ipv6": True},
        resource_limits_fit=True,
    )
    assert found["images"] and found["minimums"]
    assert (found["free_disk"], found["free_disk_later"], found["memory_reserve"]) == (5 * 1024**3, 1024**2, 1024)
    assert (found["clock_tolerance"], found["restoring"]) == (7, True)
    assert (found["docker_source"], found["docker_version"]) == ("upstream", "28")
    assert found["daemon_options"] == {"ipv6": True}


def test_what_other_roles_keep_is_asked_for_unless_it_stands_on_what_is_refused() -> None:
    kept: dict[str, Any] = {"adopt_taken_over": "old", "docker_host_settings": {"docker_version": "28"}}
    assert asked(**kept)["adopting"] == "old"
    assert asked(**kept)["host_settings"] == {"docker_version": "28"}
    assert asked(wrong=("docker_source",), **kept)["host_settings"] == {}


@pytest.mark.parametrize(
    ("settings", "repositories", "restic"),
    [
        ({}, [DISK, NAS], True),
        ({"mode": "development"}, [], True),
        ({"backup_accept_local_only": True}, [], True),
        ({"wrong": ("backup_copies",)}, [DISK], True),
        ({"backup_enabled": False}, [], False),
    ],
    ids=str,
)
def test_where_backups_lie_matters_in_production_and_restic_wherever_there_are_any(
    settings: dict[str, Any], repositories: list[str], restic: bool
) -> None:
    found = asked(**{**BACKED_UP, **settings})
    assert (found["backup_repositories"], found["backup_restic_needed"]) == (repositories, restic)
    assert found["backup_restic_architectures"] == ["amd64"]


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, []),
        ({"backup_repository": ""}, ["backup_repository"]),
        ({"backup_repository": "", "mode": "development"}, []),
        ({"backup_repository": "", "wrong": ("backup_repository",)}, []),
        ({"backup_repository": "", "backup_enabled": False}, []),
        ({"backup_repository_password": ""}, ["backup_repository_password"]),
        ({"backup_repository_password": "", "stack_secrets": {"backup_repository_password": "hunter2"}}, []),
        ({"backup_repository_password": "", "wrong": ("backup_repository_password",)}, []),
    ],
    ids=str,
)
def test_production_has_a_repository_and_its_password(settings: dict[str, Any], missing: list[str]) -> None:
    assert asked(**{**BACKED_UP, **settings})["problems"] == missing


def test_the_report_holds_what_catalogue_settings_host_and_clock_have_against_it_in_this_order() -> None:
    def of(setting: str) -> dict[str, Any]:
        return {"setting": setting, "service": None, "message": "", "fix": ""}

    resolved = {**catalogue(), "problems": [of("of the catalogue")], "foreign_settings": [of("foreign")]}
    given = {
        "inventory_hostname": "web1",
        "catalogue_resolved": resolved,
        "backup_enabled": True,
        "backup_repository_password": "hunter2",
        "preflight_clock_tolerance": 60,
    }
    action = ActionModule(
        task=Mock(args={"stack_name": "photo-sync", "domain": ""}, async_val=0),
        connection=Mock(),
        play_context=Mock(),
        loader=DataLoader(),
        templar=Templar(DataLoader(), given),
        shared_loader_obj=None,
    )
    answer = {
        "host": {"packages": {}, "addresses": []},
        "clock": {"began": 0.0, "ended": 0.0},
        "source": {"known": False, "services": {}},
        "problems": [of("of the host")],
        "notes": [],
    }
    action._execute_module = Mock(return_value=answer)
    found = action.run(task_vars=given)
    assert [one["setting"] for one in found["problems"]] == [
        "of the catalogue",
        "backup_repository",
        "of the host",
        "preflight_clock_tolerance",
    ]
    assert found["notes"] == [of("foreign")]
