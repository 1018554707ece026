# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a throwaway VPS is reached: the key made for all of them, and the host keys of each."""

import io
import subprocess
import tarfile
import time
from pathlib import Path

from docker.models.containers import Container
from engine import STATE, Problem, digest, locked

KEY = STATE / "id_ed25519"
PATIENCE_SECONDS = 60


def address(container: Container) -> str:
    """Return the VPS's IPv4 address on the engine's default network."""
    container.reload()
    return container.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]


def known_hosts(name: str) -> Path:
    """Return the file that holds the host keys of one VPS: a new VPS at an old address must not look like an attack."""
    return STATE / f"{name}.known_hosts"


def ssh_options(container: Container) -> list[str]:
    """Return what ssh needs to reach this VPS and no other: its key, and its recorded host key."""
    hosts = known_hosts(container.labels["photosync.vps"])
    return ["-o", f"UserKnownHostsFile={hosts}", "-o", "StrictHostKeyChecking=yes", "-o", "IdentitiesOnly=yes"]


def checkout() -> str:
    """Return a short name of this checkout, made from its key: a copy without the key has VPSs of its own."""
    return digest([public_key()])


def public_key() -> bytes:
    """Return the public key of these VPSs, made when there is none."""
    with locked("key"):
        if not KEY.exists():
            command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "photosync throwaway VPS", "-f", str(KEY)]
            subprocess.run(command, check=True)
    return KEY.with_suffix(".pub").read_bytes()


def authorized_keys() -> bytes:
    """Return a tar archive that lets the key made for these VPSs in, as root and as the ordinary user."""
    key = public_key()
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for home, owner in (("root", 0), ("home/debian", 1000)):
            folder = tarfile.TarInfo(f"{home}/.ssh")
            folder.type, folder.mode, folder.uid, folder.gid = tarfile.DIRTYPE, 0o700, owner, owner
            archive.addfile(folder)
            entry = tarfile.TarInfo(f"{home}/.ssh/authorized_keys")
            entry.size, entry.mode, entry.uid, entry.gid = len(key), 0o600, owner, owner
            archive.addfile(entry, io.BytesIO(key))
    return packed.getvalue()


def record_host_key(container: Container) -> None:
    """Note the host keys, read through the engine rather than over the network, which could lie."""
    place = address(container)
    deadline = time.monotonic() + PATIENCE_SECONDS
    # An engine with much to do has been seen to answer with nothing at all.
    while not (keys := _host_keys(container)):
        if time.monotonic() > deadline:
            raise Problem(f"{container.name} runs, but has no SSH host keys")
        time.sleep(0.1)
    lines = [f"{place} {key}\n" for key in keys]
    known_hosts(container.labels["photosync.vps"]).write_text("".join(lines), encoding="utf-8")


def _host_keys(container: Container) -> list[str]:
    done = container.exec_run(["sh", "-c", "cat /etc/ssh/ssh_host_*_key.pub"])
    return [" ".join(key.split()[:2]) for key in done.output.decode().splitlines()] if done.exit_code == 0 else []


def wait_for_ssh(container: Container) -> None:
    """Return once the key lets us in."""
    target = f"root@{address(container)}"
    command = ["ssh", "-i", str(KEY), *ssh_options(container), "-o", "BatchMode=yes", "-o", "ConnectTimeout=5"]
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        done = subprocess.run([*command, target, "true"], capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
        if time.monotonic() > deadline:
            raise Problem(f"{container.name} runs, but SSH does not answer: {done.stderr.strip()}")
        time.sleep(0.1)
