# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers that cannot hold a database are named before anything is stopped."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import compatibility

SAID = """pg_restore (PostgreSQL) 17.6 (Debian 17.6-0+deb13u1)
/usr/share/postgresql/17/extension/plpgsql.control
/usr/share/postgresql/17/extension/vector.control
"""


def test_an_image_says_its_version_and_its_extensions() -> None:
    assert compatibility.parse(SAID) == compatibility.Offer("17.6", {"plpgsql", "vector"})
    assert compatibility.parse("pg_restore (PostgreSQL) 14.19\n") == compatibility.Offer("14.19", set())
    assert compatibility.parse("sh: pg_restore: not found\n") is None


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        (compatibility.Offer("17.6", {"plpgsql", "vector"}), ""),
        (compatibility.Offer("18.0", {"plpgsql", "vector"}), ""),
        (
            compatibility.Offer("14.19", {"plpgsql", "vector"}),
            "grouping comes from PostgreSQL 17.6, the server here is 14.19",
        ),
        (
            compatibility.Offer("17.6", {"plpgsql"}),
            "grouping needs the extension vector, which the server's image lacks",
        ),
        (None, ""),
    ],
)
def test_an_older_server_or_a_missing_extension_is_named(manifest: dict[str, Any], offer: Any, said: str) -> None:
    part = {**manifest["databases"][0], "extensions": {"plpgsql": "1.0", "vector": "0.8"}}
    assert compatibility.misfit(part, offer).endswith(said)
    assert bool(said) == bool(compatibility.misfit(part, offer))
