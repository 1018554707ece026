# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A job that did its main thing and failed at another has failed, and says at what."""

import contextlib
import re
from types import SimpleNamespace
from typing import Any, Optional

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Settings
from ansible_collections.photosync.vps.plugins.module_utils.operations import jobs
from support.specs import make_spec

SETTINGS = Settings("/r", "/p", "web1")


@pytest.fixture
def report(monkeypatch: pytest.MonkeyPatch) -> Any:
    """What the job reports."""
    told = SimpleNamespace(failure="", summary="", facts={}, copies={}, checks={}, kind="")

    @contextlib.contextmanager
    def reported(kind: str, *_given: Any) -> Any:
        told.kind = kind
        yield told

    monkeypatch.setattr(jobs, "reported", reported)
    return told


@pytest.mark.parametrize(
    ("copies", "suspect", "failure"),
    [
        ({}, [], ""),
        ({"nas": None}, [], ""),
        ({"nas": None, "away": "no route"}, [], "complete, but not everywhere: repository away: no route"),
        ({}, ["fewer files"], "fewer files"),
        ({"away": "no route"}, ["fewer files"], "no route\n.*fewer files"),
    ],
)
@pytest.mark.parametrize("pruning", [True, False])
def test_a_backup_fails_where_a_copy_failed_and_where_its_point_is_suspect(
    report: Any,
    manifest: dict[str, Any],
    monkeypatch: pytest.MonkeyPatch,
    copies: dict[str, Optional[str]],
    suspect: list[str],
    failure: str,
    pruning: bool,
) -> None:
    order: list[str] = []
    made = {**manifest, "suspect": suspect}
    monkeypatch.setattr(jobs.remains, "clear", lambda *_given: order.append("clear"))
    monkeypatch.setattr(jobs.carried, "lay", lambda *_given: order.append("lay"))
    monkeypatch.setattr(jobs, "create", lambda *_given: order.append("create") or (made, ["s"]))
    said = [{"name": name, "error": error} for name, error in copies.items()]
    monkeypatch.setattr(jobs.copying, "copy_all", lambda *_given: order.append("copy") or said)
    monkeypatch.setattr(jobs, "prune", lambda *_given, snapshots: order.append("prune") or {"removed": snapshots})
    done = jobs.backup(make_spec(), SETTINGS, None, print, pruning)
    assert done["failure"] == report.failure and bool(report.failure) is bool(failure)
    assert re.search(failure, report.failure)
    assert (done["point"], done["copies"]) == (made, said)
    assert done["retention"] == ({"removed": ["s"]} if pruning else None)
    assert order == ["clear", "lay", "create", "copy", *(["prune"] if pruning else [])]
    assert report.copies == {name: error or "" for name, error in copies.items()}
    assert report.facts == {"point": manifest["id"], "bytes": 2300, "file_bytes": 300, "suspect": suspect}
    assert report.kind == "backup" and manifest["id"] in report.summary


def test_a_verification_and_a_check_fail_with_what_they_found(report: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    found = {"point": "p", "problems": ["a", "b"]}
    monkeypatch.setattr(jobs.verification, "verify", lambda *_given: found)
    assert jobs.verify(make_spec(), SETTINGS, print) == found
    assert (report.failure, report.facts) == ("a; b", {"point": "p", "repository": "first"})
    parts = {"first": {"error": None, "part": 1, "parts": 7}, "nas": {"error": "gone", "part": 0, "parts": 7}}
    monkeypatch.setattr(jobs.checking, "check", lambda *_given: parts)
    assert jobs.check(make_spec(), SETTINGS, print) == report.checks == parts
    assert report.failure == "repository nas: gone" and report.summary.startswith("first: part 1 of 7")
