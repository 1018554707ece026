# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small real stack, and servers beside it that keep its points: SFTP, and rest-servers with and without removal."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils import tarball, zipapp
from integration.points import conftest as points
from integration.points.throwaway import Host

NAME = "repositories"
POINTS = points.HERE

# The password of the rest-servers is no secret of anybody.
SERVERS = """
set -e
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends rclone openssh-client >/dev/null 2>&1
ssh-keygen -q -t ed25519 -N '' -f /root/.ssh/id_ed25519 <<<n >/dev/null || true
cat /root/.ssh/id_ed25519.pub >>/root/.ssh/authorized_keys
ssh-keyscan -H 127.0.0.1 >/root/.ssh/known_hosts 2>/dev/null
install -m 0755 /root/photo-sync /usr/local/bin/photo-sync
mkdir -p /srv/rest
for port in 8001 8002; do
    extra=$([ $port = 8002 ] && echo --append-only || true)
    systemd-run -q --unit=rest-$port \
        rclone serve restic --cache-objects=false --addr 127.0.0.1:$port --user web1 --pass pass-$port $extra /srv/rest
done
"""


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The VPS with an engine, restic, the host command and the servers; removed at the end."""
    vps = [sys.executable, str(points.ROOT / "tests" / "host" / "vps.py")]
    line = subprocess.run([*vps, "up", NAME], stdout=subprocess.PIPE, text=True, check=True).stdout
    try:
        host = Host(line)
        host.sh(points.PROVISION)
        command: Path = tmp_path_factory.mktemp("command") / "photo-sync"
        command.write_bytes(zipapp.pack("photo-sync"))
        collection = command.with_name("collection.tar.gz")
        collection.write_bytes(tarball.build())
        here = {name: POINTS / name for name in ("drive.py", "stack.json", "compose.yaml")}
        engine = {"engine/ansible_collections/photosync/vps/plugins/module_utils": points.ROOT / "plugins/module_utils"}
        host.send({**engine, **here, "photo-sync": command, "collection.tar.gz": collection})
        host.sh(SERVERS)
        host.sh(points.CLEAR)
        host.sh(points.FILL)
        host.sql("immich-postgres", "immich", points.IMMICH)
        yield host
    finally:
        subprocess.run([*vps, "down", NAME], check=True)


@pytest.fixture
def host(machine: Host) -> Host:
    """The stack runs and the collection lies there; no repository holds anything yet."""
    machine.sh("rm -rf /root/repo /root/sftp /srv/rest/* /var/lib/photo-sync /var/cache/photo-sync /root/alarm")
    machine.sh("install -D -m 0600 /root/collection.tar.gz /var/lib/photo-sync/collection.tar.gz")
    return machine
