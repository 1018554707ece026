# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the engine relies on restic for."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.names import to_text
from ansible_collections.photosync.vps.plugins.module_utils.common.pipes import pipe
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.restic import client
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic.contents import exact_nodes
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import (
    FAILED,
    LOCKED,
    NO_REPOSITORY,
    WRONG_PASSWORD,
    Damaged,
    ResticError,
)
from ansible_collections.photosync.vps.plugins.module_utils.restore.compare import unix_mode

from support.contracts.place import Place, refusal

TAGS = ["stack=world", "point=20261123T030000Z-3f9a", "part=files"]


def code(error: Exception) -> int | None:
    """The exit code that an error of restic's stands for."""
    assert isinstance(error, ResticError), error
    return error.rc


def made(place: Place, name: str = "points") -> Restic:
    """A repository that is there and empty."""
    restic = place.restic(name)
    restic.initialise()
    return restic


def nodes(restic: Restic, snapshot: str, folder: str) -> dict[str, dict[str, Any]]:
    """What lies in a folder of a snapshot, by path."""
    found: list[dict[str, Any]] = []
    restic.nodes(snapshot, found.append, folder)
    return {node["path"]: node for node in found}


def case_its_version_is_new_enough(_place: Place) -> None:
    assert client.installed()["sufficient"]


def case_exit_codes_tell_why_a_repository_cannot_be_opened(place: Place) -> None:
    assert code(refusal(place.restic().snapshots, TAGS)) == NO_REPOSITORY
    made(place)
    assert code(refusal(place.restic(password="another").snapshots, TAGS)) == WRONG_PASSWORD
    assert code(refusal(place.restic().initialise)) == FAILED
    assert place.restic().snapshots(TAGS) == []


def case_a_snapshot_carries_what_it_was_given(place: Place) -> None:
    restic, folder = made(place), place.files("photos", **{"a.jpg": "one", "b/c.jpg": "three"})
    told: list[int] = []
    saved = restic.backup([folder], TAGS, "web1", on_bytes=told.append)
    (found,) = restic.snapshots(TAGS)
    assert (found["id"], found["hostname"], found["tags"], found["paths"]) == (
        saved["snapshot_id"], "web1", TAGS, [folder],
    )  # fmt: skip
    assert saved["total_bytes_processed"] == found["summary"]["total_bytes_processed"] == 8
    assert re.fullmatch(r"[0-9a-f]{64}", found["tree"]) and re.fullmatch(r"[0-9a-f]{64}", found["id"])
    assert restic.snapshots(["stack=world"]) and not restic.snapshots(["stack=another"])
    assert not restic.snapshots([*TAGS, "part=cold"])


def case_equal_content_has_an_equal_tree(place: Place) -> None:
    restic, folder = made(place), place.files("photos", **{"a.jpg": "one"})
    for _time in range(2):
        restic.backup([folder], TAGS, "web1")
    Path(folder, "a.jpg").write_text("two")
    restic.backup([folder], TAGS, "web1")
    first, second, third = (one["tree"] for one in restic.snapshots(TAGS))
    assert first == second != third


def case_a_source_that_is_not_there_is_no_snapshot(place: Place) -> None:
    restic = made(place)
    assert code(refusal(restic.backup, [str(place.folder / "nowhere")], TAGS, "web1")) is not None
    assert restic.snapshots(TAGS) == []


def case_a_text_comes_back_as_it_was(place: Place) -> None:
    restic = made(place)
    saved = restic.backup_text('{"a": "ä"}', "manifest.json", TAGS, "web1")
    assert restic.dump(saved["snapshot_id"], "manifest.json") == '{"a": "ä"}'
    assert code(refusal(restic.dump, saved["snapshot_id"], "another.json")) == FAILED
    assert code(refusal(restic.dump, "0" * 64, "manifest.json")) == FAILED


def case_what_a_command_prints_is_saved(place: Place) -> None:
    restic = made(place)
    saved = restic.backup_output(["printf", "rows"], "a.dump", TAGS, "web1")
    assert saved["total_bytes_processed"] == 4
    assert run(restic.dump_argv(saved["snapshot_id"], "a.dump"), env=restic.environment).stdout == "rows"


def case_a_command_that_fails_leaves_no_snapshot(place: Place) -> None:
    restic = made(place)
    errors = [refusal(restic.backup_output, ["ls", "/nowhere/at/all"], "a.dump", TAGS, "web1") for _time in range(5)]
    assert {code(error) for error in errors} == {FAILED}
    # Now and then restic 0.18 loses what a command says that ends at once.
    assert any("/nowhere/at/all" in str(error) for error in errors)
    assert restic.snapshots(TAGS) == []


def case_files_are_listed_with_owners_and_modes(place: Place) -> None:
    restic, folder = made(place), place.files("photos", **{"a.jpg": "one", "b/c.jpg": "three"})
    os.chmod(f"{folder}/a.jpg", 0o640)
    os.chmod(f"{folder}/b", 0o2755)
    os.symlink("a.jpg", f"{folder}/link")
    found = nodes(restic, restic.backup([folder], TAGS, "web1")["snapshot_id"], folder)
    assert {path: node["type"] for path, node in found.items()} == {
        "/a.jpg": "file", "/b": "dir", "/b/c.jpg": "file", "/link": "symlink",
    }  # fmt: skip
    assert unix_mode(found["/a.jpg"]["mode"]) == 0o640 and unix_mode(found["/b"]["mode"]) == 0o2755
    assert found["/b/c.jpg"]["size"] == 5 and found["/a.jpg"]["uid"] == os.getuid()


