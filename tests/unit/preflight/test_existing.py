# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployment by today's scripts is found whatever is left of it; a stranger's project is not mistaken for one."""

from dataclasses import replace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.host.engine import Engine
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Listener, Port
from ansible_collections.photosync.vps.plugins.module_utils.preflight import existing
from ansible_collections.photosync.vps.plugins.module_utils.preflight.checks import problems_of
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Host, Request
from ansible_collections.photosync.vps.plugins.module_utils.preflight.reading import half_restored
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.request import preflight_request
from catalogue.stacks import resolve

MIB = 1024 * 1024
TRIXIE = {"id": "debian", "version": "13", "name": "Debian GNU/Linux 13 (trixie)"}
VOLUMES = ("immich-data", "immich-ml-cache", "immich-pgdata", "custom-pgdata", "caddy_data", "caddy_config")
SERVICES = ("caddy", "web-ui", "api-gateway", "immich-server", "immich-postgres", "custom-postgres")


def names():
    """The volumes that hold photo-sync's data, as the default catalogue says."""
    return preflight_request(resolve())["volumes"]


def containers(project, state="running", folder="/srv/photo-sync"):
    """What the engine lists of a deployment by today's scripts; only caddy publishes ports."""
    files = f"{folder}/docker-compose.yml,{folder}/docker-compose.prod.yml"
    labels = {existing.PROJECT: project, existing.FOLDER: folder, existing.FILES: files}
    ports = [{"PublicPort": 80, "Type": "tcp", "IP": "0.0.0.0"}, {"PublicPort": 80, "Type": "tcp", "IP": "::"}]
    return [
        {
            "Names": [f"/{service.replace('-', '_')}"],
            "State": state,
            "Labels": labels,
            "Ports": (ports if service == "caddy" and state == "running" else []) + [{"PrivatePort": 1, "Type": "tcp"}],
        }
        for service in SERVICES
    ]


def volumes(project, wanted=VOLUMES, labels=True):
    """What the engine lists of its volumes."""
    found = {name: {existing.PROJECT: project, existing.VOLUME: name} if labels else None for name in wanted}
    return [{"Name": f"{project}_{name}", "Labels": labelled} for name, labelled in found.items()]


def networks(project):
    """What the engine lists of its network, and of its own."""
    return [{"Name": "photo-sync-network", "Labels": {existing.PROJECT: project}}, {"Name": "bridge", "Labels": {}}]


def only(found):
    """The one project that there is."""
    assert len(found) == 1, found
    return found[0]


def refusals(found, stack="photo-sync", **changes):
    """What the preflight says of a host with these projects."""
    ports = (Port("caddy", 80),)
    request = replace(Request(stack=stack, ports=ports, volumes=tuple(names())), **changes)
    held = tuple(Listener(80, "tcp", "0.0.0.0", container="caddy", project=one.project) for one in found)
    engine = Engine(installed=True, source="upstream", compose_version="2.40.0", published=held)
    host = Host(distribution=TRIXIE, memory_bytes=1, engine=engine, existing=tuple(found))
    return problems_of(request, host)


def test_the_data_of_the_default_stack_is_known_by_three_volumes():
    assert names() == ["custom-pgdata", "immich-data", "immich-pgdata"]


def test_a_running_deployment_is_found_with_folder_files_containers_volumes_network_and_ports():
    found = only(
        existing.projects(containers("photo-sync"), volumes("photo-sync"), networks("photo-sync"), names()),
    )
    assert found.folder == "/srv/photo-sync"
    assert [name.rsplit("/", 1)[1] for name in found.files] == ["docker-compose.yml", "docker-compose.prod.yml"]
    assert ("immich_postgres", "running") in found.containers
    assert found.volumes["immich-pgdata"] == "photo-sync_immich-pgdata"
    assert found.networks == ("photo-sync-network",)
    assert found.ports == ("80/tcp",)


def test_one_problem_names_all_of_it_and_what_to_do():
    found = only(existing.projects(containers("photo-sync"), volumes("photo-sync"), networks("photo-sync"), names()))
    problem = only(refusals([replace(found, bytes={"photo-sync_immich-data": 3 * MIB})]))
    for word in (
        "Compose project photo-sync in /srv/photo-sync (docker-compose.yml, docker-compose.prod.yml)",
        "immich_server (running)",
        "photo-sync_immich-data (3.0 MiB)",
        "photo-sync-network",
        "80/tcp",
    ):
        assert word in problem["message"]
    assert "photosync.vps.adopt" in problem["fix"] and "stack_name" in problem["fix"]


