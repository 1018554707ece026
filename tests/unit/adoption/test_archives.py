# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Archives of today's backup script: which are of what, which are worth nothing, and who can read a database in one."""

from __future__ import annotations

import tarfile

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.adoption import archives, unpacking

CLUSTER = {
    "PG_VERSION": "14\n",
    "base/1/PG_VERSION": "14\n",
    "postmaster.opts": '/usr/lib/postgresql/14/bin/postgres "-D" "/var/lib/postgresql/data"\n',
}


@pytest.fixture
def make(tmp_path):
    """Makes an archive as ``tar czf x.tar.gz -C /data .`` does, of files with these texts."""

    def pack(name, files, prefix="./"):
        volume = tmp_path / "volume"
        for path, text in files.items():
            (volume / path).parent.mkdir(parents=True, exist_ok=True)
            (volume / path).write_text(text)
        volume.mkdir(exist_ok=True)
        target = tmp_path / "archives" / name
        target.parent.mkdir(exist_ok=True)
        with tarfile.open(target, "w:gz") as archive:
            archive.add(volume, arcname=prefix.rstrip("/"))
        return str(target)

    return pack


@pytest.mark.parametrize(
    ("name", "volume"),
    [
        ("custom-postgres.tar.gz", "custom-pgdata"),
        ("immich-postgres.tar.gz", "immich-pgdata"),
        ("immich-pgdata.tar.gz", "immich-pgdata"),
        ("photo-sync_immich-pgdata-20260101.tar.gz", "immich-pgdata"),
        ("caddy-data.tar.gz", "caddy_data"),
        ("immich_data.tar.gz", "immich-data"),
        ("wordpress.tar.gz", ""),
    ],
)
def test_an_archive_is_known_by_the_name_of_its_volume_or_of_its_server(spec, name, volume):
    assert archives.volume_for(f"/backup/{name}", spec) == volume


def test_an_empty_archive_is_told_for_what_it_is(make):
    path = make("immich-postgres.tar.gz", {})
    said = archives.complaint(path, "immich-pgdata", archives.read(path), is_database=True)
    assert "immich-postgres.tar.gz is empty" in said and "another volume than immich-pgdata" in said


@pytest.mark.parametrize(("prefix", "root"), [("./", "."), ("data/", "data"), ("var/lib/pg/", "var/lib/pg")])
def test_a_database_directory_is_found_wherever_it_lies_in_the_archive(make, tmp_path, prefix, root):
    path = make("custom-postgres.tar.gz", CLUSTER, prefix)
    content = archives.read(path)
    assert (content.root, content.major, content.files) == (root, 14, 3)
    assert content.program == "/usr/lib/postgresql/14/bin/postgres"
    target = tmp_path / "target"
    target.mkdir()
    archives.unpack(path, content.root, str(target))
    assert (target / "PG_VERSION").read_text() == "14\n"
    assert (target / "base" / "1" / "PG_VERSION").exists()


def test_a_volume_of_files_is_unpacked_from_where_the_script_mounted_it(make, tmp_path):
    path = make("caddy-data.tar.gz", {"caddy/account.json": "{}"}, "data/")
    target = tmp_path / "target"
    target.mkdir()
    archives.unpack(path, archives.read(path).root, str(target))
    assert (target / "caddy" / "account.json").exists()


def test_names_of_any_bytes_come_out_of_an_archive(make, tmp_path):
    names = ["bad\udcffname.jpg", "new\nline", "fold\udcfe/" + "\udce9" * 250]
    path = make("immich_data.tar.gz", dict.fromkeys(names, "x"), "./")
    content = archives.read(path)
    assert (content.files, content.broken) == (3, "")
    target = tmp_path / "volume-of-the-stack"
    target.mkdir()
    archives.unpack(path, content.root, str(target))
    found = {str(one.relative_to(target)) for one in target.rglob("*") if one.is_file()}
    assert found == set(names)


def test_an_archive_whose_name_nobody_can_type_is_named_all_the_same(make, spec, tmp_path):
    path = make("bad\udcffname.tar.gz", {"x": "x"})
    said = archives.complaint(path, "", archives.read(path), is_database=False)
    assert said.startswith(r"bad\xffname.tar.gz is of no volume")
    (tmp_path / "old" / "m\udcfcll").mkdir(parents=True)
    found, complaints = unpacking.read_all(str(tmp_path / "old"), spec)
    assert found == {} and r"it holds m\xfcll:" in complaints[0]


def test_an_archive_cut_short_is_broken(make):
    path = make("custom-postgres.tar.gz", {**CLUSTER, "base/1/2": "x" * 100000})
    with open(path, "r+b") as stream:
        stream.truncate(150)
    said = archives.complaint(path, "custom-pgdata", archives.read(path), is_database=True)
    assert "is broken" in said


def test_a_database_needs_a_server_of_its_own_version_and_kind(make):
    content = archives.read(make("custom-postgres.tar.gz", CLUSTER))
    program = "/usr/lib/postgresql/14/bin/postgres"
    assert archives.reader_complaint("a.tar.gz", content, "postgres:14", 14, program) is None
    assert "postgres:14" in archives.reader_complaint("a.tar.gz", content, "postgres:17", 17, program)
    other = archives.reader_complaint("a.tar.gz", content, "postgres:14-alpine", 14, "/usr/local/bin/postgres")
    assert "of another kind" in other and "adopt_images" in other


def test_a_folder_of_backups_asks_for_one_of_them(spec, tmp_path):
    (tmp_path / "20260101_030000").mkdir()
    found, complaints = unpacking.read_all(str(tmp_path), spec)
    assert found == {} and "20260101_030000" in complaints[0]


def test_two_archives_of_one_volume_are_refused(spec, make, tmp_path):
    make("caddy-data.tar.gz", {"caddy/account.json": "{}"})
    make("caddy_data.tar.gz", {})
    _found, complaints = unpacking.read_all(str(tmp_path / "archives"), spec)
    assert "are both of caddy_data" in complaints[0]


def test_immich_starts_on_an_uploads_volume_that_no_archive_held(tmp_path):
    archives.mark(str(tmp_path))
    assert sorted(path.name for path in tmp_path.iterdir()) == list(archives.UPLOAD_FOLDERS)
    assert (tmp_path / "upload" / ".immich").is_file()
