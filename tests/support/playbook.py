"""Run a playbook as a sysadmin would, and look at what it says."""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / ".cache" / "molecule"
BIN = ROOT / ".venv" / "bin"
RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


@dataclass(frozen=True)
class Run:
    """How a playbook ended: its exit code, all that it printed, and how many tasks changed something."""

    rc: int
    output: str

    @property
    def changed(self) -> int:
        found = RECAP.findall(self.output)
        assert found, self.output
        return sum(int(recap[2]) for recap in found)


def run(playbook: str, host: str, variables: dict[str, Any] | None = None, options: tuple[str, ...] = ()) -> Run:
    """Run ``playbooks/<playbook>.yml`` on one host of Molecule's inventory, with variables in a private file."""
    with variables_file(variables or {}) as extra:
        return execute(
            [
                str(BIN / "ansible-playbook"),
                f"--inventory={STATE / 'inventory'}",
                f"--inventory={ROOT / 'inventories' / 'demo'}",
                f"--limit={host}",
                f"--extra-vars=@{extra}",
                *options,
                str(ROOT / "playbooks" / f"{playbook}.yml"),
            ]
        )


@contextmanager
def variables_file(variables: dict[str, Any]) -> Iterator[str]:
    """A private file with variables, for ``--extra-vars=@…``."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as extra:
        json.dump(variables, extra)
        extra.flush()
        yield extra.name


def module(name: str, host: str, arguments: str) -> Run:
    """Run one module of the collection on one host of Molecule's inventory."""
    return execute(
        [
            str(BIN / "ansible"),
            host,
            f"--inventory={STATE / 'inventory'}",
            f"--module-name={name}",
            f"--args={arguments}",
        ]
    )


def environment() -> dict[str, str]:
    """Variables for Ansible, whatever the caller's own are."""
    return dict(os.environ, ANSIBLE_CONFIG=str(ROOT / "ansible.cfg"), ANSIBLE_FORCE_COLOR="0")


def execute(argv: list[str]) -> Run:
    """Run a command of Ansible's to its end, in the checkout."""
    done = subprocess.run(
        argv,
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    return Run(done.returncode, done.stdout + done.stderr)


def secrets() -> dict[str, str]:
    """The secrets of Molecule's stack, by name."""
    return {path.name: path.read_text().strip() for path in STATE.iterdir() if path.name.endswith("_password")}
