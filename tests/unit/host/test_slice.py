# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The stack's slice."""

from __future__ import annotations

from ansible_collections.photosync.vps.plugins.module_utils.host.slices import Slice

PRODUCTION = Slice("photo-sync.slice", memory_max=16106127360, tasks_max=8192)
DEVELOPMENT = Slice("photo-sync.slice", memory_max=None, tasks_max=None)


def test_production_limits_memory_and_tasks_of_all_containers_together():
    assert PRODUCTION.text() == (
        "[Unit]\n"
        "Description=All containers of photo-sync\n"
        "\n"
        "[Slice]\n"
        "MemoryAccounting=yes\n"
        "TasksAccounting=yes\n"
        "MemoryMax=16106127360\n"
        "TasksMax=8192\n"
    )


def test_development_limits_nothing():
    assert "MemoryMax=infinity\nTasksMax=infinity\n" in DEVELOPMENT.text()


def test_a_limit_that_somebody_overrules_is_noticed():
    in_force = {"MemoryMax": "2147483648", "TasksMax": "8192"}
    assert PRODUCTION.overruled(in_force) == ["MemoryMax"]
    assert PRODUCTION.overruled({"MemoryMax": "16106127360", "TasksMax": "8192"}) == []
