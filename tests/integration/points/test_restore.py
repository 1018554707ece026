# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restoring: exact, proved, resumable, and never over data unasked."""

from __future__ import annotations

import json

import pytest
from integration.points.throwaway import FILES, Host

pytestmark = pytest.mark.full

DOWN = "cd /opt/photo-sync/current && docker compose down -v 2>/dev/null"
UP = "cd /opt/photo-sync/current && docker compose up -d --wait 2>/dev/null"
PHASES = ("plan", "verify", "stop", "files", "databases", "prove")
LISTING = f"""
cd {FILES}
find . -printf '%p %y %m %U %G %l\\n' | sort
find . -type f | sort | xargs sha256sum
"""


def restore(host: Host, *confirm: str) -> dict:
    """All phases; returns the proof."""
    answers = {phase: host.do("restore", phase, "latest", *(confirm if phase == "plan" else ())) for phase in PHASES}
    return answers["prove"]["result"]


def test_everything_comes_back_exactly_on_a_host_that_lost_it(stack: Host) -> None:
    files = stack.sh(LISTING)
    asked = "SELECT count(*), sum(hashtext(s::text)::bigint) FROM smart_search s"
    vectors = stack.sql("immich-postgres", "immich", asked)
    stack.do("create")
    stack.sh(f"{DOWN}; rm -rf /var/lib/photo-sync")
    proof = restore(stack)
    assert proof["differences"] == []
    assert proof["compared"] == {
        "databases": 3, "tables": 4, "rows": 1301, "volumes": 1, "files": 21, "bytes": 20 * 200000 + 2,
    }  # fmt: skip
    assert stack.sh(LISTING) == files
    assert stack.sql("immich-postgres", "immich", asked) == vectors
    assert stack.sql("immich-postgres", "immich", "SHOW search_path").strip() == '"$user", public, vectors'
    stack.sh(UP)
    stack.do("restore", "finish", "latest")
    assert "immich-data" not in stack.sh(f"{UP} 2>&1")
    assert stack.do("create")["id"]


def test_a_lost_row_and_an_altered_file_are_named_though_its_size_and_time_are_the_same(stack: Host) -> None:
    stack.do("create")
    assert stack.do("restore", "prove", "latest")["result"]["differences"] == []
    stack.sql("immich-postgres", "immich", "DELETE FROM asset WHERE path = '/upload/77'")
    photo = f"{FILES}/upload/1/7.jpg"
    stack.sh(
        f"""
        set -e
        cp -p {photo} /root/kept
        printf X | dd of={photo} conv=notrunc bs=1 seek=1000 2>/dev/null
        touch -r /root/kept {photo}
        echo another >{FILES}/upload/.immich
        echo added >{FILES}/upload/new.jpg
        """
    )
    found = stack.do("restore", "prove", "latest")["result"]["differences"]
    assert {entry["message"] for entry in found} == {
        "database immich-postgres/immich: table public.asset: expected 500 rows, found 499 rows",
        "volume immich-data: /upload/1/7.jpg: expected the content saved, found other content",
    }


def test_at_rest_one_changed_row_and_one_added_file_are_differences_too(stack: Host) -> None:
    stack.do("create")
    stack.sh("docker stop -t 1 photo-sync-immich-server-1")
    stack.sql("custom-postgres", "deduplication", "UPDATE hashes SET hash = 'x' WHERE id = 5")
    stack.sh(f"echo added >{FILES}/upload/new.jpg; chmod 600 {FILES}/upload/1/1.jpg; rm {FILES}/upload/1/4.jpg")
    found = stack.do("restore", "prove", "latest")["result"]["differences"]
    assert {(entry["kind"], entry["what"]) for entry in found} == {
        ("rows", "table public.hashes"),
        ("extra", "/upload/new.jpg"),
        ("mode", "/upload/1/1.jpg"),
        ("missing", "/upload/1/4.jpg"),
    }


@pytest.mark.parametrize("confirm", ["", "photo-sync@web2", "other@web1"])
def test_data_is_not_replaced_without_the_right_word(stack: Host, confirm: str) -> None:
    stack.do("create")
    before = stack.sh(LISTING)
    said = stack.drive("restore", "plan", "latest", confirm)["error"]
    assert "volume immich-data: files" in said
    assert "database immich-postgres/immich: 2 tables" in said
    assert said.endswith("restore_confirm=photo-sync@web1")
    for phase in ("stop", "files", "databases", "finish"):
        assert "the phase plan comes first" in stack.drive("restore", phase, "latest")["error"]
    assert stack.sh(LISTING) == before


