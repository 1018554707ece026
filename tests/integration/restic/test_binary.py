# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Where the distribution's restic is too old, the official binary comes by its checksum, or nothing does."""

from __future__ import annotations

import re
from typing import Any

import pytest
from integration.restic.conftest import Fetching

pytestmark = pytest.mark.full

URL = "http://127.0.0.1:8900/"


def binary(archive: str, sha256: str) -> dict[str, str]:
    """An entry of backup_restic_binaries."""
    return {"url": URL + archive, "sha256": sha256}


def test_with_the_right_checksum_it_is_the_one_that_everybody_finds(fetching: Fetching) -> None:
    run = fetching.install(amd64=binary("good.bz2", fetching.checksum("good.bz2")))
    assert run.rc == 0, run.output
    assert fetching.version() == "0.18.1"
    assert fetching.machine.sh("stat -c '%a %U' /usr/local/bin/restic").strip() == "755 root"
    assert fetching.traces().split()[0] == "restic"


@pytest.mark.parametrize("wrong", ["0" * 64, "a" * 63 + "1"])
def test_with_another_checksum_nothing_is_installed_or_kept_and_it_says_what_to_compare(
    fetching: Fetching, wrong: str
) -> None:
    before = fetching.traces()
    run = fetching.install(amd64=binary("good.bz2", wrong))
    assert run.rc != 0
    said = " ".join(run.output.split())
    assert "was not installed" in said and "SHA256SUMS" in said
    assert "backup_restic_binaries.amd64.sha256" in said
    assert wrong in said
    assert fetching.traces() == before
    assert fetching.version() == "0.14.0"


def test_an_address_without_a_file_is_named(fetching: Fetching) -> None:
    run = fetching.install(amd64=binary("nowhere.bz2", "0" * 64))
    assert run.rc != 0
    assert f"{URL}nowhere.bz2" in run.output and "404" in run.output
    assert fetching.version() == "0.14.0"


@pytest.mark.parametrize("archive", ["broken.bz2", "for-another-processor.bz2"])
def test_what_does_not_run_here_takes_no_place(fetching: Fetching, archive: str) -> None:
    before = fetching.machine.sh("ls -A /usr/local/bin")
    assert fetching.install(amd64=binary(archive, fetching.checksum(archive))).rc != 0
    assert fetching.machine.sh("ls -A /usr/local/bin") == before
    assert fetching.version() == "0.14.0"


@pytest.mark.parametrize("given", [{}, {"amd64": binary("good.bz2", "")}, {"amd64": binary("good.bz2", "sha256:x")}])
def test_an_architecture_without_a_checksum_is_refused_by_name_with_what_to_set(
    fetching: Fetching, given: dict[str, Any]
) -> None:
    run = fetching.install(**given)
    assert run.rc != 0
    said = " ".join(run.output.split())
    assert "restic 0.14.0 is too old, 0.17.0 or newer is needed" in said
    assert "no binary with its checksum for amd64" in said
    assert "Set backup_restic_binaries.amd64.url" in said
    assert fetching.version() == "0.14.0"


def test_the_binaries_that_are_pinned_are_new_enough_and_by_their_version_and_checksum(pinned: dict[str, Any]) -> None:
    assert set(pinned) == {"amd64", "arm64"}
    for architecture, entry in pinned.items():
        assert re.fullmatch(r"[0-9a-f]{64}", entry["sha256"])
        found = re.fullmatch(
            rf"https://github\.com/restic/restic/releases/download/v(0\.\d+\.\d+)/restic_\1_linux_{architecture}\.bz2",
            entry["url"],
        )
        assert found and tuple(map(int, found[1].split("."))) >= (0, 17, 0)
