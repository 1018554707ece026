"""photo-sync in both modes."""

from typing import Any

import pytest
from catalogue.stacks import resolve


@pytest.fixture(scope="session")
def production() -> dict[str, Any]:
    """photo-sync as it is deployed by default."""
    return resolve()


@pytest.fixture(scope="session")
def development() -> dict[str, Any]:
    """photo-sync on somebody's own machine."""
    return resolve(stack_mode="development")
