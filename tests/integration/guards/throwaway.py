# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The throwaway host as these tests speak to it."""

import io
import json
import shlex
import subprocess
import tarfile
from pathlib import Path
from typing import Any

from support import throwaway

FILES = "/var/lib/docker/volumes/photo-sync_immich-data/_data"


class Host:
    """The VPS, by SSH."""

    def __init__(self, line: str):
        self._ssh = throwaway.ssh(line)

    def sh(self, script: str, check: bool = True) -> str:
        """Run a script there and return what it prints."""
        done = subprocess.run(
            [*self._ssh, "bash -s"],
            input=script,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout
        return done.stdout

    def send(self, paths: dict[str, Path]) -> None:
        """Copy files and folders there, to paths below /root."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for target, source in paths.items():
                tar.add(source, target)
        subprocess.run([*self._ssh, "tar -C /root -x"], input=archive.getvalue(), check=True)

    def fetch(self, folder: str) -> bytes:
        """A folder of the host as an archive whose names begin with a dot."""
        return subprocess.run([*self._ssh, f"tar -C {folder} -c ."], stdout=subprocess.PIPE, check=True).stdout

    def drive(self, *words: str) -> dict[str, Any]:
        """Call the engine; returns ``{"value": …}`` or ``{"error": …}``."""
        said = self.sh(shlex.join(["python3", "/root/drive.py", *words]))
        return json.loads(said.splitlines()[-1])

    def do(self, *words: str) -> Any:
        """Call the engine, which has to succeed."""
        answer = self.drive(*words)
        assert "error" not in answer, answer
        return answer["value"]

    def sql(self, service: str, database: str, sql: str) -> str:
        """What psql answers."""
        container = f"photo-sync-{service}-1"
        return self.sh(
            f"docker exec -i {container} psql -U postgres -qAt -v ON_ERROR_STOP=1 -d {database} <<'SQL'\n{sql}\nSQL\n"
        )

    def restic(self, words: str, check: bool = True) -> str:
        """restic on the stack's repository."""
        return self.sh(
            f"export RESTIC_REPOSITORY=/root/repo RESTIC_PASSWORD_FILE=/etc/photo-sync/restic-password; {words}", check
        )
