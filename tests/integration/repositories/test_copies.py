# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The same points in several places: whole or not at all, and one place that fails is no harm to the others."""

from __future__ import annotations

import base64
import json
import re
import subprocess
from pathlib import Path

import pytest
from integration.repositories.conftest import S3_KEY, S3_SECRET, Served
from integration.restore.library import CONFIRM, REPOSITORY
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
S3 = {
    "repository": "s3:http://127.0.0.1:8003/points",
    "environment": {"AWS_ACCESS_KEY_ID": S3_KEY, "AWS_SECRET_ACCESS_KEY": S3_SECRET},
}
GONE = {"name": "gone", "repository": "sftp://root@127.0.0.1:9//x"}
APPEND_ONLY = {
    "repository": "rest:http://127.0.0.1:8002/x",
    "environment": {"RESTIC_REST_USERNAME": "web1", "RESTIC_REST_PASSWORD": "pass-8002"},
}


def test_a_point_is_copied_whole_and_can_be_verified_from_every_place(library: Served) -> None:
    library.settings(copies=[SFTP, REST, {**S3, "name": "cloud"}])
    old, new = (library.answer("backup")["point"]["id"] for _time in range(2))
    assert library.places() == {old: ["first", "nas", "cloud"], new: ["first", "nas", "away", "cloud"]}
    assert "first, nas, away, cloud" in library.sh("small points")
    library.sh(f"rm -rf {REPOSITORY}")
    for name in ("nas", "3", "cloud"):
        report = library.answer(f"verify {new} --repository {name}")
        assert (report["ok"], len(report["dumps_read"])) == (True, 1), report
    assert "no repository 'moon'; known: 1 (first), 2 (nas), 3 (away), 4 (cloud)" in library.sh(
        "small verify --repository moon", check=False
    )


def test_points_live_in_s3_from_the_first_to_the_restore(library: Served) -> None:
    library.settings(**S3, retention={"keep_last": 1})
    library.back_up()
    wanted = library.photos(), library.rows()
    done = library.answer("backup")
    assert len(done["retention"]["removed"]) == 1
    assert library.answer("verify")["ok"]
    library.sql("DELETE FROM album")
    library.restore(f"latest --safety none {CONFIRM}")
    assert (library.photos(), library.rows()) == wanted


def test_a_place_that_refuses_us_or_never_answers_is_told_with_its_own_words_within_two_minutes(
    library: Served,
) -> None:
    refusing = {**S3, "name": "refusing", "environment": {**S3["environment"], "AWS_SECRET_ACCESS_KEY": "wrong"}}
    library.settings(copies=[refusing, {"name": "silent", "repository": "rest:http://127.0.0.1:9/x"}])
    ask = "(began=$SECONDS; small points --repository {0}; echo code $? after $((SECONDS - began)) s) >/root/{0} 2>&1 &"
    library.sh("\n".join([ask.format(name) for name in ("refusing", "silent")] + ["wait"]))
    for name, words in (("refusing", "signature"), ("silent", "connection refused")):
        said = library.sh(f"cat /root/{name}")
        found = re.search(r"code 1 after (\d+) s", said)
        assert found and int(found[1]) <= 130, said
        assert words in said.lower(), said


def test_a_copy_that_fails_is_told_and_harms_neither_the_point_nor_the_other_copies(library: Served) -> None:
    library.settings(copies=[GONE, SFTP])
    said = library.sh("small backup; echo ended with $?", check=False)
    assert "ended with 1" in said
    assert "not everywhere: repository gone: restic" in library.sh("cat /root/alarm")
    listed = library.sh("small points; echo ended with $?")
    assert "first, nas" in listed
    assert "repository gone cannot be asked" in listed


def test_half_a_copy_is_never_offered_and_is_completed_the_next_time(library: Served) -> None:
    library.settings()
    point = library.answer("backup")["point"]
    library.settings(copies=[SFTP])
    library.sh(
        f"""export RESTIC_PASSWORD_FILE=/root/restic-password RESTIC_FROM_REPOSITORY={REPOSITORY}
        export RESTIC_FROM_PASSWORD_FILE=$RESTIC_PASSWORD_FILE RESTIC_REPOSITORY={SFTP["repository"]}
        restic init --copy-chunker-params && restic copy {point["configuration"]["snapshot"]}"""
    )
    assert library.places() == {point["id"]: ["first"]}
    assert "is incomplete" in library.sh(f"small verify {point['id']} --repository nas", check=False)
    later = library.answer("backup")["point"]["id"]
    assert library.places() == {point["id"]: ["first", "nas"], later: ["first", "nas"]}


def test_an_append_only_repository_is_recognised_and_pruned_from_elsewhere(library: Served) -> None:
    library.settings(**APPEND_ONLY, retention={"keep_last": 1})
    ids = [(made := library.answer("backup"))["point"]["id"] for _time in range(2)]
    assert (made["retention"]["append_only"], made["retention"]["removed"]) == (True, [])
    assert "append-only: pruning has to run elsewhere" in library.sh("small prune")
    assert list(library.places()) == ids
    # The machine elsewhere reaches the same folder by a server that lets it remove.
    elsewhere = {**REST, "host": "elsewhere", "password_file": "/root/restic-password"}
    library.sh(f"echo '{json.dumps(elsewhere)}' >/root/prune.json")
    assert library.answer("prune --settings /root/prune.json")["removed"] == ids[:1]
    assert list(library.places()) == ids[1:]


def test_no_secret_of_any_repository_is_seen_in_the_list_of_processes(library: Served) -> None:
    library.settings(copies=[SFTP, REST])
    library.sh("(while :; do ps -eo args; sleep 0.05; done) >/root/seen 2>&1 & echo $! >/root/watcher")
    library.answer("backup")
    library.sh("kill $(cat /root/watcher)")
    seen = "\n".join(line for line in library.sh("cat /root/seen").splitlines() if "rclone serve" not in line)
    assert "restic copy" in seen
    assert "pass-8001" not in seen


def test_with_restic_alone_a_point_gives_the_host_command_and_the_collection(library: Served, tmp_path: Path) -> None:
    library.settings()
    library.answer("backup")
    include = "--include /usr/local/bin/small --include /var/lib/small/collection.tar.gz"
    library.sh(
        f"restic --repo {REPOSITORY} --password-file /root/restic-password restore latest"
        f" --tag stack=small,part=files --target /root/kept {include}"
    )
    assert "prune" in library.sh("/root/kept/usr/local/bin/small --help")
    (tmp_path / "collection.tar.gz").write_bytes(
        base64.b64decode(library.sh("base64 /root/kept/var/lib/small/collection.tar.gz"))
    )
    words = ["collection", "install", "--force", "--offline", "--no-deps", "-p", str(tmp_path / "here")]
    subprocess.run([str(playbook.BIN / "ansible-galaxy"), *words, str(tmp_path / "collection.tar.gz")], check=True)
    assert (tmp_path / "here/ansible_collections/photosync/vps/playbooks/restore.yml").exists()
