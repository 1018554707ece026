#!/usr/bin/env python3
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Throwaway VPSs: bare Debian machines with systemd and SSH, in containers of the Docker engine that runs here.

They hold what a cloud provider's Debian image holds, and nothing of Docker. The inventory line of a VPS goes to
standard output, everything else to standard error. Each checkout has VPSs of its own: what another one left behind,
interrupted or not, is neither found nor in the way.
"""

import argparse
import json
import os
import re
import shlex
import sys
import time
from pathlib import Path

import access
import debian
import docker
import images
import prepared
from docker.errors import NotFound
from docker.models.containers import Container
from docker.models.images import Image
from docker.types import Mount
from engine import DEPOT_NAME, LABELS, Problem, connect, gateway, locked, say

HERE = Path(__file__).resolve().parent
BOOT_SECONDS = 60

# What systemd, SSH and an engine of its own need, each by name: `--privileged` also asks for what a kernel or an engine
# may not know, and would let a VPS change modules, profiles and the clock of the machine outside.
CAPABILITIES = [
    "AUDIT_CONTROL",
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "LEASE",
    "LINUX_IMMUTABLE",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_ADMIN",
    "SYS_CHROOT",
    "SYS_NICE",
    "SYS_PTRACE",
    "SYS_TTY_CONFIG",
]
RIGHTS = {
    "cap_drop": ["ALL"],
    "cap_add": CAPABILITIES,
    "security_opt": ["seccomp=unconfined", "apparmor=unconfined"],
    "cgroupns": "private",
}


def up(
    client: docker.DockerClient,
    name: str,
    options: dict[str, list[str]],
    suite: str = debian.SUITE,
    is_prepared: bool = False,
) -> Container:
    """Return the VPS ``name``, running and reachable over SSH: made or started when it has to be.

    :param is_prepared: with Docker's packages and the depot's images, as ``prepared.py`` keeps them.
    """
    image = images.build(client, HERE / "vps", debian.ensure(client, suite), debian.tag(suite))
    if is_prepared:
        image = prepared.image(client, image)
    with locked(f"vps-{name}"):
        container = find(client, name)
        if container is None:
            container = _create(client, name, image, options)
            if is_prepared:
                try:
                    prepared.fill(client, container, RIGHTS)
                except BaseException:
                    container.remove(v=True)
                    raise
        elif json.loads(container.labels["photosync.options"]) != options:
            raise Problem(f"{name} exists with other disks, ports or hosts; remove it first: vps.py down {name}")
        if container.status != "running":
            say(f"starting VPS {name}")
            container.start()
        _wait_until_booted(container)
        access.record_host_key(container)
        access.wait_for_ssh(container)
    return container


def down(client: docker.DockerClient, name: str) -> bool:
    """Remove the VPS with all its volumes, as when its provider loses it; say whether there was one."""
    container = find(client, name)
    if container is None:
        return False
    say(f"removing VPS {name}")
    container.remove(force=True, v=True)
    access.known_hosts(name).unlink(missing_ok=True)
    return True


def find(client: docker.DockerClient, name: str) -> Container | None:
    """Return the container of the VPS ``name``, or None."""
    try:
        return client.containers.get(_container_name(name))
    except NotFound:
        return None


def get(client: docker.DockerClient, name: str) -> Container:
    """Return the container of the VPS ``name``, which must exist."""
    container = find(client, name)
    if container is None:
        raise Problem(f"there is no VPS {name}")
    return container


def every(client: docker.DockerClient) -> list[Container]:
    """Return the containers of all this checkout's VPSs, by name."""
    found = client.containers.list(all=True, filters={"label": f"photosync.checkout={access.checkout()}"})
    return sorted(found, key=lambda container: container.labels["photosync.vps"])


def inventory_line(container: Container) -> str:
    """Return the line of an INI inventory that reaches this VPS."""
    name = container.labels["photosync.vps"]
    variables = {
        "ansible_host": access.address(container),
        "ansible_user": "root",
        "ansible_ssh_private_key_file": str(access.KEY),
        "ansible_ssh_common_args": shlex.join(access.ssh_options(container)),
        # A connection kept open to a VPS that is gone must not be used for the next one at its address.
        "ansible_control_path": f"%(directory)s/{container.short_id}",
    }
    return " ".join([name, *(f"{key}={shlex.quote(value)}" for key, value in variables.items())])


def ssh(container: Container, words: list[str]) -> None:
    """Become the ssh command that logs in as root, or does a command there."""
    command = [
        "ssh",
        "-i",
        str(access.KEY),
        *access.ssh_options(container),
        f"root@{access.address(container)}",
        *words,
    ]
    os.execvp(command[0], command)


def _container_name(name: str) -> str:
    return f"photosync-{access.checkout()}-{name}"


