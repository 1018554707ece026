# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A library of photos on one VPS, for all tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from integration.restore import library as small_library
from integration.restore.library import Library


@pytest.fixture(scope="session")
def provisioned() -> Iterator[Library]:
    """The library, deployed by the playbook site."""
    with small_library.provisioned("restore") as library:
        yield library


@pytest.fixture
def library(provisioned: Library) -> Library:
    """Everything runs, with the same photos and rows before every test."""
    provisioned.fill()
    return provisioned
