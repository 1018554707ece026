# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/upgrading.md: what follows from another version of the collection alone."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.deploy import diff
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import Container
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue import document
from catalogue.stacks import resolve


def test_another_version_is_another_release_and_keeps_every_container(monkeypatch: pytest.MonkeyPatch) -> None:
    before = document.stack_document(resolve())
    monkeypatch.setattr(document, "own_version", lambda: "9.9.9")
    after = document.stack_document(resolve())
    assert after["collection_version"] == "9.9.9" and after != before
    running = [
        Container(one["name"], "running", one["name"], "Up (healthy)", one["config"]["digest"])
        for one in before["services"]
    ]
    assert diff.changes(diff.plan(after, running, before["services"])) == []
