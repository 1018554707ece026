# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The throwaway host of these tests: its settings, what it answers, what it told others."""

import json
from typing import Any

from integration.guards.throwaway import Host

SETTINGS = "/etc/photo-sync/backup.json"


class Guarded(Host):
    """The VPS, by SSH."""

    def settings(self, **given: Any) -> None:
        """Write the backup settings as the role would."""
        spec = {
            "repository": "/root/repo",
            "password_file": "/etc/photo-sync/restic-password",
            "host": "web1",
            "metrics_folder": "/root/metrics",
            **given,
        }
        self.sh(f"cat >{SETTINGS} <<'X'\n{json.dumps(spec)}\nX\n")

    def command(self, words: str) -> tuple[int, str]:
        """What the host command says, both streams, and its exit code."""
        *said, code = self.sh(f"photo-sync {words} 2>&1; echo $?").splitlines()
        return int(code), "\n".join(said)

    def answer(self, words: str) -> Any:
        """What the host command says as JSON."""
        return json.loads(self.sh(f"photo-sync {words} --json 2>/dev/null || true"))

    def back_up(self) -> str:
        """Make a restore point; returns its ID."""
        return self.answer("backup")["point"]["id"]

    def started(self) -> dict[str, str]:
        """Since when each service's container runs."""
        form = '{{index .Config.Labels "com.docker.compose.service"}} {{.State.StartedAt}} {{.State.Status}}'
        said = self.sh(f"docker inspect -f '{form}' $(docker ps -aq)")
        return dict(line.split(" ", 1) for line in said.splitlines())
