# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The collection that a restore point carries can be installed, whether it was checked out or installed before."""

import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.plugin_utils import tarball

GALAXY = str(Path(sys.executable).parent / "ansible-galaxy")
# Prints the digests of all that a controller packs, loaded without Ansible, which few Pythons have.
PACK = """
import hashlib, importlib.util, sys
sys.path.append({modules!r})
for name, build in (("tarball", "build()"), ("zipapp", "pack('photo-sync')")):
    spec = importlib.util.spec_from_file_location(name, {folder!r} + "/" + name + ".py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    print(hashlib.sha256(eval("module." + build)).hexdigest())
"""


def pythons() -> list[str]:
    """Every Python of a controller that this machine has, each version once."""
    told = "import sys; print(*sys.version_info[:3], sep='.') if sys.version_info >= (3, 11) else sys.exit(1)"
    versions = Path.home() / ".pyenv" / "versions"
    found = {}
    for path in [Path(sys.executable), *Path("/usr/bin").glob("python3.*"), *versions.glob("*/bin/python3")]:
        if not path.name.endswith("-config"):
            said = subprocess.run([str(path), "-c", told], capture_output=True, text=True, check=False)
            if said.returncode == 0:
                found.setdefault(said.stdout, str(path))
    return list(found.values())


def install(archive: bytes, folder: Path, umask: int = 0o022) -> Path:
    file = folder / "collection.tar.gz"
    file.write_bytes(archive)
    words = ["collection", "install", "--force", "--offline", "--no-deps", "-p", str(folder / "here"), str(file)]
    subprocess.run([GALAXY, *words], check=True, capture_output=True, umask=umask)
    return folder / "here" / "ansible_collections" / "photosync" / "vps"


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive that ansible-galaxy itself makes, where new files are their owner's alone."""
    folder = tmp_path_factory.mktemp("theirs")
    words = ["collection", "build", "--output-path", str(folder), str(tarball.COLLECTION)]
    subprocess.run([GALAXY, *words], check=True, capture_output=True, umask=0o077)
    (archive,) = folder.glob("photosync-vps-*.tar.gz")
    return archive


def test_ansible_galaxy_installs_it_and_what_is_installed_packs_itself_again_the_same(tmp_path: Path) -> None:
    archive = tarball.build()
    installed = install(archive, tmp_path)
    assert (installed / "roles" / "restore" / "tasks" / "main.yml").exists()
    assert archive == tarball.build() == tarball.build(installed)
    listed = json.loads((installed / "FILES.json").read_text())
    listed["files"].reverse()
    (installed / "FILES.json").write_text(json.dumps(listed))
    assert tarball.build(installed) == archive, "the order in which files were listed"


def test_it_holds_the_files_that_ansible_galaxy_would_pack(theirs: Path, tmp_path: Path) -> None:
    (tmp_path / "ours.tar.gz").write_bytes(tarball.build())
    assert _members(tmp_path / "ours.tar.gz") == _members(theirs)


def test_whoever_packed_what_is_installed_and_under_which_umask_the_bytes_are_the_same(theirs: Path, tmp_path: Path):
    assert tarball.build(install(theirs.read_bytes(), tmp_path, 0o077)) == tarball.build()


def test_every_python_of_a_controller_makes_the_same_bytes() -> None:
    folder = str(tarball.COLLECTION / "plugins" / "plugin_utils")
    program = PACK.format(modules=str(Path(yaml.__file__).parents[1]), folder=folder)
    said = {
        python: subprocess.run([python, "-c", program], capture_output=True, text=True, check=True).stdout
        for python in pythons()
    }
    assert len(set(said.values())) == 1, said


def test_no_zlib_has_a_say_in_the_bytes_and_every_gzip_reads_them() -> None:
    content = b"photo" * 100_000
    packed = tarball.stored(content)
    assert gzip.decompress(packed) == content
    blocks = -(-len(content) // 0xFFFF)
    assert len(packed) == 10 + 5 * blocks + len(content) + 8
    assert packed[:10].hex() == "1f8b08000000000000ff"
    assert gzip.decompress(tarball.stored(b"")) == b""


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
