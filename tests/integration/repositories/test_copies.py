# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same points in several places: whole or not at all, and one place that fails is no harm to the others."""

from __future__ import annotations

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from integration.points.throwaway import Host
from support import playbook

pytestmark = pytest.mark.full

SFTP = {"name": "nas", "repository": "sftp:root@127.0.0.1:/root/sftp"}
REST = {
    "name": "away",
    "repository": "rest:http://127.0.0.1:8001/x",
    "environment": {"RESTIC_REST_USERNAME": "web1", "RESTIC_REST_PASSWORD": "pass-8001"},
    "password_file": "/root/another-password",
    "retention": {"keep_last": 1},
}
GONE = {"name": "gone", "repository": "sftp://root@127.0.0.1:9//x"}
APPEND_ONLY = {
    "repository": "rest:http://127.0.0.1:8002/x",
    "environment": {"RESTIC_REST_USERNAME": "web1", "RESTIC_REST_PASSWORD": "pass-8002"},
}


def settings(host: Host, **given: Any) -> None:
    """Write the backup settings as the role would."""
    document = {
        "repository": "/root/repo",
        "password_file": "/etc/photo-sync/restic-password",
        "host": "web1",
        "retention": {"keep_last": 2},
        "on_failure": ["cp", "/dev/stdin", "/root/alarm"],
        **given,
    }
    host.sh(
        f"echo another >/root/another-password; cat >/etc/photo-sync/backup.json <<'X'\n{json.dumps(document)}\nX\n"
    )


def answer(host: Host, words: str) -> Any:
    """What the host command says as JSON."""
    return json.loads(host.sh(f"photo-sync {words} --json 2>/dev/null"))


def places(host: Host) -> dict[str, list[str]]:
    """Where each point is complete."""
    return {point["id"]: point["repositories"] for point in answer(host, "points")}


def test_a_point_is_copied_whole_and_can_be_verified_from_every_place(host: Host) -> None:
    settings(host, copies=[SFTP, REST])
    old, new = (answer(host, "backup")["point"]["id"] for _time in range(2))
    assert places(host) == {old: ["first", "nas"], new: ["first", "nas", "away"]}
    assert "first, nas, away" in host.sh("photo-sync points")
    host.sh("rm -rf /root/repo")
    for name in ("nas", "3"):
        report = answer(host, f"verify {new} --repository {name}")
        assert (report["ok"], len(report["dumps_read"])) == (True, 3), report
    assert "no repository 'moon'; known: 1 (first), 2 (nas), 3 (away)" in host.sh(
        "photo-sync verify --repository moon", check=False
    )


def test_a_copy_that_fails_is_told_and_harms_neither_the_point_nor_the_other_copies(host: Host) -> None:
    settings(host, copies=[GONE, SFTP])
    said = host.sh("photo-sync backup; echo ended with $?", check=False)
    assert "ended with 1" in said
    assert "not everywhere: repository gone: restic" in host.sh("cat /root/alarm")
    listed = host.sh("photo-sync points; echo ended with $?")
    assert "first, nas" in listed
    assert "repository gone cannot be asked" in listed


def test_half_a_copy_is_never_offered_and_is_completed_the_next_time(host: Host) -> None:
    settings(host)
    point = answer(host, "backup")["point"]
    settings(host, copies=[SFTP])
    host.sh(
        f"""export RESTIC_PASSWORD_FILE=/etc/photo-sync/restic-password RESTIC_FROM_REPOSITORY=/root/repo
        export RESTIC_FROM_PASSWORD_FILE=$RESTIC_PASSWORD_FILE RESTIC_REPOSITORY={SFTP["repository"]}
        restic init --copy-chunker-params && restic copy {point["configuration"]["snapshot"]}"""
    )
    assert places(host) == {point["id"]: ["first"]}
    assert "is incomplete" in host.sh(f"photo-sync verify {point['id']} --repository nas", check=False)
    later = answer(host, "backup")["point"]["id"]
    assert places(host) == {point["id"]: ["first", "nas"], later: ["first", "nas"]}


def test_an_append_only_repository_is_recognised_and_pruned_from_elsewhere(host: Host) -> None:
    settings(host, **APPEND_ONLY, retention={"keep_last": 1})
    ids = [(made := answer(host, "backup"))["point"]["id"] for _time in range(2)]
    assert (made["retention"]["append_only"], made["retention"]["removed"]) == (True, [])
    assert "append-only: pruning has to run elsewhere" in host.sh("photo-sync prune")
    assert list(places(host)) == ids
    # The machine elsewhere reaches the same folder by a server that lets it remove.
    elsewhere = {**REST, "host": "elsewhere", "password_file": "/etc/photo-sync/restic-password"}
    host.sh(f"echo '{json.dumps(elsewhere)}' >/root/prune.json")
    assert answer(host, "prune --settings /root/prune.json")["removed"] == ids[:1]
    assert list(places(host)) == ids[1:]


def test_no_secret_of_any_repository_is_seen_in_the_list_of_processes(host: Host) -> None:
    settings(host, copies=[SFTP, REST])
    host.sh("(while :; do ps -eo args; sleep 0.05; done >/root/seen) & echo $! >/root/watcher; disown")
    answer(host, "backup")
    host.sh("kill $(cat /root/watcher)")
    seen = "\n".join(line for line in host.sh("cat /root/seen").splitlines() if "rclone serve" not in line)
    assert "restic copy" in seen
    assert "pass-8001" not in seen


def test_with_restic_alone_a_point_gives_the_host_command_and_the_collection(host: Host, tmp_path: Path) -> None:
    settings(host)
    answer(host, "backup")
    include = "--include /usr/local/bin/photo-sync --include /var/lib/photo-sync/collection.tar.gz"
    host.restic(f"restic restore latest --tag stack=photo-sync,part=files --target /root/kept {include}")
    assert "prune" in host.sh("/root/kept/usr/local/bin/photo-sync --help")
    (tmp_path / "collection.tar.gz").write_bytes(
        base64.b64decode(host.sh("base64 /root/kept/var/lib/photo-sync/collection.tar.gz"))
    )
    words = ["collection", "install", "--force", "--offline", "--no-deps", "-p", str(tmp_path / "here")]
    subprocess.run([str(playbook.BIN / "ansible-galaxy"), *words, str(tmp_path / "collection.tar.gz")], check=True)
    assert (tmp_path / "here/ansible_collections/photosync/vps/playbooks/restore.yml").exists()
