# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployment ends with the new release healthy, or with the one before serving again, or left as it is and told."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.deploy import rollout, stage
from ansible_collections.photosync.vps.plugins.module_utils.deploy.content import ReleaseFile
from ansible_collections.photosync.vps.plugins.module_utils.deploy.history import FAILED, HEALTHY, ROLLED_BACK, History
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import Converged
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import SpecError
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore

POINT = "20261124T030000Z-3f9a"


class Host:
    """Two releases on a host, ``old`` and ``new``; what is not the deployment's own is noted, and breaks where said."""

    def __init__(self, folder, monkeypatch):
        self.layout, self.state = Layout(str(folder / "stack")), str(folder / "state")
        self.history = History(self.state)
        self.did, self.told, self.ill, self.breaks, self.point = [], [], set(), {}, ""
        self.settled, self.seconds = False, []
        self.lay("old", "app:1")
        self.lay("new", "app:2")
        for module, name, answer in [
            ("converge", "up", Converged()),
            ("converge", "settled", lambda: self.settled),
            (
                "images",
                "provide",
                SimpleNamespace(services=[SimpleNamespace(action="pulled", line=lambda: "app: pulled")]),
            ),
            ("clusters", "refuse_misfits", None),
            ("proxy", "validate", None),
            ("safety_backup", "point_before", lambda: self.point),
            ("compose", "containers", []),
        ]:
            monkeypatch.setattr(getattr(rollout, module), name, self._noting(name, answer))
        monkeypatch.setattr(rollout.health_gate, "wait", self._wait)
        monkeypatch.setattr(rollout.release_folders, "run", lambda *_given, **_named: SimpleNamespace(stdout="", rc=0))

    def lay(self, name, image, migrates=False):
        described = {
            "schema": 1,
            "stack": "photos",
            "state_dir": self.state,
            "entry_point": {"service": "caddy", "config_dir": "/etc/caddy"},
            "services": [{"name": "app", "image": image, "migrates_data": migrates}],
            "bases": [{"image": f"photos/base:{name}", "dockerfile": ""}],
        }
        files = [
            ReleaseFile("stack.json", json.dumps(described), 0o600),
            ReleaseFile("Caddyfile", f":80 {name}\n", 0o600),
        ]
        stage.stage(self.layout, name, files)

    def _noting(self, what, answer):
        def note(*_given, **_named):
            self.did.append(what)
            if what in self.breaks:
                raise self.breaks[what]
            return answer() if callable(answer) else answer

        return note

    def _wait(self, _spec, seconds, _tell, _certificate):
        self.did.append("wait")
        self.seconds.append(seconds)
        if self.layout.current_digest() in self.ill:
            raise rollout.health_gate.Unhealthy(f"{self.layout.current_digest()} is ill")
        return {"verdict": "healthy", "msg": ""}

    def serves(self, name, proven=True):
        stage.switch(self.layout, name)
        if proven:
            self.history.note(name, HEALTHY)
            self.history = History(self.state)

    def deploy(self, release="new", **named):
        self.did.clear()
        try:
            return rollout.roll_out(self.layout, rollout.Request(release, **named), self.told.append)
        finally:
            self.history = History(self.state)

    def outcomes(self):
        return [(entry["release"], entry["outcome"]) for entry in self.history.entries]


@pytest.fixture
def host(tmp_path, monkeypatch):
    return Host(tmp_path, monkeypatch)


def test_a_healthy_release_serves_is_proven_and_those_before_go(host):
    host.serves("old")
    for name in ("a", "b"):
        host.lay(name, f"app:{name}")
    done = host.deploy(keep=1)
    assert host.layout.current_digest() == "new" and done.changed and done.switched
    assert host.outcomes() == [("old", HEALTHY), ("new", HEALTHY)]
    assert host.did.index("provide") < host.did.index("point_before") < host.did.index("up") < host.did.index("wait")
    assert {"refuse_misfits", "validate"} <= set(host.did) and "app: pulled" in host.told
    assert set(done.pruned) >= {"release a"} and rollout.release_folders.complete(host.layout, "old")


def test_a_proven_release_that_serves_is_deployed_again_without_a_change(host):
    host.serves("old")
    host.serves("new")
    host.settled = True
    for release, prepared in ((True, False), (False, True)):
        host.settled = release
        done = host.deploy()
        assert not done.changed and host.outcomes() == [("old", HEALTHY), ("new", HEALTHY)]
        assert ("provide" in host.did) is prepared and "point_before" not in host.did
        assert host.did[-2:] == ["up", "wait"]


def test_a_proven_release_that_fell_ill_is_told_and_stays_what_it_is(host):
    host.serves("old")
    host.serves("new")
    host.ill = {"new"}
    with pytest.raises(rollout.RolloutFailed, match="^new is ill$") as error:
        host.deploy()
    assert error.value.rolled_back_to == "" and host.layout.current_digest() == "new"
    assert host.outcomes() == [("old", HEALTHY), ("new", HEALTHY)]


