# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A small real stack with a service that has to stand still."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils import zipapp
from integration.guards import by_hand
from integration.guards.host import Guarded

NAME = "guards"
HERE = Path(__file__).resolve().parent
RELEASE = "/opt/photo-sync/releases/0123456789ab"
# Clears the host and lays the small stack there, with the further services.
LAY = f"""
{by_hand.CLEAR}
cp /root/wiki.yaml {RELEASE}/
echo COMPOSE_FILE=compose.yaml:wiki.yaml >{RELEASE}/.env
rm -rf /root/metrics; mkdir -p /root/metrics
"""


def stack() -> str:
    """The description of the small stack with the services of wiki.yaml."""
    spec = json.loads((HERE / "stack.json").read_text(encoding="utf-8"))
    spec["services"] += [{"name": "wiki", "depends_on": []}, {"name": "portal", "depends_on": ["wiki"]}]
    wiki = {"name": "wiki", "docker_name": "photo-sync_wiki", "services": ["wiki", "portal"]}
    spec["volumes"].append({**wiki, "backup": "cold", "writers": ["wiki"]})
    spec["health_targets"] = []
    return json.dumps(spec)


@pytest.fixture(scope="session")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The VPS with an engine, restic and the host command; removed at the end."""
    vps = [sys.executable, str(by_hand.ROOT / "tests" / "host" / "vps.py")]
    line = subprocess.run(
        [*vps, "up", NAME, "--fresh", "--prepared"], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    try:
        host = Guarded(line)
        host.sh(by_hand.PROVISION)
        folder = tmp_path_factory.mktemp("sent")
        (folder / "photo-sync").write_bytes(zipapp.pack("photo-sync"))
        (folder / "stack.json").write_text(stack(), encoding="utf-8")
        engine = {
            "engine/ansible_collections/photosync/vps/plugins/module_utils": by_hand.ROOT / "plugins/module_utils"
        }
        own = {name: HERE / name for name in ("wiki.yaml", "drive.py", "compose.yaml")}
        made = {name: folder / name for name in ("photo-sync", "stack.json")}
        host.send({**engine, **own, **made})
        host.sh("install -m 0755 /root/photo-sync /usr/local/bin/photo-sync")
        yield host
    finally:
        subprocess.run([*vps, "down", NAME], check=True)


@pytest.fixture(scope="module")
def guarded(machine: Guarded) -> Guarded:
    """The stack runs and holds rows, files and a wiki, and keeps all of its by_hand."""
    machine.sh(LAY)
    machine.sh(by_hand.FILL)
    machine.sql("immich-postgres", "immich", by_hand.IMMICH)
    machine.settings()
    return machine
