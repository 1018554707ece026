# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stack's slice."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.host import slices
from ansible_collections.photosync.vps.plugins.module_utils.host.slices import Slice

PRODUCTION = Slice("photo-sync.slice", memory_max=16106127360, tasks_max=8192)
DEVELOPMENT = Slice("photo-sync.slice", memory_max=None, tasks_max=None)


def test_production_limits_memory_and_tasks_of_all_containers_together_and_development_nothing():
    accounting = "MemoryAccounting=yes\nTasksAccounting=yes\nMemoryMax=16106127360\nTasksMax=8192\n"
    assert PRODUCTION.text() == f"[Unit]\nDescription=All containers of photo-sync\n\n[Slice]\n{accounting}"
    assert "MemoryMax=infinity\nTasksMax=infinity\n" in DEVELOPMENT.text()


def test_a_limit_that_somebody_overrules_is_noticed():
    in_force = {"MemoryMax": "2147483648", "TasksMax": "8192"}
    assert PRODUCTION.overruled(in_force) == ["MemoryMax"]
    assert PRODUCTION.overruled({"MemoryMax": "16106127360", "TasksMax": "8192"}) == []


@pytest.fixture
def host(monkeypatch, tmp_path):
    """A host with a slice of root's; returns what systemd says of it, to be changed."""
    known = {"NeedDaemonReload": "no", "DropInPaths": ""}
    (tmp_path / "photo-sync.slice").write_text(PRODUCTION.text(), encoding="utf-8")
    monkeypatch.setattr(slices, "FOLDER", str(tmp_path))
    monkeypatch.setattr(slices, "is_safe", lambda path: True)
    monkeypatch.setattr(slices, "shown", lambda name: known)
    return known


def test_a_slice_that_alone_is_in_force_is_read_unless_others_may_write_it(host, monkeypatch):
    assert slices.in_force("photo-sync.slice") == PRODUCTION.text()
    assert slices.in_force("other.slice") == ""
    monkeypatch.setattr(slices, "is_safe", lambda path: False)
    assert slices.in_force("photo-sync.slice") == ""


@pytest.mark.parametrize("known", [{"NeedDaemonReload": "yes"}, {"DropInPaths": "/etc/systemd/system/x.d/y.conf"}])
def test_one_that_systemd_has_not_read_or_that_somebody_overrules_is_not(host, known):
    host.update(known)
    assert slices.in_force("photo-sync.slice") == ""
