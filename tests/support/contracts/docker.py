# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the engine relies on Docker and Docker Compose for."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.building.held import held
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, run
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose, engine, restart_policies
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import image, inspect

from support.contracts.place import Place, refusal
from support.fakes import description

VERSION = r"\d+\.\d+\.\d+.*"


def failed(*argv: str) -> str:
    """What a command says, which has to end with 1."""
    done = run(argv, check=False)
    assert done.rc == 1, done
    return done.stderr.lower()


def up(place: Place, *arguments: str, **changed: Any) -> None:
    """Compose with these arguments, of a release with these changes."""
    described = {**copy.deepcopy(place.described), **changed}
    description.serve(described, description.lay(described))
    compose.Running(place.spec, ["up", "--detach", *arguments]).follow()


def case_versions_are_numbers(_place: Place) -> None:
    assert re.fullmatch(VERSION, engine.version()) and re.fullmatch(VERSION, engine.compose_version())


def case_asking_for_a_volume_makes_none(_place: Place) -> None:
    assert engine.mountpoint("world_nothing") is None
    assert engine.mountpoint("world_nothing") is None
    assert "no such volume" in failed("docker", "volume", "rm", "world_nothing")
    run(["docker", "volume", "rm", "--force", "world_nothing"])


def case_a_volume_is_a_folder_that_is_found_by_its_stack(_place: Place) -> None:
    path = engine.make_volume("contract", "more", "contract_more")
    Path(path, "a.jpg").write_text("one")
    assert engine.make_volume("contract", "more", "contract_more") == path == engine.mountpoint("contract_more")
    listed = ["docker", "volume", "ls", "--quiet", "--filter", f"label={compose.PROJECT_LABEL}=contract"]
    assert run(listed).stdout.split() == ["contract_more"]
    run(["docker", "volume", "rm", "contract_more"])
    assert engine.mountpoint("contract_more") is None and not Path(path).exists()


def case_compose_starts_what_the_release_says(place: Place) -> None:
    place.serve()
    found = place.containers()
    assert set(found) == {"database", "web", "wiki"}
    wanted = {one["name"]: one["config"]["digest"] for one in place.described["services"]}
    for service, container in found.items():
        assert container.healthy and container.config == wanted[service]
        assert re.fullmatch(r"[0-9a-f]{64}", container.id) and container.name == f"world-{service}-1"
    assert engine.mountpoint("world_photos") and engine.running_services("world") == set(found)
    listed = {one["Service"]: one["State"] for one in compose.ps(place.spec)}
    assert listed == dict.fromkeys(found, "running")


def case_compose_leaves_alone_what_is_as_it_should_be(place: Place) -> None:
    place.serve()
    before = place.containers()
    started = compose.started_at([one.id for one in before.values()])
    up(place)
    after = place.containers()
    assert {key: one.id for key, one in after.items()} == {key: one.id for key, one in before.items()}
    assert compose.started_at([one.id for one in after.values()]) == started


def case_compose_makes_anew_what_has_changed_and_only_that(place: Place) -> None:
    place.serve()
    before = place.containers()
    services = copy.deepcopy(place.described["services"])
    services[2]["config"]["digest"] = "another"
    up(place, services=services)
    after = place.containers()
    assert after["wiki"].id != before["wiki"].id and after["wiki"].config == "another"
    assert after["web"].id == before["web"].id and after["database"].id == before["database"].id


def case_compose_removes_what_the_release_has_no_more(place: Place) -> None:
    place.serve()
    services = [one for one in place.described["services"] if one["name"] != "wiki"]
    up(place, services=services)
    assert "wiki" in place.containers()
    up(place, "--remove-orphans", services=services)
    assert "wiki" not in place.containers() and engine.mountpoint("world_pages")


def case_compose_starts_one_service_without_what_it_needs(place: Place) -> None:
    place.serve("database")
    compose.Running(place.spec, ["up", "--detach", "--no-deps", "wiki"]).follow()
    assert set(place.containers()) == {"database", "wiki"}
    compose.Running(place.spec, ["up", "--detach", "web"]).follow()
    assert set(place.containers()) == {"database", "web", "wiki"}


def case_compose_takes_all_away_but_volumes(place: Place) -> None:
    place.serve("wiki")
    compose.Running(place.spec, ["down", "--remove-orphans"]).follow()
    assert place.containers() == {} and engine.mountpoint("world_pages")


