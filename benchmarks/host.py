# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The throwaway VPS that everything is measured on: provisioned by the demo's inventory, reached over SSH."""

from __future__ import annotations

import json
import os
import re
import secrets
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = ROOT / ".venv" / "bin"
STATE = ROOT / ".cache" / "bench"
NAME = "bench"
STACK = "photo-sync"
DOMAIN = "photo-sync.localhost"
INVENTORY = STATE / "inventory"
MEDIA = "/srv/photos"
# Ansible's own folder for them: the path of a socket must be short.
SOCKETS = Path.home() / ".ansible" / "cp"
RECAP = re.compile(r"^\S+\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)


class BenchmarkError(Exception):
    """Nothing can be measured; the message says why."""


@dataclass(frozen=True)
class PlaybookRun:
    """A playbook that ended well: how long it took on the controller, how much it changed, what it printed."""

    seconds: float
    changed: int
    output: str


class Host:
    """A provisioned VPS."""

    def __init__(self, line: str):
        variables = dict(word.split("=", 1) for word in shlex.split(line)[1:])
        SOCKETS.mkdir(parents=True, exist_ok=True)
        self._ssh = [
            "ssh",
            *shlex.split(variables["ansible_ssh_common_args"]),
            *("-i", variables["ansible_ssh_private_key_file"], "-o", "BatchMode=yes"),
            # Like Ansible's own connections: opened once, then used by all that follow.
            *("-o", "ControlMaster=auto", "-o", "ControlPersist=120s", "-o", f"ControlPath={SOCKETS}/bench-%C"),
            f"{variables['ansible_user']}@{variables['ansible_host']}",
        ]

    def argv(self, command: str) -> list[str]:
        """The command line that runs a shell command on the host."""
        return [*self._ssh, command]

    def run(self, command: str, stdin: str = "") -> str:
        """Run a shell command on the host and return its output."""
        done = subprocess.run(self.argv(command), input=stdin, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise BenchmarkError(f"on the host: {command}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
        return done.stdout

    def seconds(self, command: str) -> float:
        """How long a shell command takes, by the host's own clock: what SSH costs is not in it."""
        timed = f"began=$EPOCHREALTIME; {{ {command}; }} >&2 && echo $began $EPOCHREALTIME"
        began, ended = self.run(f"bash -c {shlex.quote(timed)}").split()
        return float(ended) - float(began)

    def write(self, path: str, content: str) -> None:
        """Write a file that only root may read."""
        quoted = shlex.quote(path)
        self.run(f"umask 077 && mkdir -p $(dirname {quoted}) && cat >{quoted}", content)


def playbook_argv(playbook: Path, *options: str, inventory: Path = INVENTORY) -> list[str]:
    """The command line that runs a playbook on the VPS of an inventory, as a sysadmin's would."""
    password = f"--vault-password-file={STATE / 'vault-password'}"
    inventories = [f"--inventory={inventory}", f"--inventory={ROOT / 'inventories' / 'demo'}"]
    return [str(BIN / "ansible-playbook"), *inventories, password, *options, str(playbook)]


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables for Ansible, whatever the caller's own are."""
    path = f"{BIN}{os.pathsep}{os.environ['PATH']}"
    ours = {"PATH": path, "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"), "ANSIBLE_NOCOLOR": "1"}
    return {**os.environ, **ours, **(settings or {})}


def play(
    playbook: Path, *options: str, settings: Mapping[str, str] | None = None, inventory: Path = INVENTORY
) -> PlaybookRun:
    """Run a playbook to its end."""
    argv = playbook_argv(playbook, *options, inventory=inventory)
    began = time.monotonic()
    done = subprocess.run(argv, cwd=ROOT, env=environment(settings), capture_output=True, text=True, check=False)
    seconds = time.monotonic() - began
    if done.returncode != 0:
        raise BenchmarkError(f"{playbook.name} failed:\n{done.stdout[-6000:]}{done.stderr[-2000:]}")
    return PlaybookRun(seconds, sum(int(changed) for _ok, changed, *_rest in RECAP.findall(done.stdout)), done.stdout)


def up() -> Host:
    """Return the VPS with the whole stack running; one that was kept is brought up to date."""
    if f"{NAME} " not in vps("list"):
        shutil.rmtree(STATE, ignore_errors=True)
    disk = STATE / "disk"
    line = vps("up", NAME, "--disk", str(disk))
    _make_secrets(make_inventory(INVENTORY, line) / "vault.yml")
    host = Host(line)
    host.run(f"mkdir -p {MEDIA}")
    print("provisioning it with site.yml", flush=True)
    play(ROOT / "playbooks" / "site.yml")
    return host


def down() -> None:
    """Remove the VPS and everything that was kept for it."""
    vps("down", NAME)
    shutil.rmtree(STATE, ignore_errors=True)


def make_inventory(folder: Path, line: str) -> Path:
    """An inventory of one VPS and of what the depot holds; returns the folder of its variables."""
    variables = folder / "group_vars" / "photosync"
    variables.mkdir(parents=True, exist_ok=True)
    (folder / "hosts.ini").write_text(f"[photosync]\n{line}", encoding="utf-8")
    shutil.copy(ROOT / ".cache" / "host" / "depot.json", variables / "depot.json")
    return variables


def _make_secrets(vault: Path) -> None:
    """Encrypted, as an inventory's secrets are: opening them is part of what a run costs."""
    password = STATE / "vault-password"
    if not password.exists():
        password.touch(0o600)
        password.write_text(secrets.token_urlsafe(), encoding="utf-8")
    play(ROOT / "playbooks" / "secrets.yml", f"--extra-vars={json.dumps({'secrets_file': str(vault)})}")


def vps(*arguments: str) -> str:
    """Run ``tests/host/vps.py``."""
    tool = ROOT / "tests" / "host" / "vps.py"
    done = subprocess.run([sys.executable, str(tool), *arguments], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"vps.py {' '.join(arguments)} failed")
    return done.stdout
