# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stand-in for photo-sync's deduplication service: photos with the same picture data are duplicates.

Immich refuses a file that it has; the same picture with another comment is a different file, and is found here.
"""

import os

from fixture import jpeg, media
from fixture.database import Database
from fixture.web import Reply, Request, serve

BITS = 64
SCHEMA = f"""
    CREATE TABLE IF NOT EXISTS photo_hash (
        asset_id uuid PRIMARY KEY,
        hash bit({BITS}) NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE IF NOT EXISTS duplicate (
        asset_id uuid REFERENCES photo_hash,
        duplicate_of uuid REFERENCES photo_hash,
        similarity double precision NOT NULL,
        PRIMARY KEY (asset_id, duplicate_of)
    );
"""
SIMILAR = f"""
    INSERT INTO duplicate (asset_id, duplicate_of, similarity)
    SELECT mine.asset_id, other.asset_id, 1 - bit_count(mine.hash # other.hash) / {BITS}.0
    FROM photo_hash mine JOIN photo_hash other ON other.asset_id <> mine.asset_id
    WHERE mine.asset_id = %s AND 1 - bit_count(mine.hash # other.hash) / {BITS}.0 >= %s
    ON CONFLICT DO NOTHING
"""


def picture_hash(photo: bytes) -> str:
    """One bit for each slice of the picture data: whether its bytes are larger than they are on the whole."""
    _, picture = jpeg.split(photo)
    size = -(-len(picture) // BITS) or 1
    slices = [picture[start * size : (start + 1) * size] for start in range(BITS)]
    whole = sum(picture) / max(len(picture), 1)
    return "".join("1" if part and sum(part) / len(part) > whole else "0" for part in slices)


class Deduplication:
    """The endpoints."""

    def __init__(self, database: Database, threshold: float) -> None:
        self.database = database
        self.threshold = threshold

    def health(self, _: Request) -> Reply:
        return Reply({"status": "healthy"})

    def add(self, request: Request, asset_id: str) -> Reply:
        """Remember a photo's hash and note what it resembles."""
        with self.database.connection() as connection:
            # Two like photos that arrive together must see one another.
            connection.execute("LOCK TABLE photo_hash IN EXCLUSIVE MODE")
            connection.execute(
                "INSERT INTO photo_hash (asset_id, hash) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (asset_id, picture_hash(request.body)),
            )
            found = connection.execute(SIMILAR, (asset_id, self.threshold)).rowcount
        return Reply({"assetId": asset_id, "duplicates": found}, 201)

    def list_duplicates(self, _: Request) -> Reply:
        return Reply(
            self.database.rows(
                'SELECT asset_id::text AS "assetId", duplicate_of::text AS "duplicateOf", similarity '
                "FROM duplicate ORDER BY asset_id, duplicate_of"
            )
        )

    def rows(self, _: Request) -> Reply:
        return Reply({"deduplication": self.database.everything()})


def main() -> None:
    media.report()
    threshold = float(os.environ.get("PHASH_THRESHOLD", "0.95"))
    deduplication = Deduplication(Database(os.environ["DATABASE_URL"]), threshold)
    deduplication.database.prepare(SCHEMA)
    serve(
        "dedup-service",
        int(os.environ.get("PORT", "8001")),
        [
            ("GET", "/health", deduplication.health),
            ("POST", "/assets/([0-9a-fA-F-]{36})", deduplication.add),
            ("GET", "/duplicates", deduplication.list_duplicates),
            ("GET", "/rows", deduplication.rows),
        ],
    )
