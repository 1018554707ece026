# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A throwaway host with an engine and restic, where every case of a module runs in one go."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest
from support import throwaway

HERE = Path(__file__).resolve().parent
ENGINE = "/root/engine/ansible_collections/photosync/vps/plugins/module_utils"
PROVISION = """
set -e
mkdir -p /etc/docker
echo '{"insecure-registries": ["depot.test:5000"]}' >/etc/docker/daemon.json
systemctl restart docker
"""


@pytest.fixture(scope="session")
def became() -> Iterator[Callable[[str], dict[str, str]]]:
    """What became of each case of a module: nothing, or how it failed."""
    images = {"database": throwaway.image("postgres"), **dict.fromkeys(("web", "wiki"), throwaway.image("valkey"))}
    with throwaway.machine("contracts") as machine:
        machine.sh(PROVISION)
        machine.send(
            {
                ENGINE: throwaway.ROOT / "plugins" / "module_utils",
                "/root/tests/support/__init__.py": throwaway.ROOT / "tests" / "support" / "__init__.py",
                "/root/tests/support/contracts": throwaway.ROOT / "tests" / "support" / "contracts",
                "/root/tests/support/fakes/__init__.py": throwaway.ROOT / "tests/support/fakes/__init__.py",
                "/root/tests/support/fakes/description.py": throwaway.ROOT / "tests/support/fakes/description.py",
                "/root/on_host.py": HERE / "on_host.py",
            }
        )

        @cache
        def run(module: str) -> dict[str, str]:
            argv = ["python3", "/root/on_host.py", module, json.dumps(images)]
            said = machine.sh(f"PYTHONPATH=/root/engine:/root/tests {shlex.join(argv)}")
            return json.loads(said.splitlines()[-1])

        yield run
