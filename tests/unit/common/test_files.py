# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files are replaced whole or not at all, laid inside a folder or not at all, and removed under another name."""

import os
from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import files


@pytest.mark.parametrize("breaks", ["", "fsync", "replace"])
def test_a_file_is_the_new_one_or_the_old_one_and_nothing_lies_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, breaks: str
) -> None:
    path, replace = tmp_path / "note", os.replace
    path.write_text("old")

    def full(*_given: object) -> None:
        raise OSError("disk full")

    def lost(source: str, target: str) -> None:
        replace(source, target)
        raise OSError("the power went")

    if breaks:
        monkeypatch.setattr(os, breaks, full if breaks == "fsync" else lost)
    said = ""
    try:
        files.write_atomically(str(path), "new", 0o640)
    except OSError as error:
        said = str(error)
    assert (said, path.read_text()) == {
        "": ("", "new"),
        "fsync": ("disk full", "old"),
        "replace": ("the power went", "new"),
    }[breaks]
    assert os.listdir(tmp_path) == ["note"]
    assert breaks == "fsync" or path.stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(
    ("path", "place"),
    [("/etc/a", "etc/a"), ("a", "a"), ("a/../b", "b"), *((path, "") for path in ("..", "../a", "/", ".", "link/a"))],
)
def test_what_is_laid_into_a_folder_stays_in_it(tmp_path: Path, path: str, place: str) -> None:
    (tmp_path / "link").symlink_to("/etc")
    try:
        found = os.path.relpath(files.below(str(tmp_path), path), tmp_path)
    except ValueError:
        found = ""
    assert found == place


def test_a_folder_goes_with_what_an_earlier_removal_has_left_of_one(tmp_path: Path) -> None:
    for name in ("a", f"a{files.RUBBISH}"):
        (tmp_path / name / "deep").mkdir(parents=True)
    files.discard(str(tmp_path / "a"))
    assert os.listdir(tmp_path) == []
