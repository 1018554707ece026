# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A throwaway VPS on which the small library serves, whose drills are tried."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from integration.drill.drills import Drills
from integration.restore import library as small_library


@pytest.fixture(scope="session")
def provisioned() -> Iterator[Drills]:
    """The library, deployed by the playbook site, and its drills."""
    with small_library.provisioned("drill", backup_host="drill") as library:
        yield Drills(library)


@pytest.fixture
def drills(provisioned: Drills) -> Drills:
    """Everything runs, with the same photos and rows before every test, and a restore point of them."""
    provisioned.library.fill()
    provisioned.point = provisioned.library.back_up()
    return provisioned
