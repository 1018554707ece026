# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restoring: exact, proved, and never over data unasked; phase by phase, as the playbook does it."""

from __future__ import annotations

import json

import pytest
from integration.restore.library import CONFIRM, PHOTOS, Library

pytestmark = pytest.mark.full

MAY = "small@restore"
# Data and everything that the host knows of its points, as on a machine that was set up anew.
LOSE = """
cd /opt/small/current && docker compose down -v 2>/dev/null
cd /var/lib/small && rm -rf restore publishes-to.json verified.json host-id
"""
VECTORS = "SELECT count(*), sum(hashtext(f::text)::bigint) FROM face f"
ASIDE = "SELECT datname FROM pg_database WHERE datname LIKE '%before%'"
PHASES = ("plan", "verify", "stop", "files", "databases", "prove")
DOCUMENT = "/opt/small/current/stack.json"


def upto(library: Library, last: str) -> None:
    """All phases up to this one, of a restore that may replace what is there."""
    for phase in PHASES[: PHASES.index(last) + 1]:
        library.done(phase, MAY)


def differences(library: Library) -> list[dict]:
    """What the proof finds."""
    answer = library.phase("prove")
    return answer.get("value", answer)["result"]["differences"]


def set_aside(library: Library, sql: str) -> str:
    """What the database albums answers that was there before."""
    (name,) = (found for found in library.sql(ASIDE, "postgres").split() if found.startswith("albums_"))
    library.sql(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true', "postgres")
    return library.sql(sql, name)


def test_everything_comes_back_exactly_on_a_host_that_lost_it(library: Library) -> None:
    wanted = library.photos(), library.rows(), library.sql(VECTORS)
    point = library.answer("backup")["point"]
    library.sh(LOSE)
    done = library.answer("restore latest")
    assert (library.photos(), library.rows(), library.sql(VECTORS)) == wanted
    assert (done["point"], done["safety"]["kind"]) == (point["id"], "none")
    files = sum(volume["files"] for volume in point["volumes"])
    compared = {"databases": 2, "tables": 3, "rows": 701, "volumes": 2, "files": files}
    assert {name: done["compared"][name] for name in compared} == compared
    assert library.sql("SHOW search_path") == '"$user", public, vectors'
    assert library.serves()
    assert library.back_up()


def test_a_lost_row_and_an_altered_file_are_named_though_its_size_and_time_are_the_same(library: Library) -> None:
    library.back_up()
    assert differences(library) == []
    library.sql("DELETE FROM album WHERE id = 77")
    library.sh(
        f"""
        cd {PHOTOS}/2026
        cp -p 5.jpg /root/kept.jpg
        printf X | dd of=5.jpg conv=notrunc bs=1 seek=1000 2>/dev/null
        touch -r /root/kept.jpg 5.jpg
        echo added >new.jpg
        """
    )
    assert {found["message"] for found in differences(library)} == {
        "database database/albums: table public.album: expected 200 rows, found 199 rows",
        "volume photos: /2026/5.jpg: expected the content saved, found other content",
    }


def test_at_rest_one_changed_row_and_one_added_file_are_differences_too(library: Library) -> None:
    library.back_up()
    library.sh("docker stop -t 1 small-web-1 small-caddy-1 small-bystander-1")
    library.sql("UPDATE album SET title = 'x' WHERE id = 5")
    library.sh(f"cd {PHOTOS}/2026 && echo added >new.jpg && chmod 600 1.jpg && rm 4.jpg && chown 5:5 5.jpg")
    found = {(each["kind"], each["what"]) for each in differences(library) if each["where"] != "volume caddy_data"}
    assert found == {
        ("rows", "table public.album"),
        ("extra", "/2026/new.jpg"),
        ("mode", "/2026/1.jpg"),
        ("missing", "/2026/4.jpg"),
        ("owner", "/2026/5.jpg"),
    }


def test_data_is_not_replaced_without_the_right_word(library: Library) -> None:
    library.back_up()
    before = library.photos(), library.rows()
    for confirm in ("", "small@web2", "other@restore"):
        said = library.phase("plan", confirm=confirm)["error"]
        assert "volume photos: files" in said
        assert "database database/albums: 3 tables" in said
        assert said.endswith(f"restore_confirm={MAY}")
        for phase in ("stop", "files", "databases", "finish"):
            assert "the phase plan comes first" in library.phase(phase)["error"]
    assert (library.photos(), library.rows()) == before


def test_with_the_right_word_what_was_there_is_replaced_and_kept_aside_until_the_end(library: Library) -> None:
    library.back_up()
    library.sql("DELETE FROM album; CREATE TABLE later (x int)")
    library.sh(f"rm -r {PHOTOS}/2026; echo later >{PHOTOS}/later.jpg")
    upto(library, "prove")
    assert differences(library) == []
    assert set_aside(library, "SELECT count(*) FROM later") == "0"
    assert library.sh(f"cat {PHOTOS}.before-*/later.jpg") == "later\n"
    for phase in ("start", "finish"):
        library.done(phase)
    assert library.sql(ASIDE, "postgres") == ""
    assert library.sh(f"ls {PHOTOS}/..") == "_data\n"


def test_killed_between_two_databases_it_goes_on_and_what_was_there_is_not_lost(library: Library) -> None:
    library.back_up()
    library.sql("CREATE TABLE only_copy AS SELECT 42 AS x")
    library.killed("database database/albums: 3 tables", f"restore latest --safety none {CONFIRM}")
    assert library.sql("SELECT x FROM only_copy") == "42"
    assert library.done("plan")["result"]["resumed"] is True
    assert library.done("files")["changed"] is False
    assert library.done("databases")["changed"] is True
    assert set_aside(library, "SELECT x FROM only_copy") == "42"
    assert differences(library) == []


def test_a_swap_that_has_happened_is_not_repeated_over_the_data_set_aside(library: Library) -> None:
    library.back_up()
    library.sql("CREATE TABLE only_copy (x int)")
    library.killed("before noting databases", f"restore latest --safety none {CONFIRM}")
    assert library.done("databases")["changed"] is True
    assert set_aside(library, "SELECT count(*) FROM only_copy") == "0"


def test_a_point_that_does_not_fit_this_stack_is_refused_before_anything_is_changed(library: Library) -> None:
    library.back_up()
    deployed = library.sh(f"cat {DOCUMENT}")
    changed = json.loads(deployed)
    changed["databases"] = []
    changed["volumes"] = [volume for volume in changed["volumes"] if volume["name"] != "photos"]
    library.sh(f"cat >{DOCUMENT} <<'END'\n{json.dumps(changed)}\nEND\n")
    try:
        said = library.phase("plan", confirm=MAY)["error"]
    finally:
        library.sh(f"cat >{DOCUMENT} <<'END'\n{deployed}\nEND\n")
    assert "database database/drafts is in the point, but database is no database server of this stack" in said
    assert "volume photos is in the point" in said
