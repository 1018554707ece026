# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the engine relies on restic, Docker and PostgreSQL for: cases that the fakes and the real things both pass.

A case is a function whose name begins with ``case_``. It needs nothing but the engine, since it also runs on a host.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any


def cases(module: ModuleType) -> dict[str, Callable[[Any], None]]:
    """The cases of a module by their names."""
    return {name[5:]: work for name, work in vars(module).items() if name.startswith("case_")}
