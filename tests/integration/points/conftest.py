# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The library of photos with more in its databases: vectors, names that have to be quoted, and nothing at all."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from integration.restore import library as small_library
from integration.restore.library import Library

MORE = """
CREATE EXTENSION vector;
ALTER DATABASE albums SET search_path TO "$user", public, vectors;
CREATE TABLE face (id int PRIMARY KEY, embedding vector(64), seen timestamptz DEFAULT now());
INSERT INTO face
    SELECT i, (SELECT array_agg(random()) FROM generate_series(1, 64) WHERE i > 0)::vector
    FROM generate_series(1, 500) i;
CREATE INDEX ON face USING hnsw (embedding vector_cosine_ops);
CREATE SCHEMA "Weird schema";
CREATE TABLE "Weird schema"."Ta""ble" (x int);
INSERT INTO "Weird schema"."Ta""ble" VALUES (1);
"""


@pytest.fixture(scope="session")
def provisioned() -> Iterator[Library]:
    """The library with a second database, deployed by the playbook site."""
    with small_library.provisioned("points", ("albums", "drafts"), backup_retention={"keep_last": 2}) as library:
        yield library


@pytest.fixture
def library(provisioned: Library) -> Library:
    """The same photos, rows and vectors before every test, and no restore point of them."""
    provisioned.fill()
    provisioned.forget_points()
    provisioned.sql(MORE)
    return provisioned
