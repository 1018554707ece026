# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""docs/upgrading.md: what follows from another version of the collection alone."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.deploy import diff
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import Container
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import of
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue import spec
from catalogue.stacks import resolve


def test_another_version_is_another_release_and_keeps_every_container(monkeypatch: pytest.MonkeyPatch) -> None:
    before = spec.stack_spec(resolve())
    monkeypatch.setattr(spec, "own_version", lambda: "9.9.9")
    after = spec.stack_spec(resolve())
    assert after["collection_version"] == "9.9.9" and after != before
    services = of(before).services
    running = [Container(one.name, "running", one.name, "Up (healthy)", one.config.digest) for one in services]
    assert diff.changes(diff.plan(of(after), running, services)) == []
