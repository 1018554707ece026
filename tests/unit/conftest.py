"""Make the checkout importable as the collection it is."""

from __future__ import annotations

import os
import pathlib
import sys

COLLECTIONS = pathlib.Path(__file__).resolve().parents[2] / ".venv" / "collections"
sys.path.insert(0, str(COLLECTIONS))

# No test here may need an engine, so that none finds the one of the machine that it runs on.
os.environ["DOCKER_HOST"] = "unix:///nowhere/docker.sock"
