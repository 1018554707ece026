# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a person is told before anything is taken over, and what stops it."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from adoption.conftest import bind, container, deployment, volume
from ansible_collections.photosync.vps.plugins.module_utils.adoption import found, left, looking, phases, plan
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import Found, to_json
from support.specs import changed

POSTGRES = plan.Server(
    "immich-postgres", "immich-pgdata", True, 14, "glibc 2.36", "postgres", "pg:14", 0, "", "postgres"
)
VOLUMES = {"immich_pgdata": "photo-sync_immich-pgdata", "immich_data": "photo-sync_immich-data"}


@pytest.fixture
def look(monkeypatch, spec, tmp_path):
    """Looks at a host with these deployments, without an engine."""
    monkeypatch.setattr(found, "journal_path", lambda stack: str(tmp_path / "adopted" / "unfinished.json"))
    monkeypatch.setattr(looking, "servers_of", lambda spec, found: [POSTGRES])
    monkeypatch.setattr(looking, "mountpoint", lambda name: None)
    monkeypatch.setattr(looking.images, "image", lambda reference: None)

    def at(*deployments: Found, project: str = "", **more):
        monkeypatch.setattr(looking, "gather", lambda stack, names, project: list(deployments))
        return looking.look(changed(spec, **more), project)

    return at


def test_a_deployment_is_ready_to_be_taken_over_and_each_volume_says_how(look):
    said = look(deployment(container("immich-postgres"), **VOLUMES))
    assert (said["ready"], said["project"], said["problems"]) == (True, "photo-sync", [])
    lines = "\n".join(said["report"])
    assert "immich-data: photo-sync_immich-data, 0 B, in place" in lines
    assert "in place if pg:14, which is not here yet, is the same" in lines
    assert "custom-pgdata: there is none, it begins empty" in lines


def test_two_deployments_have_to_be_told_apart(look):
    other = deployment(**VOLUMES)
    said = look(deployment(**VOLUMES), replace(other, existing=replace(other.existing, project="server")))
    assert not said["ready"]
    assert "adopt_project" in said["problems"][0] and "photo-sync, server" in said["problems"][0]


@pytest.mark.parametrize(("project", "words"), [("", "playbook site"), ("server", "no Compose project server")])
def test_a_host_without_one_is_told_what_to_do(look, project, words):
    said = look(project=project)
    assert not said["ready"] and words in said["problems"][0]


def test_data_in_a_folder_of_the_host_is_refused_with_the_folder(look, tmp_path):
    uploads = {**bind(str(tmp_path), "/usr/src/app/upload"), "RW": True}
    old = deployment(container("immich-server", mounts=[uploads]), immich_pgdata="photo-sync_immich-pgdata")
    problem = look(old)["problems"][0]
    assert "immich-server has no volume immich-data" in problem and str(tmp_path) in problem


def test_a_checkout_in_the_stacks_own_folder_is_refused(look):
    old = deployment(**VOLUMES)
    said = look(replace(old, existing=replace(old.existing, folder="/opt/photo-sync")))
    assert "another stack_name" in said["problems"][0]


def test_services_that_the_stack_has_not_are_named(look):
    said = look(deployment(container("immich-server"), container("photo-frame"), **VOLUMES))
    assert "services that the stack has not, and that end: photo-frame" in said["report"]


def test_what_was_touched_goes_on_and_what_was_not_begins_anew(look):
    old = deployment(**VOLUMES)
    noted = found.journal_of("photo-sync")
    noted.begin(found=to_json(old))
    noted.note("save", {})
    assert "goes on" not in look(old)["report"][0]
    noted.know(touched=True)
    assert "it goes on where it was" in look()["report"][0]


def test_lines_of_cron_that_call_the_old_scripts_are_found(monkeypatch, tmp_path):
    (tmp_path / "root").write_text(
        "# cd /srv/photo-sync\n0 3 * * * cd /srv/photo-sync && scripts/backup.sh\n1 * * * * x\n"
    )
    monkeypatch.setattr(left, "CRON_FOLDERS", (str(tmp_path), "/nowhere"))
    monkeypatch.setattr(left, "CRON_FILE", "/nowhere/crontab")
    assert left.jobs(deployment()) == [f"{tmp_path}/root: 0 3 * * * cd /srv/photo-sync && scripts/backup.sh"]


def test_the_note_names_what_nobody_needs_any_more():
    text = left.note("photo-sync", "server", "/var/lib/photo-sync/adopted", ["server_custom-pgdata"])
    assert "docker volume rm server_custom-pgdata" in text and "/var/lib/photo-sync/adopted" in text


def test_only_root_looks_into_the_journal(monkeypatch, tmp_path):
    monkeypatch.setattr(found, "journal_path", lambda stack: str(tmp_path / "stack" / "adopted" / "unfinished.json"))
    noted = found.journal_of("photo-sync")
    noted.begin(found=to_json(deployment(container("caddy", mounts=[volume("caddy_data")]))))
    folder = tmp_path / "stack" / "adopted"
    assert oct((folder / "unfinished.json").stat().st_mode)[-3:] == "600"
    assert oct(folder.stat().st_mode)[-3:] == "700"
    assert found.journal_of("photo-sync").facts == noted.facts
    noted.remove()
    assert not found.journal_of("photo-sync").there


def test_an_adoption_that_the_version_before_has_begun_goes_on(monkeypatch, tmp_path, spec):
    path = tmp_path / "adopted" / "unfinished.json"
    monkeypatch.setattr(found, "journal_path", lambda stack: str(path))
    path.parent.mkdir()
    noted = {"done": ["save", "weigh"], "found": to_json(deployment()), "volumes": {}, "servers": {}, "new": []}
    path.write_text(json.dumps(noted))
    adoption = phases.Adoption(spec, "server", "", {})
    adoption.journal.note("weigh", {"volumes": {"data": "server_data"}})
    assert adoption.run("weigh") == (False, {}), "what was decided is said once, and written into the inventory once"
    path.write_text(json.dumps({**noted, "touched": True}, indent=1) + "\n")
    adoption = phases.Adoption(spec, "server", "", {})
    assert [adoption.run(name) for name in ("save", "weigh")] == [(False, {}), (False, {})]
    assert adoption.found.project == "photo-sync"
    adoption.journal.note("stop", {})
    again = found.journal_of("photo-sync")
    assert (list(again.done), again.facts["servers"]) == (["save", "weigh", "stop"], {})
    path.write_text("{")
    with pytest.raises(found.AdoptionError, match="cannot be read"):
        phases.Adoption(spec, "server", "", {})