def case_a_folder_that_a_snapshot_lacks_is_an_error(place: Place) -> None:
    restic, folder = made(place), place.files("photos", **{"a.jpg": "one"})
    snapshot = restic.backup([folder], TAGS, "web1")["snapshot_id"]
    assert code(refusal(restic.restore, snapshot, f"{folder}/nowhere", str(place.folder / "target"))) == FAILED


def case_names_that_are_no_text_are_told_apart(place: Place) -> None:
    restic, folder = made(place), place.files("photos", **{"a.jpg": "one"})
    for name in (b"\xff", b"\xfe\n", b"line\nfeed"):
        with open(os.path.join(os.fsencode(folder), name), "wb") as stream:
            stream.write(name)
    snapshot = restic.backup([folder], TAGS, "web1")["snapshot_id"]
    found: list[str] = []
    exact_nodes(restic, snapshot, folder, lambda node: found.append(node["path"]))
    assert sorted(found) == sorted(to_text(name) for name in (b"/\xff", b"/\xfe\n", b"/line\nfeed", b"/a.jpg"))


def case_a_restore_leaves_exactly_what_was_saved(place: Place) -> None:
    restic, folder = made(place), place.files("photos", **{"a.jpg": "one", "b/c.jpg": "three"})
    os.chmod(f"{folder}/a.jpg", 0o604)
    snapshot = restic.backup([folder], TAGS, "web1")["snapshot_id"]
    target = place.files("target", **{"a.jpg": "two", "more.jpg": "more", "folder/d.jpg": "d"})
    restic.restore(snapshot, folder, target)
    assert sorted(os.listdir(target)) == ["a.jpg", "b"] and Path(target, "b/c.jpg").read_text() == "three"
    assert Path(target, "a.jpg").read_text() == "one"
    assert stat.S_IMODE(os.stat(f"{target}/a.jpg").st_mode) == 0o604
    assert restic.differences(snapshot, folder, target) == []


def case_what_a_restore_would_change_is_told_and_not_done(place: Place) -> None:
    restic, folder = made(place), place.files("photos", **{"a.jpg": "one", "b/c.jpg": "three", "gone.jpg": "x"})
    snapshot = restic.backup([folder], TAGS, "web1")["snapshot_id"]
    Path(folder, "a.jpg").write_text("two")
    os.unlink(f"{folder}/gone.jpg")
    place.files("photos", **{"more.jpg": "more"})
    found = {(one["action"], one["item"]) for one in restic.differences(snapshot, folder, folder)}
    assert found == {("updated", "/a.jpg"), ("deleted", f"{folder}/more.jpg")}
    assert Path(folder, "a.jpg").read_text() == "two" and os.path.exists(f"{folder}/more.jpg")


def case_all_of_a_snapshot_can_be_read(place: Place) -> None:
    restic, folder = made(place), place.files("photos", **{"a.jpg": "one"})
    snapshot = restic.backup([folder], TAGS, "web1")["snapshot_id"]
    restic.walk(snapshot)
    target = str(place.folder / "all.tar")
    pipe(restic.everything_argv(snapshot), ["tee", target], restic.environment)
    assert b"one" in Path(target).read_bytes()


def case_what_is_forgotten_is_gone(place: Place) -> None:
    restic = made(place)
    ids = [restic.backup_text(text, "a.txt", TAGS, "web1")["snapshot_id"] for text in ("one", "two")]
    restic.forget(ids[:1])
    restic.prune()
    assert [one["id"] for one in restic.snapshots(TAGS)] == ids[1:]
    restic.check()


def case_a_copy_has_the_same_tree_under_another_name_and_comes_once(place: Place) -> None:
    first, second = made(place), place.restic("copies")
    second.initialise(first)
    saved = first.backup_text("one", "a.txt", TAGS, "web1")["snapshot_id"]
    for _time in range(2):
        second.copy(first, [saved])
    (there,), (here,) = second.snapshots(TAGS), first.snapshots(TAGS)
    assert there["id"] != saved and there["tree"] == here["tree"] and there["tags"] == TAGS
    first.copy(second, [there["id"]])
    assert len(first.snapshots(TAGS)) == 1


def case_what_lost_something_is_damaged(place: Place) -> None:
    restic, folder = made(place), place.files("photos", **{"a.jpg": "one"})
    snapshot = restic.backup([folder], TAGS, "web1")["snapshot_id"]
    restic.check()
    place.damage(restic)
    assert isinstance(refusal(restic.check), Damaged)
    assert code(refusal(restic.dump, snapshot, f"{folder}/a.jpg".lstrip("/"))) == FAILED


def case_a_lock_keeps_others_out_and_a_stale_one_is_removed(place: Place) -> None:
    restic = made(place)
    restic.backup_text("one", "a.txt", TAGS, "web1")
    with place.locked(restic, stale=False):
        assert code(refusal(restic.prune)) == LOCKED
        run(["restic", "unlock"], env=restic.environment)
        assert code(refusal(restic.prune)) == LOCKED
    with place.locked(restic, stale=True):
        assert code(refusal(restic.prune)) == LOCKED
        restic.owns_lock = True
        restic.prune()
