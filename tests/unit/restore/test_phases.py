# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which phases the module's words stand for."""

from __future__ import annotations

from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.modules import restore_phase


def test_data_are_the_phases_that_the_word_stands_for_and_a_check_leaves_out_those_that_only_look() -> None:
    assert restore_phase.phases_of(["data"], False) == list(restore.DATA)
    assert restore_phase.phases_of(["start", "finish"], True) == ["start", "finish"]
    assert restore_phase.phases_of(["data"], True) == ["safety", "stop", "files", "databases", "credentials"]