def case_compose_says_a_release_in_its_long_form(place: Place) -> None:
    place.serve("wiki")
    asked = compose.argv("config", "--format", "json")
    found = json.loads(run(asked, cwd=compose.folder(place.spec)).stdout)
    assert found["services"]["wiki"]["image"] == place.described["services"][2]["image"]
    (mounted,) = found["services"]["wiki"]["volumes"]
    assert (mounted["type"], mounted["source"], mounted["target"]) == ("volume", "pages", "/srv/pages")
    assert found["volumes"]["pages"]["name"] == "world_pages"
    assert found["services"]["database"]["environment"]["POSTGRES_PASSWORD"] == "for-a-test-alone"


def case_compose_refuses_a_file_that_is_none(place: Place) -> None:
    folder = place.files("broken", **{"compose.yaml": "services: ["})
    assert isinstance(refusal(lambda: run(compose.argv("config", "--quiet"), cwd=folder)), CommandFailed)


def case_what_is_stopped_starts_again_as_the_same_container(place: Place) -> None:
    place.serve("wiki")
    before = place.containers()["wiki"]
    started = compose.started_at([before.id])
    for _time in range(2):
        run(["docker", "stop", "--time", "5", before.id])
    stopped = place.containers()["wiki"]
    assert stopped.state == "exited" and not stopped.healthy and engine.running_services("world") == set()
    run(["docker", "start", before.id])
    run(["docker", "start", before.id])
    again = place.containers()["wiki"]
    assert again.id == before.id and again.state == "running"
    assert compose.started_at([before.id])[before.id] > started[before.id]


def case_a_container_that_is_gone_is_told_or_left_out(place: Place) -> None:
    place.serve("wiki")
    there = place.containers()["wiki"].id
    for command in ("start", "stop", "update --restart always"):
        assert "no such container" in failed("docker", *command.split(), "0" * 64)
    assert [one["Id"] for one in inspect("container", [there, "0" * 64])] == [there]
    assert list(compose.started_at([there, "0" * 64])) == [there]
    assert image("example/of-no-image:1") is None and held("example/of-no-image:1") is None
    assert failed("docker", "exec", "--interactive", "0" * 64, "true")


def case_nothing_is_run_in_what_stands_still(place: Place) -> None:
    place.serve("wiki")
    there = place.containers()["wiki"].id
    run(["docker", "stop", "--time", "5", there])
    assert "is not running" in failed("docker", "exec", "--interactive", there, "true")


def case_a_restart_policy_can_be_given_and_asked_for(place: Place) -> None:
    place.serve("wiki")
    ids = [place.containers()["wiki"].id]
    assert restart_policies.having(restart_policies.UNLESS_STOPPED, ids) == ids
    restart_policies.give(restart_policies.ALWAYS, ids)
    assert restart_policies.having(restart_policies.ALWAYS, ids) == ids
    assert restart_policies.having(restart_policies.UNLESS_STOPPED, ids) == []


def case_containers_of_a_volume_are_found_and_keep_it(place: Place) -> None:
    place.serve("wiki")
    there = place.containers()["wiki"].id
    asked = ["docker", "ps", "--all", "--quiet", "--no-trunc", "--filter", "volume=world_pages"]
    assert run(asked).stdout.split() == [there]
    assert "in use" in failed("docker", "volume", "rm", "world_pages")
    run(["docker", "rm", "--force", "--volumes", there])
    assert run(asked).stdout.split() == [] and engine.mountpoint("world_pages")
    run(["docker", "volume", "rm", "world_pages"])


def case_images_are_known_by_what_they_are_called_and_hold(place: Place) -> None:
    place.serve("wiki")
    reference = place.described["services"][2]["image"]
    found, known = engine.images("world"), held(reference)
    assert found["wiki"]["image"] == reference and "sha256:" in str(found["wiki"]["digest"])
    assert known is not None and known.id == (image(reference) or {})["Id"]
    assert failed("docker", "image", "rm", reference)
    assert failed("docker", "image", "rm", "example/of-no-image:1")


def case_memory_can_be_limited_while_it_runs(place: Place) -> None:
    place.serve("wiki")
    there = place.containers()["wiki"].id
    shown = ["docker", "inspect", "--format", "{{.HostConfig.Memory}} {{.HostConfig.MemorySwap}}", there]
    assert run(shown).stdout.split() == ["0", "0"]
    run(["docker", "update", "--memory", "67108864", "--memory-swap", "134217728", there])
    assert run(shown).stdout.split() == ["67108864", "134217728"]