def test_with_the_right_word_what_was_there_is_replaced_and_kept_aside_until_the_end(stack: Host) -> None:
    stack.do("create")
    stack.sql("immich-postgres", "immich", "DELETE FROM asset; CREATE TABLE later (x int)")
    stack.sh(f"rm -r {FILES}/upload/1; echo later >{FILES}/later.jpg")
    assert restore(stack, "photo-sync@web1")["differences"] == []
    names = stack.sql("immich-postgres", "postgres", "SELECT datname FROM pg_database")
    assert "immich_before_" in names
    assert "immich_restore_" not in names
    stack.sh(UP)
    stack.do("restore", "finish", "latest")
    assert "immich_before_" not in stack.sql("immich-postgres", "postgres", "SELECT datname FROM pg_database")


def test_a_restore_that_was_killed_goes_on_and_what_was_there_is_not_lost(stack: Host) -> None:
    stack.do("create")
    stack.sql("immich-postgres", "immich", "CREATE TABLE only_copy (x int); INSERT INTO only_copy VALUES (42)")
    for phase in ("plan", "stop", "files"):
        stack.do("restore", phase, "latest", "photo-sync@web1")
    stack.sh(
        """
        setsid python3 -u /root/drive.py restore databases latest >/root/log 2>&1 & started=$!
        timeout 60 sh -c "while ! grep -q custom-postgres/grouping /root/log; do sleep 0.05; done"
        kill -9 -- -$started
        """
    )
    assert stack.sql("immich-postgres", "immich", "SELECT x FROM only_copy").strip() == "42"
    assert stack.do("restore", "plan", "latest")["result"]["resumed"] is True
    assert stack.do("restore", "files", "latest")["changed"] is False
    assert stack.do("restore", "databases", "latest")["changed"] is True
    aside = stack.sql(
        "immich-postgres", "postgres", "SELECT datname FROM pg_database WHERE datname LIKE '%before%'"
    ).strip()
    stack.sql("immich-postgres", "postgres", f'ALTER DATABASE "{aside}" ALLOW_CONNECTIONS true')
    assert stack.sql("immich-postgres", aside, "SELECT x FROM only_copy").strip() == "42"
    assert stack.do("restore", "prove", "latest")["result"]["differences"] == []


def test_a_swap_that_has_happened_is_not_repeated_over_the_data_set_aside(stack: Host) -> None:
    stack.do("create")
    stack.sql("immich-postgres", "immich", "CREATE TABLE only_copy (x int)")
    for phase in PHASES:
        stack.do("restore", phase, "latest", "photo-sync@web1")
    journal = stack.sh("ls /var/lib/photo-sync/restore/*.json").strip()
    noted = json.loads(stack.sh(f"cat {journal}"))
    del noted["phases"]["databases"]
    stack.sh(f"cat >{journal} <<'END'\n{json.dumps(noted)}\nEND\n")
    assert stack.do("restore", "databases", "latest")["changed"] is True
    aside = stack.sql(
        "immich-postgres", "postgres", "SELECT datname FROM pg_database WHERE datname LIKE '%before%'"
    ).strip()
    stack.sql("immich-postgres", "postgres", f'ALTER DATABASE "{aside}" ALLOW_CONNECTIONS true')
    assert stack.sql("immich-postgres", aside, "SELECT count(*) FROM only_copy").strip() == "0"


def test_a_point_that_does_not_fit_this_stack_is_refused_before_anything_is_changed(stack: Host) -> None:
    stack.do("create")
    stack.sh(
        """
        cd /opt/photo-sync/current
        python3 - <<'END'
import json
stack = json.load(open("stack.json"))
stack["databases"][0]["names"].remove("grouping")
stack["volumes"].pop(0)
json.dump(stack, open("stack.json", "w"))
END
        """
    )
    said = stack.drive("restore", "plan", "latest", "photo-sync@web1")["error"]
    assert "database custom-postgres/grouping is in the point, but no service of this stack declares it" in said
    assert "volume immich-data is in the point" in said
