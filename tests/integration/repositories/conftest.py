# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The library of photos, and servers beside it for its points: SFTP, S3, rest-servers with and without removal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from integration.restore import library as small_library
from integration.restore.library import REPOSITORY, Library
from support import playbook

# None of these is anybody's secret.
S3_KEY, S3_SECRET = "library", "secret-of-s3"
KEYS = """
set -e
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519
cat /root/.ssh/id_ed25519.pub >>/root/.ssh/authorized_keys
ssh-keyscan -H 127.0.0.1 >/root/.ssh/known_hosts 2>/dev/null
mkdir -p /srv/rest /srv/s3
"""
SERVE = """
serve() {
    port=$1; shift
    systemd-run --quiet --collect --unit=served-$port /usr/local/bin/rclone serve "$@" --addr 127.0.0.1:$port
    timeout 20 sh -c "until curl -so /dev/null http://127.0.0.1:$port/; do :; done"
}
"""
REST = f"""{SERVE}
serve 8001 restic --cache-objects=false --user web1 --pass pass-8001 /srv/rest
serve 8002 restic --cache-objects=false --user web1 --pass pass-8002 --append-only /srv/rest
"""
# The S3 server remembers what lay in its bucket, so it begins anew with it.
EMPTY = f"""{SERVE}
systemctl stop served-8003 2>/dev/null
rm -rf {REPOSITORY} /root/sftp /srv/rest/* /srv/s3/* /srv/s3-cache {small_library.ALARM}
mkdir /srv/s3/points
serve 8003 s3 --auth-key {S3_KEY},{S3_SECRET} --no-modtime --vfs-cache-mode writes --cache-dir /srv/s3-cache /srv/s3
"""


class Served(Library):
    """The library with servers that keep its points."""

    def settings(self, **given: Any) -> None:
        """Write the backup settings as the role would."""
        spec = {
            "repository": REPOSITORY,
            "password_file": "/root/restic-password",
            "host": small_library.HOST,
            "retention": {"keep_last": 2},
            "suspect": {"ignore": ["*"]},
            "on_failure": ["cp", "/dev/stdin", small_library.ALARM],
            **given,
        }
        self.sh(f"echo another >/root/another-password; cat >/etc/small/backup.json <<'X'\n{json.dumps(spec)}\nX\n")

    def places(self) -> dict[str, list[str]]:
        """Where each point is complete."""
        return {point["id"]: point["repositories"] for point in self.answer("points")}


@pytest.fixture(scope="session")
def provisioned() -> Iterator[Served]:
    """The library, deployed by the playbook site, and the servers."""
    with small_library.provisioned("repositories") as library:
        library.machine.send({"/usr/local/bin/rclone": playbook.BIN / "rclone"})
        library.sh(KEYS + REST)
        library.fill()
        yield Served(library.machine)


@pytest.fixture
def library(provisioned: Served) -> Served:
    """The stack runs; no repository holds anything yet."""
    provisioned.forget_points()
    provisioned.sh(EMPTY)
    return provisioned
