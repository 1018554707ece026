"""Playbooks that ask for no preflight refuse settings that mean nothing too, by name, and change nothing."""

from __future__ import annotations

from typing import Any

import pytest
from integration.releases.conftest import Site

pytestmark = pytest.mark.full

BACKUPS = {"backup_enabled": True, "backup_repository": "/srv/points", "backup_accept_local_only": True}
WRONG: list[tuple[str, dict[str, Any], str]] = [
    ("backup", {**BACKUPS, "backup_retenton": {}}, "did you mean backup_retention?"),
    ("backup", {**BACKUPS, "backup_schedule": {"hour": "25", "minute": "10"}}, "cron has no hour '25'"),
    ("backup", {**BACKUPS, "backup_repository": "points"}, "write the whole path"),
    ("restore", {**BACKUPS, "restore_pont": "x"}, "did you mean restore_point?"),
    ("drill", {"restore_pont": "x"}, "did you mean restore_point?"),
    ("rollback", {"stack_rollback_too": "x"}, "did you mean stack_rollback_to?"),
]


@pytest.mark.parametrize(("playbook", "variables", "said"), WRONG, ids=lambda value: str(value)[:40])
def test_a_playbook_refuses_what_means_nothing(site: Site, playbook: str, variables: dict[str, Any], said: str) -> None:
    face, release = site.containers(), site.current()
    run = site.deploy(playbook=playbook, **variables)
    assert run.rc != 0
    assert said in " ".join(run.output.split())
    assert run.changed == 0
    assert (site.containers(), site.current()) == (face, release)
    assert (
        site.machine.sh("ls /etc/small /srv/points 2>&1 | grep -c -e backup.json -e config", check=False).strip() == "0"
    )
