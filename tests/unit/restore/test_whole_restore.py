# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restore from its plan to its end: which phases are done when, what stops it, and what it leaves behind."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Optional

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import ownership
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.common import records
from ansible_collections.photosync.vps.plugins.module_utils.restore import (
    context,
    differences,
    phases,
    planning,
    proof,
    safety,
)
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import changed

POINT, NEWER = "20261123T030000Z-3f9a", "20261124T030000Z-0000"
CONFIRM = "photo-sync@web1"
ROWS = {"kind": "rows", "where": "database a/b", "what": "table t", "expected": 5, "found": 4, "message": "rows of t"}
DIGEST = differences.digest([ROWS])
KEPT = {"kind": "point", "name": "20261125T030000Z-bbbb"}
SETTINGS = Settings(repository="/r", password_file="/p", host="web1", extra_paths=[])
# What is done outside of the phases themselves, and noted here.
NOTED = {
    "safety_copy.stop": ["immich"],
    "restart_policies.relax": None,
    "restart_policies.put_back": None,
    "memory.put_back": None,
    "registry.ensure_databases": ["grouping"],
    "databases.drop_old": ["custom-postgres/old"],
    "databases.serve_ahead": None,
    "databases.serve": None,
    "baseline.remember_restored": None,
    "durations.remember": None,
    "run_command": None,
}


class Host:
    """A host on which services, databases and the repository are only noted, and the volume is a folder."""

    def __init__(self, spec: Any, manifest: dict[str, Any], folder: Path, monkeypatch: Any):
        names = ("immich", "web", "custom-postgres")
        services = [{"name": name, "depends_on": [], "databases": []} for name in names]
        volumes = [records.as_json(volume) for volume in spec.volumes if volume.name == "uploads"]
        self.spec = changed(spec, state_dir=str(folder / "state"), services=services, volumes=volumes)
        self.manifest: dict[str, Any] = {**manifest, "roles": []}
        self.volume = folder / "volume" / "_data"
        self.volume.mkdir(parents=True)
        (self.volume / "a.jpg").write_text("old")
        self.did: list[str] = []
        self.found: list[dict[str, Any]] = []
        self.here = ["data"]
        self.running = {"immich", "web", "custom-postgres"}
        self.breaks = ""
        self.complaints: list[str] = []
        for name, result in NOTED.items():
            module, _dot, word = name.rpartition(".")
            monkeypatch.setattr(getattr(phases, module) if module else phases, word, self._noting(name, result))
        filling = self._noting("databases", {"databases": []})
        steps = tuple(replace(step, do=filling) if step.name == "databases" else step for step in restore.STEPS)
        monkeypatch.setattr(restore, "STEPS", steps)
        restic = SimpleNamespace(read_only=False, restore=self._read)
        for module, word, answer in [
            (context, "ensure_installed", "0.18.0"),
            (context, "repository", restic),
            (phases.engine, "running_services", self.running),
            (phases.disk_space, "in_volumes", []),
            (phases.disk_space, "has_room", True),
            (planning.preconditions, "unfit", self.complaints),
            (planning.preconditions, "misfits", []),
            (planning.preconditions, "room", []),
            (planning.preconditions, "data_found", self.here),
            (planning.preview, "report", {"stops": ["immich"], "left_out": []}),
            (phases, "damage", []),
            (phases.before, "volumes", {}),
            (phases.databases, "servers", {}),
            (phases.engine, "make_volume", str(self.volume)),
            (phases.engine, "mountpoint", str(self.volume)),
            (phases, "serve", "healthy"),
            (phases, "healthy", "healthy"),
        ]:
            monkeypatch.setattr(module, word, self._noting(word, answer))
        monkeypatch.setattr(context, "load_manifest", lambda *_given: (self.manifest, self.trees))
        monkeypatch.setattr(proof.compare, "prove", lambda *_given: list(self.found))
        monkeypatch.setattr(safety, "keep", self._noting("safety.keep", KEPT))
        monkeypatch.setattr(ownership, "own", self._noting("ownership.own", {"host": "web0"}))
        containers = [SimpleNamespace(id=f"id of {name}", service=name) for name in ("immich", "web")]
        monkeypatch.setattr(phases.compose, "containers", lambda _stack: containers)

    @property
    def trees(self) -> dict[str, str]:
        parts = [*self.manifest["databases"], *self.manifest["volumes"], self.manifest["configuration"]]
        return {part["snapshot"]: part["tree"] for part in parts}

    @property
    def journal(self) -> Restore:
        return Restore(self.spec.state_dir, POINT)

    def _noting(self, what: str, result: Any) -> Any:
        def note(*_given: Any, **_named: Any) -> Any:
            self.did.append(what)
            if what == self.breaks:
                raise OSError(f"{what} broke")
            return result[:] if isinstance(result, list) else result

        return note

    def _read(self, _snapshot: str, _path: str, target: str, *_on_bytes: Any) -> None:
        self.did.append(f"read into {os.path.basename(target)}")
        os.makedirs(target, exist_ok=True)
        Path(target, "a.jpg").write_text("new")

    def run(self, phase: str, confirm: Optional[str] = CONFIRM, point: str = POINT, **named: Any) -> dict[str, Any]:
        """One phase; what it did is noted anew."""
        self.did.clear()
        done = restore.run([phase], self.spec, SETTINGS, Asked(point, confirm, **named), print)
        return {"point": done.point, "changed": done.changed, "result": done.results[phase]}

    def refused(self, phase: str, **named: Any) -> str:
        """Why a phase is not done; empty where it is."""
        try:
            self.run(phase, **named)
        except PointError as error:
            return str(error) or "without a word"
        return ""

    def up_to(self, last: str, only: tuple[str, ...] = (), asked: str = POINT) -> None:
        """All phases before this one."""
        for phase in restore.ORDER[: restore.ORDER.index(last)]:
            if phase == "start" and not only:
                self.running.update({"immich", "web"})
            self.run(phase, only=only, point=asked if phase in ("plan", "verify") else POINT)
            if phase == "stop":
                self.running -= {"immich", *(() if only else ("web",))}


