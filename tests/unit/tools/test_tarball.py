# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection that a restore point carries can be installed, whether it was checked out or installed before."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils import tarball

GALAXY = str(Path(sys.executable).parent / "ansible-galaxy")


def install(archive: bytes, folder: Path) -> Path:
    file = folder / "collection.tar.gz"
    file.write_bytes(archive)
    words = ["collection", "install", "--force", "--offline", "--no-deps", "-p", str(folder / "here"), str(file)]
    subprocess.run([GALAXY, *words], check=True, capture_output=True)
    return folder / "here" / "ansible_collections" / "photosync" / "vps"


def test_ansible_galaxy_installs_it_and_what_is_installed_packs_itself_again_the_same(tmp_path: Path) -> None:
    archive = tarball.build()
    assert archive == tarball.build()
    installed = install(archive, tmp_path)
    assert (installed / "roles" / "restore" / "tasks" / "main.yml").exists()
    assert tarball.build(installed) == archive


def test_it_holds_the_files_that_ansible_galaxy_would_pack(tmp_path: Path) -> None:
    (tmp_path / "ours.tar.gz").write_bytes(tarball.build())
    words = ["collection", "build", "--output-path", str(tmp_path), str(tarball.COLLECTION)]
    subprocess.run([GALAXY, *words], check=True, capture_output=True)
    (theirs,) = tmp_path.glob("photosync-vps-*.tar.gz")
    members = [_members(path) for path in (tmp_path / "ours.tar.gz", theirs)]
    assert members[0] == members[1]


def test_a_file_that_was_changed_on_the_way_is_refused(tmp_path: Path) -> None:
    archive = tarball.build()
    with pytest.raises(subprocess.CalledProcessError):
        install(archive.replace(b"collection_info", b"collection_inf0", 1), tmp_path)


def _members(path: Path) -> tuple[dict[str, str], dict[str, object]]:
    """Every packed file's digest, and what the collection says of itself."""
    with tarfile.open(path) as tar:
        opened = {entry.name: tar.extractfile(entry) for entry in tar.getmembers() if entry.isfile()}
        read = {name: stream.read() for name, stream in opened.items() if stream}
    info = json.loads(read["MANIFEST.json"])["collection_info"]
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in read.items()}
    return {name: digests[name] for name in digests if name not in ("MANIFEST.json", "FILES.json")}, info
