# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restore point before a migration is made by the host command, whose words are told while it works."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.deploy import safety_backup
from ansible_collections.photosync.vps.plugins.module_utils.stack import host_command

WHY = "before app migrates its data"


@pytest.fixture
def backup(tmp_path, monkeypatch):
    """Back up on a host whose command is a script; returns the point's ID, and what was told."""
    monkeypatch.setattr(host_command, "FOLDER", str(tmp_path))

    def run(script):
        command = tmp_path / "photos"
        command.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
        command.chmod(0o755)
        told = []
        return safety_backup.back_up("photos", WHY, told.append), told

    return run


def test_its_id_is_what_the_command_answers(backup):
    made, told = backup("""echo reading >&2; echo "{\\"point\\": {\\"id\\": \\"$*\\"}}" """)
    assert (made, told) == (f"backup --json --reason {WHY}", ["reading"])


def test_a_point_that_could_not_be_copied_is_there_all_the_same(backup):
    made, told = backup("""echo '{"point": {"id": "p1"}}'; echo "photos: no copy in away" >&2; exit 1""")
    assert (made, told) == ("p1", ["photos: no copy in away"])


def test_one_that_could_not_be_made_is_refused_with_the_last_words(backup):
    with pytest.raises(safety_backup.SafetyPointFailed, match=r"(?s)before app migrates.*: photos: no room\n.*false"):
        backup("echo photos: no room >&2; exit 1")


def test_a_host_without_the_command_is_refused_by_its_path(backup, tmp_path):
    with pytest.raises(safety_backup.SafetyPointFailed, match=str(tmp_path / "other")):
        safety_backup.back_up("other", WHY, print)
