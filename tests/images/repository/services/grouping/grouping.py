# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stand-in for photo-sync's grouping service: photos of one day belong together, as their own comment dates them."""

import os
import re

from fixture import jpeg, media
from fixture.database import Database
from fixture.web import Reply, Request, serve

SCHEMA = """
    CREATE TABLE IF NOT EXISTS photo_group (
        id bigserial PRIMARY KEY,
        name text NOT NULL UNIQUE,
        created_at timestamptz NOT NULL DEFAULT now()
    );
    CREATE TABLE IF NOT EXISTS group_member (
        asset_id uuid PRIMARY KEY,
        group_id bigint NOT NULL REFERENCES photo_group,
        added_at timestamptz NOT NULL DEFAULT now()
    );
"""
TAKEN = re.compile(r"taken=(\d{4}-\d{2}-\d{2})")


def group_of(photo: bytes) -> str:
    """The name of the group that a photo belongs to."""
    comments, _ = jpeg.split(photo)
    dates = [found.group(1) for comment in comments if (found := TAKEN.search(comment))]
    return dates[0] if dates else "undated"


class Grouping:
    """The endpoints."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def health(self, _: Request) -> Reply:
        return Reply({"status": "healthy"})

    def add(self, request: Request, asset_id: str) -> Reply:
        """Put a photo into its group; a photo that is in one already stays there."""
        name = group_of(request.body)
        with self.database.connection() as connection:
            connection.execute("INSERT INTO photo_group (name) VALUES (%s) ON CONFLICT DO NOTHING", (name,))
            connection.execute(
                "INSERT INTO group_member (asset_id, group_id) SELECT %s, id FROM photo_group WHERE name = %s "
                "ON CONFLICT DO NOTHING",
                (asset_id, name),
            )
        return Reply({"assetId": asset_id, "group": name}, 201)

    def list_groups(self, _: Request) -> Reply:
        return Reply(
            self.database.rows(
                "SELECT g.id, g.name, array_agg(m.asset_id::text ORDER BY m.asset_id) AS assets "
                "FROM photo_group g JOIN group_member m ON m.group_id = g.id GROUP BY g.id ORDER BY g.name"
            )
        )

    def rows(self, _: Request) -> Reply:
        return Reply({"grouping": self.database.everything()})


def main() -> None:
    media.report()
    grouping = Grouping(Database(os.environ["DATABASE_URL"]))
    grouping.database.prepare(SCHEMA)
    serve(
        "grouping-service",
        int(os.environ.get("PORT", "8000")),
        [
            ("GET", "/health", grouping.health),
            ("POST", "/assets/([0-9a-fA-F-]{36})", grouping.add),
            ("GET", "/groups", grouping.list_groups),
            ("GET", "/rows", grouping.rows),
        ],
    )
