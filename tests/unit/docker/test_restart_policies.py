# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a restore stops stays so when the machine starts anew, and is started by the engine again afterwards."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.docker import restart_policies
from ansible_collections.photosync.vps.plugins.module_utils.restore import phases, safety_copy
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import make_spec

CONTAINERS = {"1" * 64: "web", "2" * 64: "bystander", "3" * 64: "caddy"}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The restart policies of an engine's containers."""
    kept = {"1" * 64: "always", "2" * 64: "always", "3" * 64: "unless-stopped"}

    def run(argv: list[str]) -> Any:
        if argv[1] == "update":
            kept.update(dict.fromkeys(argv[4:], argv[3]))
        return SimpleNamespace(stdout="".join(f"{one} {kept[one]}\n" for one in argv[4:] if one in kept))

    monkeypatch.setattr(restart_policies, "run", run)
    monkeypatch.setattr(phases, "run_command", lambda _argv: None)
    monkeypatch.setattr(safety_copy, "stop", lambda _stack, services: sorted(services))
    there = [SimpleNamespace(id=one, service=name) for one, name in CONTAINERS.items()]
    monkeypatch.setattr(restart_policies.compose, "containers", lambda _stack: there)
    return kept


def test_what_a_restore_stops_is_not_started_by_a_machine_that_starts_anew(
    engine: dict[str, str], tmp_path: Path
) -> None:
    spec = make_spec(stack="small", state_dir=str(tmp_path))
    work = SimpleNamespace(target=spec, stack="small", concerned={"web", "caddy"})
    before = dict(engine)
    for _time in range(2):
        phases.stop(work)
        assert engine == {**before, "1" * 64: "unless-stopped"}, "the others go on as they are"
    phases.start_again(spec, ["web"])
    assert engine == before
    phases.start_again(spec, ["web"])
    assert engine == before and not list(tmp_path.glob("restart*"))


def test_what_a_deployment_has_started_for_a_restore_gets_its_policy_back_at_the_end(
    engine: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = dict(engine)
    spec = make_spec(stack="small", state_dir=str(tmp_path))
    journal = Restore(spec.state_dir, "20261123T030000Z-3f9a")
    journal.begin()
    journal.note("prove", {"compared": {}})
    manifest = {"id": journal.point, "databases": [], "volumes": []}
    work = SimpleNamespace(target=spec, stack="small", concerned={"web"}, journal=journal, manifest=manifest)
    work.only = ["files"]
    phases.stop(work)
    assert engine != before
    for module, name in (
        (phases.baseline, "remember_restored"),
        (phases.durations, "remember"),
        (phases, "close_others"),
    ):
        monkeypatch.setattr(module, name, lambda *_given: None)
    phases.finish(work)
    assert engine == before
