# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A restore point of the first version of its format, kept as files: how it is made anew, and what is in it.

Made again only when the format gets another version, and then under another name beside this one:

    .venv/bin/python tests/integration/schemas/first_version.py
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
NAME = "glass-point"
FOLDER = HERE / "schema-1"
# The point's manifest as it is in there, for whoever has no restic at hand.
MANIFEST = HERE / "schema-1.json"
# Everybody may know it: it opens this one repository, in which nothing is anybody's.
PASSWORD = "not-a-secret-of-anybody"
FILES = {"/upload/1/1.jpg": b"first photo\n", "/upload/1/2.jpg": b"second photo\n", "/upload/.immich": b"1\n"}
IMMICH = """
CREATE EXTENSION vector;
ALTER DATABASE immich SET search_path TO "$user", public, vectors;
CREATE TABLE asset (id int PRIMARY KEY, path text, taken timestamptz, exif jsonb, embedding vector(3));
INSERT INTO asset SELECT i, '/upload/1/' || i || '.jpg', '2026-11-23 03:00:00+00'::timestamptz + i * interval '1 hour',
    jsonb_build_object('iso', i * 100), ARRAY[i, 0.5, -i]::vector FROM generate_series(1, 5) i;
CREATE INDEX ON asset USING hnsw (embedding vector_cosine_ops);
"""
DEDUPLICATION = """
CREATE TABLE hashes (id serial PRIMARY KEY, hash text);
INSERT INTO hashes (hash) VALUES ('d41d8cd9'), ('98f00b20'), ('4e9800998ecf8427e');
"""
ROWS = {
    "custom-postgres/deduplication": {"public.hashes": 3},
    "custom-postgres/grouping": {},
    "immich-postgres/immich": {"public.asset": 5},
}


def fill(files: str) -> str:
    """A script that starts the stack and lays the files, with owners and modes, into the folder of their volume."""
    laid = "\n".join(f"install -D -m 0640 <(printf %s '{text.decode()}') {files}{path}" for path, text in FILES.items())
    return f"""
    set -e
    cd /opt/photo-sync/current
    docker compose up -d --wait 2>/dev/null
    python3 /root/drive.py ensure
    {laid}
    chown -R 1000:1000 {files}
    chown 1234:4321 {files}/upload/1/2.jpg
    """


@contextmanager
def machine() -> Iterator[Any]:
    """A throwaway VPS with the small stack's release, its backup settings and the engine, nothing of it running."""
    from integration.guards import by_hand
    from integration.guards.throwaway import Host

    vps = [sys.executable, str(by_hand.ROOT / "tests" / "host" / "vps.py")]
    line = subprocess.run(
        [*vps, "up", NAME, "--fresh", "--prepared"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    try:
        host = Host(line)
        host.sh(by_hand.PROVISION)
        engine = "engine/ansible_collections/photosync/vps/plugins/module_utils"
        here = {name: by_hand.HERE / name for name in ("drive.py", "stack.json", "compose.yaml")}
        host.send({engine: by_hand.ROOT / "plugins" / "module_utils", **here})
        host.sh(by_hand.CLEAR)
        host.sh(f"echo {PASSWORD} >/etc/photo-sync/restic-password")
        yield host
    finally:
        subprocess.run([*vps, "down", NAME], check=True)


def make() -> None:
    """Make the point on a throwaway VPS and take its repository here."""
    tests = HERE.parents[1]
    sys.path[:0] = [str(tests), str(tests.parent / ".venv" / "collections"), str(tests / "host")]
    from integration.guards.throwaway import FILES as THERE

    with machine() as host:
        host.sh(fill(THERE))
        host.sql("immich-postgres", "immich", IMMICH)
        host.sql("custom-postgres", "deduplication", DEDUPLICATION)
        made = host.do("create", "kept for the tests")
        MANIFEST.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n", encoding="utf-8")
        with tarfile.open(fileobj=io.BytesIO(host.fetch("/root/repo"))) as archive:
            archive.extractall(FOLDER, filter="data")
        for path in FOLDER.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)


if __name__ == "__main__":
    make()
