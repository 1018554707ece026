# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person decides about points is done, or it is said that it is not; what is relied on is good."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import accept, choice, config, host_state, prune
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.operations import ensure
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import make_spec

GIVEN = {"repository": "/r", "password_file": "/p", "host": "web1", "adopt_repository": True}


class Keeping:
    """A repository behind a server that answers "done" and removes nothing."""

    def __init__(self, snapshots: list[dict[str, Any]], removing: bool):
        self.held, self.removing = snapshots, removing

    def snapshots(self, _tags: list[str]) -> list[dict[str, Any]]:
        return self.held

    def prune(self) -> None:
        pass

    def forget(self, snapshots: list[str]) -> None:
        if self.removing:
            self.held = [snapshot for snapshot in self.held if snapshot["id"] not in snapshots]


@pytest.mark.parametrize("removing", [True, False])
def test_a_point_is_said_to_be_discarded_only_where_it_is_gone(
    removing: bool, snapshots: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    snapshots[-1]["tags"].append("suspect=x")
    repository = Keeping(snapshots, removing)
    monkeypatch.setattr(accept, "repository", lambda *_asked, **_options: repository)
    spec, point = make_spec(stack="photo-sync", state_dir=str(tmp_path)), "20261123T030000Z-3f9a"
    try:
        said: Any = accept.discard(spec, config.from_dict(GIVEN), [point])
    except PointError as error:
        said = str(error).rpartition(": ")[2]
    assert (said, bool(repository.held)) == (
        "it has to be removed elsewhere" if not removing else {point: ["first"]},
        not removing,
    )


def test_what_is_suspect_or_was_kept_before_a_restore_is_nothing_to_rely_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def point(day: int, **more: Any) -> dict[str, Any]:
        return {"id": f"202611{day}T030000Z-aaaa", "complete": True, "host": "web1", **more}

    listed = [point(20), point(21, suspect=["x"]), point(22, before_restore=point(20)["id"])]
    monkeypatch.setattr(ensure, "list_points", lambda *_asked: listed)
    spec = make_spec(stack="photo-sync", state_dir=str(tmp_path))
    assert ensure.relied_on(spec, config.from_dict(GIVEN)) == (point(20)["id"], False)
    Path(host_state.verified_path(str(tmp_path))).write_text(json.dumps({point(22)["id"]: "now"}), encoding="utf-8")
    assert ensure.relied_on(spec, config.from_dict(GIVEN)) == (point(20)["id"], False)


def test_younger_suspects_are_passed_over_by_their_times_and_not_by_the_letters_of_their_ids() -> None:
    def point(name: str, time: str, **more: Any) -> dict[str, Any]:
        return {"id": name, "time": time, "complete": True, **more}

    chosen = point("20261123T030000Z-bbbb", "2026-11-23T04:00:00+01:00")
    younger = point("20261123T030000Z-aaaa", "2026-11-23T03:00:01+00:00", suspect=["x"])
    older = point("20261123T030000Z-cccc", "2026-11-23T04:59:59+02:00", suspect=["x"])
    assert choice.passed_over([older, chosen, younger], "latest", chosen) == [younger["id"]]
    assert choice.time_of(older) < choice.time_of(chosen) < choice.time_of(younger)
    assert choice.time_of(chosen) == datetime.datetime(2026, 11, 23, 3, tzinfo=datetime.UTC)


def test_no_point_goes_that_a_restore_needs_which_has_not_ended(
    snapshots: list[dict[str, Any]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    point, newer = "20261123T030000Z-3f9a", "20261124T030000Z-3f9a"
    later = [
        {
            **snapshot,
            "id": f"9{snapshot['id'][1:]}",
            "tags": [tag.replace(point, newer) for tag in snapshot["tags"]],
        }
        for snapshot in snapshots
    ]
    repository = Keeping([*snapshots, *later], removing=True)
    for module in (accept, prune):
        monkeypatch.setattr(module, "repository", lambda *_asked, **_options: repository)
    spec = make_spec(stack="photo-sync", state_dir=str(tmp_path))
    policy = config.from_dict({**GIVEN, "retention": {"keep_last": 1}})
    for restored, kept in ((point, ""), (newer, point)):
        half = Restore(str(tmp_path), restored)
        half.begin(before={"kind": "point" if kept else "none", "name": kept}, replaced=True)
        half.note("plan", {})
        assert prune.prune_locked(spec, policy, print)["removed"] == []
        with pytest.raises(PointError, match=f"needs {point}; nothing was removed"):
            accept.discard(spec, policy, [point])
        half.close()
    assert prune.prune_locked(spec, policy, print)["removed"] == [point]