@pytest.mark.parametrize("project", ["photo-sync", "photosync", "server"])
def test_it_is_found_under_any_name_running_or_stopped_or_when_only_its_volumes_are_left(project):
    left = volumes(project)
    for state in (containers(project), containers(project, "exited"), []):
        found = only(existing.projects(state, left, [], names()))
        assert existing.is_alike(found, "photo-sync", names())
        assert not existing.is_own(found, released=False)
        assert only(refusals([found]))["setting"] == "stack_name"


BLOG = ("caddy_data", "caddy_config", "pgdata", "immich-data")


@pytest.mark.parametrize(
    ("held", "stack", "alike"),
    [
        (([], volumes("server", labels=False), []), "photo-sync", True),
        (([], [], networks("photo-sync")), "photo-sync", True),
        (([], [], networks("photo-sync")), "photos", False),
        ((containers("blog"), volumes("blog", BLOG), []), "photo-sync", False),
    ],
    ids=[
        "volumes by their names",
        "a network of its name",
        "a network of another",
        "a stranger's volumes of such names",
    ],
)
def test_what_is_left_is_known_and_a_strangers_project_is_none_of_our_business(held, stack, alike):
    assert existing.is_alike(only(existing.projects(*held, names())), stack, names()) is alike


@pytest.mark.parametrize(
    ("project", "folder", "released", "own"),
    [
        ("photo-sync", "/opt/photo-sync/current", True, True),
        ("photo-sync", "/opt/photo-sync/releases/0123456789ab", True, True),
        ("photo-sync", "", True, True),
        ("album", "/opt/album/current", True, True),
        ("photo-sync", "/opt/photo-sync", False, False),
    ],
    ids=["by its release", "by an older one", "by its volumes", "another stack", "a checkout in the stack's folder"],
)
def test_what_this_collection_deployed_is_its_own(project, folder, released, own):
    held = containers(project, folder=folder) if folder else []
    found = only(existing.projects(held, volumes(project), [], names()))
    assert existing.is_alike(found, "photo-sync", names())
    assert existing.is_own(found, released=released) is own


def test_nobody_is_refused_while_taking_that_deployment_over():
    found = existing.projects(containers("server"), volumes("server"), [], names())
    assert refusals(found, adopting="server") == []
    assert refusals(found, adopting="another") != []


def test_a_take_over_that_broke_off_is_told_and_not_built_upon():
    host = Host(distribution=TRIXIE, unfinished=True, deployed=True)
    problem = only(problems_of(Request(stack="photo-sync"), host))
    assert "not finished" in problem["message"] and "photosync.vps.adopt" in problem["fix"]


def test_a_restore_that_is_half_done_stands_in_the_way_of_everything_but_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(unfinished, "state_dir_of", lambda stack: str(tmp_path / stack))
    assert half_restored("photo-sync") == []
    journal = Restore(str(tmp_path / "photo-sync"), "20261123T030000Z-3f9a")
    journal.know(host="web1", before={"kind": "cold", "name": "cold-1"}, replaced=True)
    host = Host(distribution=TRIXIE, deployed=True, half_restored=tuple(half_restored("photo-sync")))
    problem = only(problems_of(Request(stack="photo-sync"), host))
    assert "the restore of 20261123T030000Z-3f9a has not ended well yet" in problem["message"]
    assert "photo-sync restore 20261123T030000Z-3f9a --confirm" in problem["fix"]
    assert "photo-sync restore --abandon --confirm photo-sync@web1" in problem["fix"]
    assert problems_of(Request(stack="photo-sync", restoring=True), host) == []
    journal.disproved([{"kind": "rows", "message": "rows of t"}], "3f6c1d20a8be")
    host = Host(distribution=TRIXIE, deployed=True, half_restored=tuple(half_restored("photo-sync")))
    problem = only(problems_of(Request(stack="photo-sync"), host))
    assert problem["message"].endswith("found differences (3f6c1d20a8be)\n  rows of t")
    assert [line.rpartition(": ")[0] for line in problem["fix"].splitlines()[1:]] == [
        "to accept exactly these (1) and start",
        "to begin it anew",
        "to go back to what was here before (kept as the copy cold-1)",
    ]
    host = Host(distribution=TRIXIE, deployed=True, half_restored=("the restore goes on right now",))
    assert only(problems_of(Request(stack="photo-sync"), host))["fix"] == "wait until it has ended"
