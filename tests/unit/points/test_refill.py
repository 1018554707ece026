# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Database servers start while files are read, unless that would start one on a volume that is being exchanged."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.points import refill
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed

DOCUMENT = {
    "volumes": [
        {"name": "photos", "services": ["app"]},
        {"name": "albums", "services": ["albums-server"]},
        {"name": "dictionaries", "services": ["faces-server", "app"]},
    ]
}
MANIFEST = {
    "databases": [{"service": "albums-server"}, {"service": "faces-server"}],
    "volumes": [{"name": "photos"}, {"name": "dictionaries"}],
}


def ahead(monkeypatch: pytest.MonkeyPatch, manifest: dict[str, Any]) -> list[list[str]]:
    started: list[list[str]] = []
    monkeypatch.setattr(refill, "start_servers", lambda _document, services: started.append(services))
    refill.serve_ahead(SimpleNamespace(document=DOCUMENT, manifest=manifest))
    return started


def test_a_server_that_mounts_what_is_exchanged_starts_only_afterwards(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ahead(monkeypatch, MANIFEST) == [["albums-server"]]


def test_all_of_them_start_where_no_such_volume_is_restored(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ahead(monkeypatch, {**MANIFEST, "volumes": [{"name": "photos"}]}) == [["albums-server", "faces-server"]]


def test_one_that_cannot_be_started_is_told_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_document: Any, _services: list[str]) -> None:
        raise CommandFailed(["docker", "compose", "up"], 1)

    monkeypatch.setattr(refill, "start_servers", fail)
    refill.serve_ahead(SimpleNamespace(document=DOCUMENT, manifest=MANIFEST))