@pytest.mark.parametrize("killed_before", [False, True])
def test_a_release_that_does_not_serve_is_rolled_back(host, killed_before):
    host.serves("old")
    if killed_before:
        host.serves("new", proven=False)
    host.ill = {"new"}
    with pytest.raises(
        rollout.RolloutFailed, match="(?s)release new does not serve and was rolled back; old.*is ill"
    ) as error:
        host.deploy()
    assert (error.value.rolled_back_to, host.layout.current_digest()) == ("old", "old")
    assert host.outcomes()[-2:] == [("new", ROLLED_BACK), ("old", HEALTHY)]
    assert "release new is not healthy; bringing back old" in host.told


@pytest.mark.parametrize(
    ("situation", "said"),
    [
        ("first", "no release was healthy here before. See `photos ps` and `photos logs`."),
        ("before is gone", "no release was healthy here before. See"),
        ("before is ill too", "Release old, the one before, does not either:\nold is ill"),
        (
            "migrates",
            "the new app may have migrated data, which release old cannot read then. No restore point was made",
        ),
        ("migrates after a point", f"The restore point {POINT} was made before: `photos rollback old --accept"),
        ("restoring", "It is left as it is, for inspection."),
    ],
)
def test_a_release_stays_where_going_back_would_not_serve_and_what_to_do_is_told(host, situation, said):
    if situation != "first":
        host.serves("old")
    if situation == "before is gone":
        stage.os.unlink(host.layout.release("old") + "/stack.json")
    if "migrates" in situation:
        host.lay("new", "app:2", migrates=True)
    host.point = POINT if "point" in situation else ""
    host.ill = {"new", "old"} if situation == "before is ill too" else {"new"}
    with pytest.raises(rollout.RolloutFailed, match="^release new does not serve:\nnew is ill\n\n") as error:
        host.deploy(restoring=POINT if situation == "restoring" else "")
    assert said in str(error.value) and error.value.rolled_back_to == ""
    assert host.outcomes()[-1] == ("new", FAILED)
    assert error.value.point == host.point
    assert host.layout.current_digest() == ("old" if situation == "before is ill too" else "new")


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("provide", rollout.images.ImageError("broke", "app")),
        ("provide", CommandFailed(["broke"], 1)),
        ("provide", OSError("broke")),
        ("refuse_misfits", rollout.clusters.Misfit("broke")),
        ("validate", rollout.proxy.InvalidCaddyfile("broke")),
        ("point_before", rollout.safety_backup.SafetyPointFailed("broke")),
        ("point_before", SpecError("broke")),
        ("point_before", rollout.Busy("broke")),
        ("point_before", rollout.unfinished.HalfRestored("broke")),
    ],
)
def test_what_goes_wrong_before_the_switch_leaves_everything_as_it_serves(host, what, error):
    host.serves("old")
    host.breaks = {what: error}
    with pytest.raises(type(error), match="broke"):
        host.deploy()
    assert isinstance(error, rollout.BEFORE_THE_SWITCH), "so that whoever deploys is told that nothing was touched"
    assert host.layout.current_digest() == "old" and "up" not in host.did and len(host.outcomes()) == 1


def test_a_deployment_may_switch_and_start_nothing_and_make_no_point(host):
    host.serves("old")
    done = host.deploy(start=False, safety_point=False)
    assert done.switched and host.layout.current_digest() == "new"
    assert not {"up", "wait", "point_before"} & set(host.did) and len(host.outcomes()) == 1


def test_the_data_may_be_that_of_the_release_that_serves_and_of_the_last_proven_one(host, monkeypatch):
    asked = []
    monkeypatch.setattr(rollout.clusters, "refuse_misfits", lambda *given: asked.append(given[2:]))
    host.lay("older", "app:0")
    host.serves("older")
    host.serves("old", proven=False)
    host.deploy()
    assert asked == [([host.layout.release("old"), host.layout.release("older")], False)]


def test_images_of_bases_stay_for_what_serves_and_what_is_proven(host, monkeypatch):
    needed = []
    monkeypatch.setattr(
        rollout.release_folders, "prune_bases", lambda _layout, _stack, names: needed.append(set(names)) or ["b"]
    )
    for name in ("proven", "never"):
        host.lay(name, "app:0")
    host.serves("proven")
    assert host.deploy(start=False).pruned == ["image b"]
    assert needed == [{"new", "proven"}]


def test_what_cannot_be_noted_makes_no_healthy_release_a_failure(host, monkeypatch):
    def full(*_given):
        raise OSError("disk full")

    monkeypatch.setattr(History, "note", full)
    assert host.deploy().switched
    assert "what became of release new could not be noted: disk full" in host.told


def test_health_has_what_is_left_of_the_time_and_a_few_seconds_at_least(host, monkeypatch):
    times = iter([0.0, 100.0, 200.0, 500.0])
    monkeypatch.setattr(rollout, "time", SimpleNamespace(monotonic=lambda: next(times)))
    host.deploy(timeout=250.0)
    host.deploy(timeout=250.0)
    assert host.seconds == [150.0, 5.0]


def test_who_only_asks_is_refused_while_a_restore_is_half_done(host, monkeypatch):
    monkeypatch.setattr(rollout.unfinished, "state_dir_of", lambda _stack: host.state)
    Restore(host.state, POINT).replacing()
    for ask in (lambda: rollout.refuse(host.layout), host.deploy):
        with pytest.raises(rollout.unfinished.HalfRestored, match="services would start on half|would start services"):
            ask()
    rollout.refuse(host.layout, POINT)
    assert host.deploy(restoring=POINT).switched
