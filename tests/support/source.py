"""Sources on a throwaway VPS, in a git repository of its own, where a real one would fetch them from the internet."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

from support.throwaway import Machine

REPOSITORY = "/srv/source.git"


def lay(vps: Machine, folders: dict[str, Path]) -> str:
    """Commit these folders, each under its name with links followed, to REPOSITORY on the VPS; return the commit."""
    with tempfile.TemporaryDirectory() as made:
        tree, bare = Path(made, "tree"), Path(made, "source.git")
        for name, folder in folders.items():
            shutil.copytree(folder, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        _git("init", "--quiet", "--initial-branch=main", str(tree))
        _git("-C", str(tree), "add", "--all")
        _git("-C", str(tree), "commit", "--quiet", "--message=Sources")
        _git("clone", "--quiet", "--bare", str(tree), str(bare))
        vps.send({REPOSITORY: bare})
        return _git("-C", str(bare), "rev-parse", "main").strip()


def _git(*arguments: str) -> str:
    who = ["-c", "user.name=photosync.vps", "-c", "user.email=fixture@depot.test"]
    return subprocess.run(["git", *who, *arguments], stdout=subprocess.PIPE, text=True, check=True).stdout
