"""A throwaway VPS of a test's own, with its inventory: run playbooks against it, run scripts on it, look at it."""

from __future__ import annotations

import io
import json
import secrets
import shlex
import shutil
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from support import playbook

ROOT = playbook.ROOT
STATE = ROOT / ".cache" / "tests"
VPS = [sys.executable, str(ROOT / "tests" / "host" / "vps.py")]
PASSWORDS = ("immich_db_password", "custom_db_password", "database_password", "backup_repository_password")


class Machine:
    """One VPS in the group photosync of an inventory of its own, which also knows what the depot holds."""

    def __init__(self, name: str, line: str, variables: dict[str, Any], inventories: tuple[Path, ...]):
        self.name = name
        self.folder = STATE / name
        self._inventories = (self.folder / "inventory", *inventories)
        self._write_variables(variables)
        self._reach(line)

    def play(self, name: str, variables: dict[str, Any] | None = None, *options: str) -> playbook.Run:
        """Run ``playbooks/<name>.yml``, or the playbook at a path; variables win over those of the inventory."""
        with playbook.variables_file(variables or {}) as extra:
            return playbook.execute(self.argv(name, f"--extra-vars=@{extra}", *options))

    def argv(self, name: str, *options: str) -> list[str]:
        """The command line that runs a playbook here, for tests that watch or kill it."""
        path = name if name.endswith(".yml") else str(ROOT / "playbooks" / f"{name}.yml")
        inventories = [f"--inventory={place}" for place in self._inventories]
        return [str(playbook.BIN / "ansible-playbook"), *inventories, f"--limit={self.name}", *options, path]

    def sh(self, script: str, check: bool = True) -> str:
        """Run a script as root and return what it prints, both streams together."""
        done = subprocess.run(
            [*self._ssh, f"bash -c {shlex.quote(script)}"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            # Names of files are bytes.
            errors="surrogateescape",
            check=False,
        )
        assert not check or done.returncode == 0, done.stdout
        return done.stdout

    def send(self, files: dict[str, Path]) -> None:
        """Copy files and folders there, each to an absolute path."""
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for target, source in files.items():
                tar.add(source, target.lstrip("/"))
        subprocess.run([*self._ssh, "tar -x --no-same-owner -C /"], input=archive.getvalue(), check=True)

    def reboot(self) -> None:
        """Restart the machine as its owner would, and return once it lets us in again, maybe at another address."""
        subprocess.run([*self._ssh, "systemctl reboot"], stdin=subprocess.DEVNULL, check=False)
        subprocess.run([*self._ssh, "-O", "exit"], stderr=subprocess.DEVNULL, check=False)
        deadline = time.monotonic() + 60
        while f"{self.name} " in _running():
            assert time.monotonic() < deadline, f"{self.name} does not go down"
            time.sleep(0.2)
        self._reach(subprocess.run([*VPS, "up", self.name], stdout=subprocess.PIPE, text=True, check=True).stdout)

    def _reach(self, line: str) -> None:
        self._ssh = ssh(line)
        self.address = self._ssh[-1].partition("@")[2]
        (self.folder / "inventory" / "hosts.ini").write_text(f"[photosync]\n{line}", encoding="utf-8")

    def _write_variables(self, variables: dict[str, Any]) -> None:
        group = self.folder / "inventory" / "group_vars" / "photosync"
        group.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / ".cache" / "host" / "depot.json", group / "depot.json")
        (group / "variables.json").write_text(json.dumps(variables), encoding="utf-8")
        kept = group / "secrets.json"
        if not kept.exists():
            kept.touch(0o600)
            made = {name: secrets.token_hex(16) for name in PASSWORDS}
            kept.write_text(json.dumps({"stack_secrets": made}), encoding="utf-8")


@contextmanager
def machine(
    name: str,
    variables: dict[str, Any] | None = None,
    *options: str,
    inventories: tuple[Path, ...] = (),
    bare: bool = False,
) -> Iterator[Machine]:
    """A VPS; removed at the end, with its inventory.

    :param bare: nothing was prepared on it; else Docker's packages and the depot's images are there.
    :param options: for ``vps.py up``, such as ``--disk`` and a folder.
    :param inventories: further ones, such as the demo's.
    """
    up = [*VPS, "up", name, "--fresh", *([] if bare else ["--prepared"]), *options]
    line = subprocess.run(up, stdout=subprocess.PIPE, text=True, check=True).stdout
    try:
        yield Machine(name, line, variables or {}, inventories)
    finally:
        subprocess.run([*VPS, "down", name], check=True)
        shutil.rmtree(STATE / name, ignore_errors=True)


def image(name: str) -> str:
    """A stand-in image as the machines pull it."""
    record = json.loads((ROOT / ".cache" / "host" / "depot.json").read_text(encoding="utf-8"))
    return record["images"][name]


def _running() -> str:
    listed = subprocess.run([*VPS, "list"], stdout=subprocess.PIPE, text=True, check=True).stdout
    return "".join(line + "\n" for line in listed.splitlines() if " running " in line)


def ssh(line: str) -> list[str]:
    """The command line of ssh for the VPS of an inventory line, to be followed by what shall run there."""
    words = dict(word.split("=", 1) for word in shlex.split(line)[1:])
    options = shlex.split(words["ansible_ssh_common_args"])
    # Addresses are given out again, so a connection that is kept open is named as Ansible's is: after the VPS.
    path = f"/tmp/photosync-{Path(words['ansible_control_path']).name}"
    shared = ["-o", "ControlMaster=auto", "-o", "ControlPersist=60", "-o", f"ControlPath={path}"]
    key = words["ansible_ssh_private_key_file"]
    return ["ssh", "-q", "-i", key, *options, *shared, f"root@{words['ansible_host']}"]
