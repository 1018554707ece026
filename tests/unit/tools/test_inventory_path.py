# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Files that belong to an inventory lie where Ansible reads them, or beside it where Ansible must not."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.inventory import inventory_path

NAME = "group_vars/all/vault.yml"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "inventory").mkdir()
    (tmp_path / "inventory" / "hosts.yml").write_text("all:\n")
    return tmp_path


@pytest.mark.parametrize("source", ["inventory", "inventory/hosts.yml"])
def test_a_file_of_variables_lies_in_the_folder_of_the_inventory(
    folder: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    assert inventory_path([str(folder / source), "/else"], NAME) == str(folder / "inventory" / NAME)
    monkeypatch.chdir(folder)
    assert inventory_path([source], NAME) == str(folder / "inventory" / NAME)


def test_what_is_no_variable_lies_beside_the_inventory(folder: Path) -> None:
    sheet = "escrow/photo-sync@web1.md"
    assert inventory_path([str(folder / "inventory")], sheet, beside=True) == str(folder / sheet)
    assert inventory_path([str(folder / "inventory" / "hosts.yml")], sheet, beside=True) == str(
        folder / "inventory" / sheet
    )


def test_ansible_reads_what_lies_beside_a_link_and_what_is_kept_outlives_the_link(folder: Path) -> None:
    (folder / "links").mkdir()
    link = folder / "links" / "hosts.yml"
    link.symlink_to(folder / "inventory" / "hosts.yml")
    assert inventory_path([str(link)], NAME) == str(folder / "links" / NAME)
    assert inventory_path([str(link)], NAME, beside=True) == str(folder / "inventory" / NAME)


def test_a_file_that_somebody_names_is_taken_and_no_inventory_is_no_place(folder: Path) -> None:
    assert inventory_path([], NAME, str(folder / "inventory" / ".." / "mine.yml")) == str(folder / "mine.yml")
    assert inventory_path([], NAME) == inventory_path(["web1,"], NAME) == ""
