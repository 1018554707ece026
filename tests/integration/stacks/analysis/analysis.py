# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stand-in for photo-sync's optional analysis service, of the same shape as grouping: it looks at no picture."""

import os

from fixture import media
from fixture.database import Database
from fixture.web import Reply, Request, serve

SCHEMA = "CREATE TABLE IF NOT EXISTS score (asset_id uuid PRIMARY KEY, bytes bigint NOT NULL)"


class Analysis:
    """The endpoints."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def health(self, request: Request) -> Reply:
        return Reply({"status": "healthy"})

    def add(self, request: Request, asset_id: str) -> Reply:
        """Score a photo; one that has a score keeps it."""
        with self.database.connection() as connection:
            connection.execute(
                "INSERT INTO score VALUES (%s, %s) ON CONFLICT DO NOTHING", (asset_id, len(request.body))
            )
        return Reply({"assetId": asset_id}, 201)

    def rows(self, request: Request) -> Reply:
        return Reply({"analysis": self.database.everything()})


def main() -> None:
    media.report()
    analysis = Analysis(Database(os.environ["DATABASE_URL"]))
    analysis.database.prepare(SCHEMA)
    serve(
        "analysis",
        8002,
        [
            ("GET", "/health", analysis.health),
            ("POST", "/analysis/([0-9a-fA-F-]{36})", analysis.add),
            ("GET", "/analysis/rows", analysis.rows),
        ],
    )
