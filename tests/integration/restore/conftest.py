"""A throwaway VPS on which the small library serves, provisioned once, with a restore point of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from integration.restore import library as small_library
from integration.restore.library import Library
from support import throwaway


@pytest.fixture(scope="session")
def provisioned() -> Iterator[Library]:
    """The library, deployed by the playbook site."""
    with throwaway.machine("restore", small_library.variables()) as machine:
        run = machine.play("site")
        assert run.rc == 0, run.output
        yield Library(machine)


@pytest.fixture
def library(provisioned: Library) -> Library:
    """Everything runs, with the same photos and rows before every test."""
    provisioned.fill()
    return provisioned
