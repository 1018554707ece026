# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host command as a file: the same everywhere, and able to run with nothing but Python."""

import base64
import os
import shutil
import subprocess
import sys
import zipfile
import zlib

import pytest
from ansible_collections.photosync.vps.plugins.lookup.host_command import LookupModule
from ansible_collections.photosync.vps.plugins.plugin_utils import zipapp


@pytest.fixture
def command(tmp_path):
    packed = tmp_path / "photo-sync"
    packed.write_bytes(zipapp.pack("photo-sync"))
    packed.chmod(0o755)
    return packed


def test_another_checkout_on_another_day_gives_the_same_bytes(tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(
        zipapp.COLLECTION / "plugins" / "module_utils",
        copy / "plugins" / "module_utils",
        ignore=shutil.ignore_patterns("__pycache__"),
    )
    shutil.copy(zipapp.COLLECTION / "galaxy.yml", copy)
    for path in copy.rglob("*"):
        os.utime(path, (1, 1))
    assert zipapp.pack("photo-sync", copy) == zipapp.pack("photo-sync")


def test_a_changed_engine_gives_another_file(tmp_path):
    engine = tmp_path / "plugins" / "module_utils"
    engine.mkdir(parents=True)
    (tmp_path / "galaxy.yml").write_text("version: 1.0.0\n")
    (engine / "table.py").write_text("a = 1\n")
    before = zipapp.pack("photo-sync", tmp_path)
    (engine / "table.py").write_text("a = 2\n")
    assert zipapp.pack("photo-sync", tmp_path) != before


def test_an_installed_collection_tells_its_version_too(tmp_path):
    (tmp_path / "MANIFEST.json").write_text('{"collection_info": {"version": "2.3.4"}}')
    assert zipapp.collection_version(tmp_path) == "2.3.4"


def test_it_holds_the_engine_and_nothing_else(command):
    names = zipfile.ZipFile(command).namelist()
    packages = ["ansible_collections/", "ansible_collections/photosync/", "ansible_collections/photosync/vps/"]
    packages.append("ansible_collections/photosync/vps/plugins/")
    others = [name for name in names if not name.startswith(f"{zipapp.ENGINE}/")]
    assert others == ["__main__.py", *(f"{package}__init__.py" for package in packages)]
    assert all(name.endswith(".py") for name in names)
    assert len(names) == len(set(names))


def test_it_runs_with_nothing_of_ansible_installed_and_knows_its_stack(command):
    said = subprocess.run(
        [sys.executable, "-I", "-S", command, "--version"], capture_output=True, text=True, check=True
    )
    assert said.stdout == f"photo-sync (photosync.vps {zipapp.collection_version()})\n"


def test_it_is_started_isolated_from_whatever_lies_about_on_the_host(command):
    assert command.read_bytes().splitlines()[0] == b"#!/usr/bin/python3 -I"


def test_ansible_is_handed_its_bytes_as_text(command):
    (text,) = LookupModule().run(["photo-sync"])
    assert zlib.decompress(base64.b64decode(text)) == command.read_bytes()


def test_one_that_is_replaced_while_it_runs_goes_on_with_what_it_was(tmp_path):
    def packed(said: str) -> bytes:
        engine = tmp_path / said / "plugins" / "module_utils"
        (engine / "cli").mkdir(parents=True)
        (engine / "cli" / "__init__.py").touch()
        (tmp_path / said / "galaxy.yml").write_text("version: 1.0.0\n")
        replacing = "import os, sys\ndef main(*_given):\n    os.replace(sys.argv[1], sys.argv[0])\n"
        late = f"    from {str(zipapp.ENGINE).replace('/', '.')} import late\n    print(late.SAID)\n"
        (engine / "cli" / "main.py").write_text(replacing + late + f"# {said}\n" * len(said))
        (engine / "late.py").write_text(f"SAID = {said!r}\n")
        return zipapp.pack("photo-sync", tmp_path / said)

    running, other = tmp_path / "running", tmp_path / "other"
    running.write_bytes(packed("as it was"))
    other.write_bytes(packed("as it is now, which is longer"))
    said = subprocess.run([sys.executable, "-I", "-S", running, other], capture_output=True, text=True, check=False)
    assert said.stdout == "as it was\n", said.stderr
