"""A new version that migrates its data: a restore point comes first, and names itself to whoever may need it."""

from __future__ import annotations

import json

import pytest
from support import throwaway

# The new image would change the database when it starts.
MIGRATES = {"name": "web", "image": "new/web:1", "migrates_data": True}
BACKUPS = {
    "backup_enabled": True,
    "backup_repository": "/srv/points",
    "backup_accept_local_only": True,
    "backup_key_escrowed": True,
}


@pytest.fixture(scope="module", autouse=True)
def backups(site):
    """Backups are set up, with a first point; gone again for the tests after these."""
    site.good()
    site.machine.sh(f"docker tag {throwaway.image('nginx')} new/web:1")
    run = site.deploy({"name": "web", "migrates_data": True}, playbook="site", **BACKUPS)
    assert run.rc == 0, run.output
    yield
    assert site.deploy(playbook="site").rc == 0
    site.machine.sh("rm -rf /srv/points")


def points(site):
    return json.loads(site.machine.sh("small points --json"))


def test_is_preceded_by_a_restore_point_of_its_own(site):
    before = points(site)
    run = site.deploy(MIGRATES)
    assert run.rc == 0, run.output
    made = [point for point in points(site) if point["id"] not in {one["id"] for one in before}]
    assert [point["complete"] for point in made] == [True]
    assert run.output.index("making a restore point first: web may migrate data") < run.output.index(made[0]["id"])
