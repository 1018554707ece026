# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs on the throwaway host: every case of one module, what became of each as JSON on the last line."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from support.contracts import cases
from support.contracts.place import Place
from support.fakes import description

ROOT = "/root/place"
CLEAR = f"""
docker ps -aq | xargs -r docker rm -f; docker volume ls -q | xargs -r docker volume rm; docker network prune -f
rm -rf {ROOT}
"""


class Real(Place):
    """A place on this host."""

    def __init__(self, images: dict[str, str]):
        folders = {name: f"{ROOT}/{name}" for name in ("root", "state_dir", "etc_dir")}
        super().__init__(ROOT, description.document(folders, images))

    def damage(self, restic: Restic) -> None:
        shutil.rmtree(os.path.join(restic.environment["RESTIC_REPOSITORY"], "data"))
        shutil.rmtree(restic.environment["RESTIC_CACHE_DIR"], ignore_errors=True)

    @contextmanager
    def locked(self, restic: Restic, stale: bool) -> Iterator[None]:
        words = ["restic", "backup", "--stdin", "--stdin-filename", "waiting"]
        writer = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, env={**os.environ, **restic.environment}
        )
        locks = Path(restic.environment["RESTIC_REPOSITORY"], "locks")
        # restic writes each file under another name first.
        while not any("-tmp-" not in name for name in os.listdir(locks)):
            time.sleep(0.05)
        try:
            if stale:
                writer.send_signal(signal.SIGKILL)
                writer.wait()
            yield
        finally:
            writer.communicate()


def main(module: str, images: str) -> None:
    """Run them, each on a cleared host; databases share one server, which takes its time to start."""
    became = {}
    for name, case in cases(importlib.import_module(f"support.contracts.{module}")).items():
        if module == "docker" or not became:
            subprocess.run(["sh", "-c", CLEAR], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(ROOT if module != "database" else f"{ROOT}/photos", ignore_errors=True)
        try:
            case(Real(json.loads(images)))
            became[name] = ""
        except BaseException:
            became[name] = traceback.format_exc()
    print(json.dumps(became))


main(*sys.argv[1:])
