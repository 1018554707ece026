# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stand-in for immich-server: photos as files in the uploads volume, and as rows with a vector in PostgreSQL."""

import hashlib
import json
import logging
import os
import urllib.request
import uuid
from pathlib import Path, PurePosixPath
from typing import Any

import redis
from fixture.database import Database
from fixture.web import Refused, Reply, Request, serve
from form import photo_of
from psycopg.conninfo import make_conninfo
from uploads import MissingMarker, Uploads

log = logging.getLogger("fixture")

SCHEMA = """
    CREATE EXTENSION IF NOT EXISTS vector;
    CREATE TABLE IF NOT EXISTS system_metadata (key text PRIMARY KEY, value jsonb NOT NULL);
    CREATE TABLE IF NOT EXISTS asset (
        id uuid PRIMARY KEY,
        number bigserial UNIQUE,
        file_name text NOT NULL,
        path text NOT NULL UNIQUE,
        bytes bigint NOT NULL,
        sha256 text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now(),
        embedding vector(512) NOT NULL
    );
    CREATE INDEX IF NOT EXISTS asset_embedding ON asset USING hnsw (embedding vector_cosine_ops);
"""
ASSET = "id::text, number, file_name, path, bytes, sha256, created_at::text, embedding::text"
UPLOADS = "immich:uploads"


class Immich:
    """The endpoints, on one database, one volume, one Redis and one machine-learning service."""

    def __init__(self, database: Database, uploads: Uploads, queue: redis.Redis, machine_learning: str) -> None:
        self.database = database
        self.uploads = uploads
        self.queue = queue
        self.machine_learning = machine_learning

    def start(self) -> None:
        """Make the schema; recognise the volume, or claim it when the database is new."""
        self.database.prepare(SCHEMA)
        claimed = self.database.rows("SELECT 1 FROM system_metadata UNION ALL SELECT 1 FROM asset LIMIT 1")
        if claimed:
            self.uploads.check()
            return
        self.uploads.mark()
        flags = json.dumps({"mounted": True})
        self.database.rows("INSERT INTO system_metadata VALUES ('system-flags', %s) RETURNING key", (flags,))

    def embedding(self, data: bytes) -> list[float]:
        """The vector that the machine-learning service makes of a photo."""
        request = urllib.request.Request(f"{self.machine_learning}/predict", data=data, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return json.load(answer)["clip"]
        except OSError as error:
            raise Refused(503, f"machine learning does not answer: {error}") from error

    def ping(self, _: Request) -> Reply:
        return Reply({"res": "pong"})

    def statistics(self, _: Request) -> Reply:
        counted = self.database.rows("SELECT count(*) AS photos, coalesce(sum(bytes), 0)::bigint AS usage FROM asset")
        return Reply({**counted[0], "uploadsCountedByRedis": int(self.queue.get(UPLOADS) or 0)})

    def post_asset(self, request: Request) -> Reply:
        name, data = photo_of(request)
        digest = hashlib.sha256(data).hexdigest()
        known = self.database.rows("SELECT id::text FROM asset WHERE sha256 = %s", (digest,))
        if known:
            return Reply({"id": known[0]["id"], "status": "duplicate"})
        vector = self.embedding(data)
        self._count()
        asset_id = str(uuid.uuid4())
        path = self.uploads.store(asset_id, PurePosixPath(name).suffix.lower() or ".jpg", data)
        kept = self.database.rows(
            "INSERT INTO asset (id, file_name, path, bytes, sha256, embedding) VALUES (%s, %s, %s, %s, %s, %s) "
            "ON CONFLICT (sha256) DO UPDATE SET sha256 = excluded.sha256 RETURNING id::text",
            (asset_id, name, str(path), len(data), digest, json.dumps(vector)),
        )[0]["id"]
        if kept != asset_id:
            path.unlink()
            return Reply({"id": kept, "status": "duplicate"})
        log.info("photo %s: %s, %d bytes", asset_id, name, len(data))
        return Reply({"id": asset_id, "status": "created"}, 201)

    def _count(self) -> None:
        try:
            self.queue.incr(UPLOADS)
        except redis.RedisError as error:
            raise Refused(503, f"Redis does not answer: {error}") from error

    def list_assets(self, _: Request) -> Reply:
        return Reply([_described(row) for row in self.database.rows(f"SELECT {ASSET} FROM asset ORDER BY number")])

    def get_asset(self, _: Request, asset_id: str) -> Reply:
        return Reply(_described(self._find(asset_id)))

    def get_original(self, _: Request, asset_id: str) -> Reply:
        path = Path(self._find(asset_id)["path"])
        if not path.is_file():
            raise Refused(404, f"the file of photo {asset_id} is not in the uploads volume: {path}")
        return Reply(path)

    def get_rows(self, _: Request) -> Reply:
        return Reply({"immich": self.database.everything()})

    def _find(self, asset_id: str) -> dict[str, Any]:
        rows = self.database.rows(f"SELECT {ASSET} FROM asset WHERE id::text = %s", (asset_id,))
        if not rows:
            raise Refused(404, f"no photo {asset_id}")
        return rows[0]


def _described(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": row["id"],
        "number": row["number"],
        "originalFileName": row["file_name"],
        "originalPath": row["path"],
        "fileSizeInByte": row["bytes"],
        "sha256": row["sha256"],
        "createdAt": row["created_at"],
        "embedding": json.loads(row["embedding"]),
    }


def main() -> None:
    env = os.environ
    conninfo = make_conninfo(
        host=env.get("DB_HOSTNAME", "database"),
        port=env.get("DB_PORT", "5432"),
        user=env.get("DB_USERNAME", "postgres"),
        password=env.get("DB_PASSWORD", "postgres"),
        dbname=env.get("DB_DATABASE_NAME", "immich"),
    )
    queue = redis.Redis(
        host=env.get("REDIS_HOSTNAME", "redis"),
        port=int(env.get("REDIS_PORT", "6379")),
        socket_timeout=3,
        socket_connect_timeout=3,
    )
    machine_learning = env.get("IMMICH_MACHINE_LEARNING_URL", "http://immich-machine-learning:3003").rstrip("/")
    uploads = Uploads(Path(env.get("IMMICH_MEDIA_LOCATION", "/usr/src/app/upload")))
    immich = Immich(Database(conninfo), uploads, queue, machine_learning)
    try:
        immich.start()
    except MissingMarker as refusal:
        log.error("%s", refusal)
        raise SystemExit(1) from refusal
    asset = r"/api/assets/([0-9a-fA-F-]{36})"
    serve(
        "immich-server",
        int(env.get("IMMICH_PORT", "2283")),
        [
            ("GET", "/api/server/ping", immich.ping),
            ("GET", "/api/server/statistics", immich.statistics),
            ("GET", "/api/assets", immich.list_assets),
            ("POST", "/api/assets", immich.post_asset),
            ("GET", asset, immich.get_asset),
            ("GET", asset + "/original", immich.get_original),
            ("GET", "/api/fixture/rows", immich.get_rows),
        ],
    )
