# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""restic, Docker and PostgreSQL do what the engine relies on them for, as their fakes do in ``tests/unit``."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from support.contracts import cases, database, docker, restic

CASES = [
    pytest.param(module.__name__.rpartition(".")[2], name, id=f"{module.__name__.rpartition('.')[2]}-{name}")
    for module in (restic, docker, database)
    for name in cases(module)
]


@pytest.mark.parametrize(("module", "name"), CASES)
def test_a_real_thing(module: str, name: str, became: Callable[[str], dict[str, str]]) -> None:
    failed = became(module)[name]
    assert not failed, failed
