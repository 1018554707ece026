# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployment by today's scripts is refused, and then taken over with its data where it lies, or left as it was."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from integration.adopt.conftest import CONFIRMED, NEW, OLD, VARIABLES, Today, deploy, digest, files, tree, until
from support.throwaway import Machine

PASSWORDS = ("the-old-password-of-immich", "the old password of custom")


def broken() -> dict[str, Any]:
    """The stack with a service that never turns healthy."""
    unwell = {"test": ["CMD", "false"], "interval": "1s", "start_period": "1s", "retries": 1}
    changed = [
        {**entry, "healthcheck": unwell} if entry["name"] == "dedup-service" else entry
        for entry in VARIABLES["catalogue_services"]
    ]
    return {**CONFIRMED, "catalogue_services": changed, "stack_health_timeout": 20}


def data(vps: Machine, servers: tuple[str, str]) -> list[str]:
    """Every row, every uploaded file, and the account for certificates."""
    uploads, caddy = files(vps, "photo-sync_immich-data"), files(vps, "photo-sync_caddy_data")
    return [digest(vps, *servers), uploads, *(line for line in caddy.splitlines() if "account" in line)]


@pytest.fixture(scope="module")
def old(vps: Machine) -> Iterator[Today]:
    """One deployment for all tests here, in their order: each leaves it as it was, until one takes it over."""
    yield deploy(vps, "/srv/photo-sync")


@pytest.fixture(scope="module")
def before(vps: Machine, old: Today) -> list[str]:
    """Its rows and its files."""
    return data(vps, OLD)


@pytest.fixture(scope="module")
def adopted(vps: Machine, before: list[str]) -> str:
    """What the playbook says that takes it over."""
    played = vps.play("adopt", CONFIRMED)
    assert played.rc == 0, played.output
    return played.output


def test_site_refuses_and_names_what_it_found_and_changes_nothing(vps: Machine, before: list[str]) -> None:
    was = tree(vps)
    refused = vps.play("site", {"stack_domain": "photos.my-family.test", "stack_media_path": "/mnt/nas/photos"})
    assert refused.rc != 0
    assert "1 problem. Nothing was changed." in refused.output
    for word in ("Compose project photo-sync in /srv/photo-sync", "immich_server (running)", "80/tcp"):
        assert word in refused.output
    for word in ("photo-sync_immich-pgdata (", "photo-sync-network", "photosync.vps.adopt", "another stack_name"):
        assert word in refused.output
    assert tree(vps) == was


def test_adopt_only_says_what_it_would_do_unless_it_is_confirmed(vps: Machine, before: list[str]) -> None:
    was = tree(vps)
    for asked, rc in (({}, 0), ({"adopt_confirm": "photo-sync@elsewhere"}, 2)):
        looked = vps.play("adopt", asked)
        assert looked.rc == rc, looked.output
        assert "immich-pgdata: photo-sync_immich-pgdata" in looked.output
        assert "stack_domain: photos.my-family.test (.env.prod)" in looked.output
        assert "stack_media_path: /mnt/nas/photos (mounted" in looked.output
        assert [word for word in PASSWORDS if word in looked.output] == []
    assert vps.play("adopt", CONFIRMED, "--check").changed == 0
    assert tree(vps) == was


def test_the_old_deployment_runs_again_when_the_stack_does_not_turn_healthy(vps: Machine, before: list[str]) -> None:
    volumes = vps.sh("docker volume ls -q")
    failed = vps.play("adopt", broken())
    assert failed.rc != 0
    assert "Look here first: dedup-service" in failed.output
    assert "The old deployment runs again" in failed.output
    assert data(vps, OLD) == before
    names = vps.sh("docker ps --format '{{.Names}} {{.Image}}' | sort").splitlines()
    assert "immich_server depot.test:5000/photosync/immich-server:1" in names
    assert len(names) == 7 and not any(name.startswith("photo-sync-") for name in names)
    assert vps.sh("docker volume ls -q") == volumes
    # Its services reach their databases with their own password, and visitors reach it.
    page = until(vps, "curl -fs http://127.0.0.1/api/assets")
    assert len(json.loads(page)) == 200


def test_it_can_still_be_run_by_its_own_scripts_then(vps: Machine, old: Today) -> None:
    ids = vps.sh("docker ps -q --no-trunc")
    old.compose("up --detach")
    assert vps.sh("docker ps -q --no-trunc") == ids


def test_rows_and_files_are_the_same_and_none_was_copied(vps: Machine, before: list[str], adopted: str) -> None:
    assert data(vps, NEW) == before
    assert "filled from dumps: none" in adopted


def test_the_site_answers_under_the_domain_of_before(vps: Machine, adopted: str) -> None:
    resolve = "--resolve photos.my-family.test:443:127.0.0.1"
    said = vps.sh(f"curl -fsk {resolve} https://photos.my-family.test/api/assets")
    assert len(json.loads(said)) == 200


def test_nothing_of_the_old_deployment_is_left_but_its_folder_with_a_note(vps: Machine, adopted: str) -> None:
    containers = vps.sh("docker ps -a --format '{{.Names}}'").split()
    assert len(containers) == 7 and all(name.startswith("photo-sync-") for name in containers)
    assert "photo-sync-network" not in vps.sh("docker network ls")
    assert "taken over" in vps.sh("cat /srv/photo-sync/TAKEN-OVER.txt")
    assert "docker-compose.yml" in vps.sh("ls /srv/photo-sync")


def test_a_safety_copy_is_kept_where_only_root_looks(vps: Machine, adopted: str) -> None:
    folder = "/var/lib/photo-sync/adopted"
    assert folder in adopted
    found = vps.sh(f"cd {folder}; find . -printf '%m %u %P\\n' | sort")
    assert "700 root \n" in found
    for name in ("settings/.env.prod", "settings/docker-compose.yml", "dumps/immich-postgres-immich.dump"):
        assert f"600 root {name}\n" in found
    assert "unfinished.json" not in found
    listed = f"docker exec -i {NEW[0]} pg_restore --list <{folder}/dumps/immich-postgres-immich.dump"
    assert "TABLE DATA public asset" in vps.sh(listed)


def test_neither_output_nor_inventory_nor_host_shows_an_old_password(vps: Machine, adopted: str) -> None:
    written = (vps.folder / "inventory" / "host_vars" / vps.name / "adopted.yml").read_text(encoding="utf-8")
    for word in PASSWORDS:
        assert word not in adopted + written
        assert vps.sh(f"grep -rl '{word}' /opt/photo-sync /etc /var/lib/photo-sync || true").split() == [
            "/var/lib/photo-sync/adopted/settings/.env.prod"
        ]


def test_the_inventory_knows_the_settings_and_site_has_nothing_left_to_do(vps: Machine, adopted: str) -> None:
    again = vps.play("site")
    assert (again.rc, again.changed) == (0, 0), again.output


def test_taking_over_once_more_changes_nothing(vps: Machine, adopted: str) -> None:
    again = vps.play("adopt", CONFIRMED)
    assert (again.rc, again.changed) == (0, 0), again.output
    assert "deployed on this host already" in again.output


def test_the_first_restore_point_holds_the_data(vps: Machine, adopted: str) -> None:
    points = json.loads(vps.sh("photo-sync points --json"))
    assert [point["complete"] for point in points] == [True]
    said = json.loads(vps.sh("photo-sync verify --json 2>/dev/null"))
    assert (said["point"], said["ok"], said["problems"]) == (points[0]["id"], True, [])
    assert sorted(said["dumps_read"]) == [
        "custom-postgres/deduplication",
        "custom-postgres/grouping",
        "immich-postgres/immich",
    ]
