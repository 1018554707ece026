"""A stand-in for Docker that notes how it is called and holds images in a folder."""

import os
import stat

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.building.held import Held
from ansible_collections.photosync.vps.plugins.module_utils.building.make import LABEL
from ansible_collections.photosync.vps.plugins.module_utils.deploy import images

DOCKER = """#!/bin/sh
echo "$*" >>"$CALLS"
case "$*" in
  *"$FAIL"*) printf '#5 [tester 1/1] RUN npm test\\n#5 0.1 it says no\\n#5 ERROR: exit code: 1\\n'; exit 1 ;;
  *pull*) for last; do echo "$last Pulled"; done; echo pulled >"$HELD/pulled" ;;
  *--tag*)
    echo "$*" | sed -n 's/.*--label=vps.photosync.digest=\\([^ ]*\\).*/\\1/p' \
        >"$HELD/$(echo "$*" | sed 's/.*--tag \\([^ ]*\\).*/\\1/; s,/,_,g')" ;;
esac
"""


class Docker:
    """What was asked of it, and what it holds."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.images = folder / "held"
        self.images.mkdir()
        self._monkeypatch = monkeypatch
        command = folder / "bin" / "docker"
        command.parent.mkdir()
        command.write_text(DOCKER)
        command.chmod(command.stat().st_mode | stat.S_IXUSR)
        for name, value in {"CALLS": folder / "calls", "HELD": self.images, "FAIL": "nothing"}.items():
            monkeypatch.setenv(name, str(value))
        monkeypatch.setenv("PATH", f"{command.parent}:{os.environ['PATH']}")
        monkeypatch.setattr(images, "held", self.held)

    def held(self, image):
        here = self.images / image.replace("/", "_")
        pulled = (self.images / "pulled").exists() and "/" not in image
        if not here.exists() and not pulled:
            return None
        digest = here.read_text().strip() if here.exists() else ""
        return Held(f"sha256:{image}", 1024, {LABEL: digest} if digest else {})

    def hold(self, image, digest=""):
        (self.images / image.replace("/", "_")).write_text(digest)

    def fail(self, text):
        self._monkeypatch.setenv("FAIL", text)

    @property
    def calls(self):
        noted = self.folder / "calls"
        return noted.read_text().splitlines() if noted.exists() else []


@pytest.fixture
def docker(tmp_path, monkeypatch):
    return Docker(tmp_path, monkeypatch)