@pytest.fixture
def host(spec: Any, manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any) -> Host:
    return Host(spec, manifest, tmp_path, monkeypatch)


def whole_of(host: Host, only: tuple[str, ...] = (), accept: str = "") -> dict[str, Any]:
    host.did.clear()
    host.running -= {"immich", "web"}
    return restore.restore(host.spec, SETTINGS, Asked(POINT, CONFIRM, only, accept=accept), print)


@pytest.mark.parametrize(("only", "fenced"), [((), "web0"), (("files",), ""), (("immich", "databases"), "")])
def test_the_host_before_is_fenced_out_by_a_whole_restore_and_by_no_part(
    host: Host, only: tuple[str, ...], fenced: str
) -> None:
    done = whole_of(host, only)
    assert (done["fenced"], "ownership.own" in host.did) == (fenced, not only)
    assert host.did.index("safety.keep") < host.did.index("safety_copy.stop") < host.did.index("databases")
    assert {"databases.drop_old", "memory.put_back", "restart_policies.put_back"} <= set(host.did)
    assert done["safety"] == KEPT
    assert [path.name for path in host.volume.parent.iterdir()] == ["_data"], "what was set aside is gone"
    assert (host.volume / "a.jpg").read_text() == "new"
    assert not host.journal.allowed and not host.journal.half


@pytest.mark.parametrize(
    ("known", "owned", "fenced"),
    [
        (False, {"host": "web0"}, "web0"),
        (True, {"host": "web0"}, "web0"),
        (False, {"host": ""}, "web1"),
        (True, {"host": ""}, ""),
        (False, None, ""),
    ],
)
def test_who_made_points_before_is_named_where_it_was_another(
    host: Host, monkeypatch: Any, known: bool, owned: Any, fenced: str
) -> None:
    monkeypatch.setattr(ownership, "own", lambda *_given: owned)
    monkeypatch.setattr(ownership, "is_known", lambda *_given: known)
    assert whole_of(host)["fenced"] == fenced


@pytest.mark.parametrize("last", ["safety", "stop", "files", "databases", "credentials", "start", "finish"])
def test_no_phase_is_done_before_the_plan_has_allowed_it(host: Host, last: str) -> None:
    with pytest.raises(PointError, match=f"{last} was not allowed yet: the phase plan comes first"):
        host.run(last)
    with pytest.raises(planning.Unconfirmed, match="To replace it say restore_confirm=photo-sync@web1") as error:
        host.run("plan", confirm="photo-sync@web2")
    assert error.value.report["replaces"] == ["data"]
    host.spec = changed(host.spec, bare=True)
    with pytest.raises(PointError, match=f"{last} needs a release on this host"):
        host.run(last)


def test_a_restore_is_not_finished_without_its_proof(host: Host) -> None:
    host.up_to("prove")
    unproved = "is not proved yet: the phase prove comes first"
    assert unproved in host.refused("finish")
    assert not {"ownership.own", "databases.drop_old"} & set(host.did)
    assert host.journal.half, "and goes on"
    host.found = [ROWS]
    assert "rows of t" in host.refused("prove") and unproved in host.refused("finish")
    host.found = []
    assert host.refused("prove", accept=DIGEST) == "", "no difference is nothing to accept"
    assert host.refused("finish") == ""


