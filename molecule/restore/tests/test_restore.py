"""The disaster: what the destroyed host held is on the new one, and a restore that is not right never says it is.

The tests run in the order in which they stand: a new host is restored, looked at, and then tampered with.
"""

import json

import pytest
import testinfra
from support import outside, playbook, site, tree

STACK = "photo-sync"


@pytest.fixture(scope="module")
def lost():
    """The host that will be lost, with photos on it and a restore point of them."""
    host = testinfra.get_host("ansible://backup", ansible_inventory=str(playbook.STATE / "inventory"))
    host.check_output("mkdir -p /srv/photos")
    deployed = playbook.run("site", "backup")
    assert deployed.rc == 0, deployed.output
    site.upload(host, count=8, seed=11)
    before = site.record(host, "before")
    saved = playbook.run("backup", "backup")
    assert saved.rc == 0, saved.output
    return host, before


@pytest.fixture(scope="module")
def restored(host, lost):
    return playbook.run("restore", "restore")


def test_one_command_restores_onto_a_new_host_and_says_what_was_compared(host, restored):
    assert restored.rc == 0, restored.output
    for said in ("rows", "files", "restore point"):
        assert said in restored.output


def test_everything_a_visitor_sees_is_the_same(host, lost, restored):
    compared = site.compare(lost[1], site.record(host, "after"))
    assert compared.returncode == 0, compared.stdout
    for said in ("photos", "rows", "vectors", "serial"):
        assert said in compared.stdout


def test_the_restored_site_is_healthy_and_serves_productions_configuration(host, restored):
    assert host.run("photo-sync health").rc == 0
    assert "strict-transport-security" in outside.get(host, "/").headers


def test_backups_are_scheduled_on_the_new_host(host, restored):
    assert host.file("/etc/cron.d/photo-sync-backup").exists


def test_site_has_nothing_left_to_do(host, restored):
    assert playbook.run("site", "restore").changed == 0


def tree_but_lock(host):
    """The locks say who looked last."""
    return [line for line in tree.of(host) if not line.split(" ")[0].endswith(".lock")]


def test_a_second_restore_refuses_to_overwrite_data_and_changes_nothing(host, restored):
    before = tree_but_lock(host)
    refused = playbook.run("restore", "restore")
    assert refused.rc != 0
    assert f"restore_confirm={STACK}@restore" in refused.output
    assert tree_but_lock(host) == before
    assert host.run("photo-sync health").rc == 0


def test_a_confirmation_for_another_host_is_refused(host, restored):
    refused = playbook.run("restore", "restore", {"restore_confirm": f"{STACK}@elsewhere"})
    assert refused.rc != 0


def proved(host):
    """What a proof of the point that was restored finds, as the module hands it back."""
    proof = playbook.module("photosync.vps.restore_phase", "restore", f"stack={STACK} phase=prove")
    answer = json.loads(proof.output.partition("=>")[2] or "{}")
    return proof.rc, [found["message"] for found in answer["result"]["differences"]]


def test_a_deleted_row_and_an_altered_file_fail_the_proof_which_names_both(host, restored):
    assert proved(host) == (0, [])
    folder = "/var/lib/docker/volumes/photo-sync_immich-data/_data"
    photo = host.check_output(f"find {folder} -name '*.jpg' | sort | head -1")
    stamp = host.check_output(f"stat -c %y {photo}")
    psql = "docker exec photo-sync-custom-postgres-1 psql -U postgres -d grouping -qAtc "
    rows = int(host.check_output(f"{psql} 'SELECT count(*) FROM group_member'"))
    # The same size and the same time: only its content tells.
    host.check_output(
        f"printf 'X' | dd of={photo} bs=1 seek=100 conv=notrunc status=none && touch -d '{stamp}' {photo}"
    )
    host.check_output(f"{psql} 'DELETE FROM group_member WHERE ctid = (SELECT ctid FROM group_member LIMIT 1)'")
    assert proved(host) == (
        2,
        [
            "database custom-postgres/grouping: table public.group_member:"
            f" expected {rows} rows, found {rows - 1} rows",
            f"volume immich-data: {photo.removeprefix(folder)}: expected the content saved, found other content",
        ],
    )


def test_the_comparison_from_outside_names_both_too(host, lost, restored):
    compared = site.compare(lost[1], site.record(host, "tampered"))
    assert compared.returncode == 1
    assert "file differs" in compared.stdout and "row grouping.group_member" in compared.stdout


def test_confirmed_restore_sets_everything_right_again(host, lost, restored):
    again = playbook.run("restore", "restore", {"restore_confirm": f"{STACK}@restore"})
    assert again.rc == 0, again.output
    compared = site.compare(lost[1], site.record(host, "again"))
    assert compared.returncode == 0, compared.stdout
