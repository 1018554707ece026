# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Servers that cannot hold a database are named before anything is stopped."""

from types import SimpleNamespace
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
        (compatibility.Offer("14.19", {"plpgsql", "vector"}), "comes from PostgreSQL 17.6, the server here is 14.19"),
        (compatibility.Offer("17.6", {"plpgsql"}), "needs the extension vector, which the server's image lacks"),
        (None, ""),
    ],
)
def test_an_older_server_or_a_missing_extension_is_named(manifest: dict[str, Any], offer: Any, said: str) -> None:
    part = {**manifest["databases"][0], "extensions": {"plpgsql": "1.0", "vector": "0.8"}}
    assert compatibility.misfit(part, offer).endswith(said)
    assert bool(said) == bool(compatibility.misfit(part, offer))


@pytest.mark.parametrize(
    ("server", "image", "here", "number"),
    [
        ("the server", "postgres:14", True, 0),
        (None, "postgres:14", True, 2),
        (None, "postgres:14", False, 0),
        (None, None, True, 0),
    ],
)
def test_a_server_that_runs_is_asked_itself_and_one_that_does_not_through_its_image(
    manifest: dict[str, Any], monkeypatch: pytest.MonkeyPatch, server: Any, image: Any, here: bool, number: int
) -> None:
    ran: list[list[str]] = []

    def run(argv: list[str], check: bool) -> Any:
        ran.append(argv)
        return SimpleNamespace(rc=0 if here else 1, stdout="pg_restore (PostgreSQL) 14.19\n")

    monkeypatch.setattr(compatibility, "run", run)
    monkeypatch.setattr(compatibility.client, "query", lambda *_given: [["18.1"], ["plpgsql"]])
    found = compatibility.misfits(manifest["databases"], server, image)
    assert [one.rpartition(", ")[2] for one in found] == ["the server here is 14.19"] * number
    asked = ["docker", "run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", compatibility.LOOK]
    assert ran[1:] == ([asked] if number else []), "without a network, and without its entry point"
