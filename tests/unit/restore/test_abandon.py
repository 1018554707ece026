# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Going back from a restore: each way in its order, gone again where it broke off, and nobody's living data touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.restore import abandon
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore, half_done
from support.specs import changed

POINT, KEPT = "20261123T030000Z-3f9a", "20261125T030000Z-bbbb"
SETTINGS = Settings(repository="/r", password_file="/p", host="web1")
CONFIRM = "photo-sync@web1"
FAKES = {
    "safety_copy": ("stop", "put_back"),
    "before": ("clear", "take_away", "remove_containers", "drop_databases", "drop_set_aside"),
    "phases": ("serve", "start_again", "healthy"),
    "databases": ("start_servers",),
    "memory": ("put_back",),
}


class Host:
    """A host on which going back is only noted: what is done, until something breaks."""

    def __init__(self, spec: dict[str, Any], manifest: dict[str, Any], folder: Path, monkeypatch: Any):
        services = [{"name": name, "depends_on": []} for name in ("immich", "custom-postgres")]
        self.target = changed(spec, state_dir=str(folder), services=services)
        self.manifest = manifest
        self.done: list[str] = []
        self.breaks = ""
        for module, names in FAKES.items():
            for name in names:
                monkeypatch.setattr(getattr(abandon, module), name, self._noting(f"{module} {name}"))
        monkeypatch.setattr(abandon.compose, "Running", lambda _document, words: self._compose(words))
        monkeypatch.setattr(abandon.restore, "restore", self._restore)

    def _noting(self, what: str) -> Any:
        def note(*given: Any) -> list[str]:
            services = [name for one in given if isinstance(one, list) for name in one] if "start" in what else []
            self.do(" ".join([what, *services]))
            return []

        return note

    def do(self, what: str) -> None:
        self.done.append(what)
        if what == self.breaks:
            raise OSError("killed")

    def _compose(self, words: list[str]) -> Any:
        self.do(f"compose {words[0]}")
        return type("Running", (), {"follow": lambda *_given: None})

    def _restore(self, _target: Any, _settings: Any, asked: Asked, _progress: Any) -> Any:
        self.do(f"restore {asked.point} {','.join(asked.only)}".strip())
        return {"point": asked.point}

    def begun(
        self, kept: dict[str, Any] | None, replaced: bool = True, only: tuple[str, ...] = (), stopped: bool = True
    ) -> Restore:
        """A restore that broke off."""
        journal = Restore(self.target.state_dir, POINT)
        journal.begin(manifest={**self.manifest, "only": list(only)}, host="web1", before=kept, replaced=replaced)
        journal.note("plan", {"replaces": ["data"], "running": ["immich"]})
        if stopped:
            journal.note("stop", {}, serves="stopped")
        return journal

    def abandon(self) -> dict[str, Any]:
        """Go back; what was done is noted anew."""
        self.done = []
        return abandon.abandon(self.target, SETTINGS, CONFIRM, print)

    def half(self) -> Restore | None:
        return half_done(self.target.state_dir)


@pytest.fixture
def host(spec: dict[str, Any], manifest: dict[str, Any], tmp_path: Path, monkeypatch: Any) -> Host:
    return Host(spec, manifest, tmp_path, monkeypatch)


COLD = {"kind": "cold", "name": "cold-1", "volumes": {}, "running": ["immich"]}
EMPTY = {"kind": "empty", "name": "", "volumes": {"uploads": "absent"}, "running": []}
START_PART = ["databases start_servers", "phases start_again immich", "phases healthy"]


@pytest.mark.parametrize(
    ("kept", "replaced", "only", "done"),
    [
        (
            COLD,
            True,
            (),
            ["safety_copy stop", "safety_copy put_back", "before take_away", "before clear", "phases serve"],
        ),
        (
            COLD,
            True,
            ("immich",),
            ["safety_copy stop", "safety_copy put_back", "before take_away", "before clear", *START_PART],
        ),
        (
            {**COLD, "running": []},
            True,
            (),
            ["safety_copy stop", "safety_copy put_back", "before take_away", "before clear", "safety_copy stop"],
        ),
        (COLD, False, (), ["before clear", *START_PART, "before drop_set_aside"]),
        (None, False, (), ["before clear", *START_PART, "before drop_set_aside"]),
        (
            EMPTY,
            True,
            (),
            [
                "safety_copy stop",
                "before remove_containers",
                "compose down",
                "databases start_servers",
                "before drop_databases",
                "before take_away",
                "safety_copy stop",
            ],
        ),
        (
            {**EMPTY, "running": ["immich"]},
            True,
            (),
            [
                "safety_copy stop",
                "databases start_servers",
                "before drop_databases",
                "before take_away",
                "phases serve",
            ],
        ),
    ],
    ids=["copy", "copy of a part", "copy, nothing ran", "untouched", "nothing kept yet", "bare", "empty, served"],
)
def test_every_way_back_ends_the_restore(
    host: Host, kept: dict[str, Any] | None, replaced: bool, only: tuple[str, ...], done: list[str]
) -> None:
    host.begun(kept, replaced, only)
    host.abandon()
    assert [one for one in host.done if one != "memory put_back"] == done
    assert host.half() is None
    with pytest.raises(PointError, match="nothing to go back from"):
        host.abandon()


@pytest.mark.parametrize(
    "breaks", ["safety_copy stop", "safety_copy put_back", "before take_away", "before clear", "phases serve"]
)
def test_broken_off_anywhere_it_is_gone_again_and_the_restore_is_not_gone_on_with(host: Host, breaks: str) -> None:
    host.begun(COLD)
    host.breaks = breaks
    with pytest.raises(OSError, match="killed"):
        host.abandon()
    half = host.half()
    assert half and half.abandoned and half.kept == COLD
    assert half.result("stop") is None, "what it had done is not there any more"
    host.breaks = ""
    host.abandon()
    assert "safety_copy put_back" in host.done and host.half() is None


def test_a_kept_point_is_restored_by_the_same_machinery(host: Host) -> None:
    host.begun({"kind": "point", "name": KEPT, "running": ["immich"]}, only=("configuration", "immich"))
    assert host.abandon()["back"] == f"the restore point {KEPT}"
    assert host.done == [f"restore {KEPT} immich"]
    half = host.half()
    assert half and half.abandoned


def test_what_was_only_planned_long_ago_touches_nothing_that_lives_here_now(host: Host) -> None:
    host.begun(EMPTY, replaced=False, stopped=False)
    host.abandon()
    assert host.done == ["memory put_back", "before clear", "before drop_set_aside"]
