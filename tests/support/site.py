"""Use the site under test as its owner would: upload photos, write down everything that can be seen."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from support import outside
from support.playbook import ROOT, STATE

JOURNEY = ROOT / "tests" / "journey" / "journey.py"


def upload(host: Any, count: int, seed: int) -> list[dict[str, Any]]:
    """Upload ``count`` photos made from ``seed``; returns what the site answered."""
    _journey(host, "upload", "--count", str(count), "--seed", str(seed))
    return json.loads(outside.get(host, "/api/assets").body)


def record(host: Any, name: str) -> Path:
    """Write down everything a visitor can see, in a file under this name."""
    file = STATE / f"{name}.json"
    _journey(host, "record", "--out", str(file))
    return file


def compare(before: Path, after: Path) -> subprocess.CompletedProcess[str]:
    """Compare two records; its exit code is 1 and its output names each difference when they differ."""
    return subprocess.run(
        [sys.executable, str(JOURNEY), "compare", str(before), str(after)], capture_output=True, text=True, check=False
    )


def _journey(host: Any, step: str, *options: str) -> None:
    with tempfile.NamedTemporaryFile("w", suffix=".crt") as authority:
        authority.write(host.check_output(f"cat {outside.AUTHORITY}"))
        authority.flush()
        site = ["--url", f"https://{outside.DOMAIN}", "--resolve", outside.address(host), "--cafile", authority.name]
        subprocess.run(
            [sys.executable, str(JOURNEY), step, *site, *options], check=True, capture_output=True, text=True
        )