def _create(client: docker.DockerClient, name: str, image: Image, options: dict[str, list[str]]) -> Container:
    if not re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", name):
        raise Problem(f"{name!r} is no host name: lower-case letters, digits and hyphens, please")
    say(f"making VPS {name}")
    container = client.containers.create(
        image,
        name=_container_name(name),
        hostname=name,
        labels={
            **LABELS,
            "photosync.vps": name,
            "photosync.checkout": access.checkout(),
            "photosync.options": json.dumps(options),
        },
        **RIGHTS,
        environment={"container": "docker"},
        tmpfs={"/run": "mode=755", "/run/lock": "", "/tmp": "exec,mode=1777"},
        # Where engines keep images: overlay file systems cannot lie on the container's own, which is one.
        volumes=["/var/lib/docker", "/var/lib/containerd"],
        mounts=[_disk(text) for text in options["disks"]],
        ports=dict(_port(text) for text in options["publish"]),
        extra_hosts={DEPOT_NAME: gateway(client), **dict(text.split("=", 1) for text in options["hosts"])},
    )
    container.put_archive("/", access.authorized_keys())
    return container


def _disk(text: str) -> Mount:
    source, _, target = text.partition(":")
    path = Path(source).resolve()
    path.mkdir(parents=True, exist_ok=True)
    return Mount(target or "/mnt/backup", str(path), type="bind")


def _port(text: str) -> tuple[str, tuple[str, int] | int]:
    """Turn ``8443:443``, ``127.0.0.1:8443:443`` or ``8443:443/udp`` into what the SDK wants."""
    outside, _, inside = text.rpartition(":")
    host, _, port = outside.rpartition(":")
    return inside, (host, int(port)) if host else int(port)


def _wait_until_booted(container: Container) -> None:
    deadline = time.monotonic() + BOOT_SECONDS
    state = ""
    while time.monotonic() < deadline:
        container.reload()
        if container.status != "running":
            break
        result = container.exec_run(["systemctl", "is-system-running", "--wait"])
        state = result.output.decode().strip()
        if state in ("running", "degraded"):
            return
        time.sleep(0.05)
    tail = container.logs(tail=20).decode()
    raise Problem(f"{container.name} did not boot ({container.status}, systemd says: {state or 'nothing'})\n{tail}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    making = commands.add_parser("up", help="make a VPS, or start it again; prints its inventory line")
    making.add_argument("name")
    making.add_argument(
        "--disk",
        action="append",
        default=[],
        metavar="DIR[:PATH]",
        dest="disks",
        help="attach a folder as a disk that outlives the VPS (at /mnt/backup)",
    )
    making.add_argument(
        "--publish",
        action="append",
        default=[],
        metavar="[ADDRESS:]PORT:PORT",
        help="let the machine's own port lead to a port of the VPS",
    )
    making.add_argument(
        "--host",
        action="append",
        default=[],
        metavar="NAME=ADDRESS",
        dest="hosts",
        help="a name that this VPS resolves",
    )
    making.add_argument(
        "--fresh", action="store_true", help="remove one of this name first, as an interrupted test leaves it"
    )
    making.add_argument("--prepared", action="store_true", help="with Docker and the depot's images already on it")
    making.add_argument("--suite", default=debian.SUITE, help="the Debian on it, such as bookworm")
    commands.add_parser("down", help="remove VPSs and their volumes").add_argument("names", nargs="+")
    commands.add_parser("inventory", help="print the inventory lines of VPSs").add_argument("names", nargs="*")
    login = commands.add_parser("ssh", help="log in as root, or do a command there")
    login.add_argument("name")
    login.add_argument("words", nargs=argparse.REMAINDER)
    commands.add_parser("list", help="show every VPS of this checkout")
    return parser.parse_args()


def main() -> None:
    """Do what the command line asks."""
    arguments = _arguments()
    client = connect()
    if arguments.command == "up":
        options = {"disks": arguments.disks, "publish": arguments.publish, "hosts": arguments.hosts}
        if arguments.fresh:
            down(client, arguments.name)
        print(inventory_line(up(client, arguments.name, options, arguments.suite, arguments.prepared)))
    elif arguments.command == "down":
        for name in arguments.names:
            if not down(client, name):
                say(f"there is no VPS {name}")
    elif arguments.command == "inventory":
        names = arguments.names or [container.labels["photosync.vps"] for container in every(client)]
        for name in names:
            print(inventory_line(get(client, name)))
    elif arguments.command == "ssh":
        ssh(get(client, arguments.name), arguments.words)
    else:
        for container in every(client):
            print(f"{container.labels['photosync.vps']:<20} {container.status:<10} {access.address(container)}")


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(f"vps.py: {problem}")