def test_every_phase_has_its_turn() -> None:
    assert restore.ORDER.index("safety") < restore.ORDER.index("stop") < restore.ORDER.index("files")
    assert restore.ORDER.index("prove") < restore.ORDER.index("start") < restore.ORDER.index("finish")


@pytest.mark.parametrize("phase", ["verify", "safety", "stop", "files", "databases", "credentials", "start"])
def test_a_phase_that_is_finished_is_not_repeated(host: Host, phase: str) -> None:
    host.up_to(phase)
    assert host.run(phase, dry_run=True)["changed"] is (phase != "verify")
    first = host.run(phase)
    assert first["changed"] is (phase != "verify")
    again = host.run(phase)
    assert (again["changed"], again["result"]) == (False, first["result"])
    assert set(host.did) <= {"ensure_installed", "repository"}


@pytest.mark.parametrize(
    ("left", "serves", "resumed"), [("databases", False, True), ("databases", True, False), ("prove", True, True)]
)
def test_what_broke_off_is_gone_on_with_unless_services_have_written_into_half_of_it(
    host: Host, left: str, serves: bool, resumed: bool
) -> None:
    host.up_to(left)
    host.running.update({"immich", "web"} if serves else ())
    if resumed:
        assert host.run("plan", confirm=None)["result"]["resumed"]
    else:
        with pytest.raises(planning.Unconfirmed):
            host.run("plan", confirm=None)
    assert host.run("plan")["result"]["resumed"] is resumed
    assert (host.journal.result("files") is not None) is resumed
    assert host.journal.result("plan")["running"] == sorted(("immich", "web", "custom-postgres"))


def test_a_part_is_not_gone_on_with_as_another_and_a_plan_that_only_looks_notes_nothing(host: Host) -> None:
    host.run("plan", dry_run=True)
    assert not host.journal.allowed
    host.up_to("files", ("files",))
    assert not host.run("plan", only=("databases",), dry_run=True)["result"]["resumed"]
    assert host.run("plan", only=("files",))["result"]["resumed"]


@pytest.mark.parametrize(
    ("phase", "only", "again"),
    [
        ("safety_copy.stop", (), True),
        ("safety_copy.stop", ("files",), True),
        ("databases", ("files", "databases"), True),
        ("databases", (), False),
    ],
)
def test_what_may_serve_after_a_failure_is_started_again(
    host: Host, phase: str, only: tuple[str, ...], again: bool
) -> None:
    name = {"safety_copy.stop": "stop"}.get(phase, phase)
    host.up_to(name, only)
    host.breaks = phase
    with pytest.raises(PointError, match=f"{phase} broke") as error:
        host.run(name, only=only)
    assert ("run_command" in host.did, "started again: immich" in str(error.value)) == (again, again)
    assert ("nothing that was here has been replaced" in str(error.value)) is (name == "stop")
    assert (host.journal.result("stop") is None) is again


def test_differences_end_it_until_exactly_these_are_accepted(host: Host) -> None:
    host.up_to("prove", asked="latest")
    host.found = [ROWS]
    with pytest.raises(differences.Disproved, match="(?s)rows of t.*--accept-differences") as error:
        host.run("prove")
    host.manifest["id"] = NEWER
    with pytest.raises(PointError, match=f"{DIGEST} is not what the last proof of {NEWER}"):
        host.run("plan", accept=DIGEST, point=NEWER)
    assert host.run("plan", confirm=None, accept=DIGEST, point="latest")["point"] == POINT, "as asked for then"
    host.manifest["id"] = POINT
    assert host.journal.differences == [ROWS] and error.value.result["digest"] == DIGEST
    with pytest.raises(PointError, match="another is not what the last proof"):
        host.run("plan", accept="another")
    assert host.run("plan", confirm=None, accept=DIGEST)["result"]["resumed"]
    assert host.run("stop", accept=DIGEST)["changed"] is False
    done = host.run("prove", accept=DIGEST)["result"]
    assert done["accepted"]["digest"] == DIGEST and host.journal.result("prove")["accepted"]["differences"] == [ROWS]
    assert host.run("prove")["result"]["accepted"]["digest"] == DIGEST, "once is enough"
    host.found = [{**ROWS, "found": 3}]
    with pytest.raises(differences.Disproved):
        host.run("prove")


