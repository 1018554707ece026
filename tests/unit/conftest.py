"""Make the checkout importable as the collection it is."""

from __future__ import annotations

import pathlib
import sys

COLLECTIONS = pathlib.Path(__file__).resolve().parents[2] / ".venv" / "collections"
sys.path.insert(0, str(COLLECTIONS))
