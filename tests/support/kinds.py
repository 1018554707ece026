# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Of cases of one kind `make test` shows one; the others are for `make test-full`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def shown_by(one: str, cases: Iterable[str]) -> list[Any]:
    """The cases as parameters, all but this one marked as long."""
    found = list(cases)
    assert one in found, one
    return [case if case == one else pytest.param(case, marks=pytest.mark.full) for case in found]