@pytest.mark.parametrize("number", [differences.SHOWN, differences.SHOWN + 1])
def test_a_list_that_is_not_shown_whole_says_where_all_of_it_is(host: Host, number: int) -> None:
    host.up_to("prove")
    host.found = [{**ROWS, "found": one} for one in range(number)]
    with pytest.raises(differences.Disproved) as error:
        host.run("prove")
    assert ("all of them: " in str(error.value)) is (number > differences.SHOWN)
    host.spec = changed(host.spec, drill_of="other")
    assert "rows of t" in (said := host.refused("prove")) and "--accept" not in said, "a drill has no ways on"


def test_differences_of_what_nobody_restored_here_are_told_and_cannot_be_accepted(host: Host) -> None:
    host.found = [ROWS]
    for phases_done in ("plan", "files", "databases"):
        host.up_to(phases_done)
        with pytest.raises(differences.Disproved) as error:
            host.run("prove")
        assert "databases.serve" not in host.did and host.journal.differences == []
        assert "--accept" not in str(error.value)


def test_a_point_that_does_not_fit_is_refused_unless_what_is_here_is_accepted(host: Host) -> None:
    host.complaints.append("no room")
    with pytest.raises(PointError, match=f"cannot restore {POINT}: no room"):
        host.run("plan")
    host.complaints.clear()
    host.up_to("prove")
    host.found = [ROWS]
    with pytest.raises(differences.Disproved):
        host.run("prove")
    host.complaints.append("no room")
    assert host.run("plan", accept=DIGEST)["result"]["resumed"]


@pytest.mark.parametrize(
    ("damaged", "unlike", "unread", "said"),
    [
        ([], [], ["never read"], ""),
        (["pack 1"], [], [], ""),
        (["pack 1"], [], ["/a"], "pack 1; /a"),
        (["pack 1"], ["a tree"], ["/a"], "a tree"),
    ],
)
def test_a_repository_that_is_damaged_elsewhere_keeps_no_good_point_from_being_restored(
    host: Host, monkeypatch: Any, damaged: list[str], unlike: list[str], unread: list[str], said: str
) -> None:
    for name, found in (("damage", damaged), ("unlike", unlike), ("unread", unread)):
        monkeypatch.setattr(phases, name, lambda *_given, found=found: list(found))
    host.run("plan")
    if said:
        with pytest.raises(PointError, match=f"cannot be relied on: {said}\n"):
            host.run("verify")
    else:
        assert host.run("verify")["result"] == {"parts": 4, "unlocked": False}


def test_the_configuration_is_laid_aside_and_replaces_nothing(host: Host) -> None:
    done = whole_of(host, ("configuration",))
    folder = Path(host.spec.state_dir, "restore", f"{POINT}.configuration")
    assert (folder / "etc" / "photo-sync" / "a.jpg").exists()
    assert (host.volume / "a.jpg").read_text() == "old" and done["fenced"] == ""


def test_a_volume_on_a_full_disk_is_written_over_what_was_there(host: Host, monkeypatch: Any) -> None:
    monkeypatch.setattr(phases.disk_space, "has_room", lambda *_given: False)
    host.up_to("files")
    done = host.run("files")
    assert done["result"] == {"volumes": {"uploads": "written over what was there"}}
    assert [one for one in host.did if one.startswith("read")] == ["read into _data"] and host.journal.replaced


def test_what_a_restore_that_nobody_went_on_with_has_left_makes_room_first(host: Host) -> None:
    left = host.volume.parent / "_data.restore-20261101T030000Z-0000"
    left.mkdir()
    host.up_to("files")
    assert left.exists()
    host.run("files")
    assert sorted(path.name for path in host.volume.parent.iterdir()) == ["_data", f"_data.before-{POINT}"]


@pytest.mark.parametrize(
    ("services", "started", "made"),
    [(["immich"], ["id of immich"], []), (["web", "gone"], ["id of web"], ["gone"]), (["gone"], [], ["gone"])],
)
def test_what_stood_still_is_started_as_it_is_and_only_what_somebody_removed_is_made(
    host: Host, monkeypatch: Any, services: list[str], started: list[str], made: list[str]
) -> None:
    said: list[list[str]] = []
    monkeypatch.setattr(phases, "run_command", said.append)
    monkeypatch.setattr(
        phases.compose, "Running", lambda _target, words: SimpleNamespace(follow=lambda: said.append(words))
    )
    assert phases.start_again(host.spec, services) == services
    assert said == [
        *([["docker", "start", *started]] if started else []),
        *([["up", "--detach", "--no-deps", *made]] if made else []),
    ]
