# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""No release is deployed while a restore is half done, but by the restore itself."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.deploy import rollout
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.restores import Restore
from support.specs import make_spec, stack_json

POINT = "20261123T030000Z-3f9a"


@pytest.fixture
def layout(tmp_path, monkeypatch):
    """A staged release on a host whose restore has replaced something; what a deployment would do is only noted."""
    found = Layout(str(tmp_path / "photos"))
    folder = tmp_path / "photos" / "releases" / "abc"
    folder.mkdir(parents=True)
    described = make_spec(schema=1, stack="photos", state_dir=str(tmp_path / "state"), services=[])
    (folder / "stack.json").write_text(stack_json(described))
    monkeypatch.setattr(unfinished, "state_dir_of", lambda _stack: str(tmp_path / "state"))
    monkeypatch.setattr(rollout._Rollout, "run", lambda self: self._request.restoring or "deployed")
    return found


def test_a_deployment_is_refused_before_anything_is_done_and_the_restores_own_is_not(layout, tmp_path):
    assert rollout.roll_out(layout, rollout.Request("abc"), print) == "deployed"
    Restore(str(tmp_path / "state"), POINT).replacing()
    with pytest.raises(rollout.BEFORE_THE_SWITCH, match=r"(?s)nothing was changed.*photos restore " + POINT):
        rollout.roll_out(layout, rollout.Request("abc"), print)
    assert rollout.roll_out(layout, rollout.Request("abc", restoring=POINT), print) == POINT


def test_who_only_asks_is_refused_too(layout, tmp_path):
    rollout.refuse(layout)
    Restore(str(tmp_path / "state"), POINT).replacing()
    with pytest.raises(unfinished.HalfRestored, match="has not ended well yet"):
        rollout.refuse(layout)
    rollout.refuse(layout, POINT)
