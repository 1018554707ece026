# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Have everything that runs the stack, start it, and see that it is well."""

from __future__ import annotations

import re
import shlex
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.breakglass.model import Commands, Item, Section
from ansible_collections.photosync.vps.plugins.module_utils.breakglass.point import FOLDER
from ansible_collections.photosync.vps.plugins.module_utils.common import shell_lines
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import MINIMUM_VERSION
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

PACKAGES = ["restic", "jq", "curl", "ca-certificates", "openssh-client", "docker.io", "docker-cli", "docker-compose"]
STATES = "{{.Name}} {{.State.Status}} {{with .State.Health}}{{.Status}}{{end}}"
# Seconds that everything has to become healthy, and between two tries of an address.
PATIENCE, PAUSE = 300, 2
START = """\
cd {root}/current
docker compose up --detach
states() {{
    {states}
}}
deadline=$((SECONDS + {patience}))
until states >{folder}/states && ! grep -vE ' running (healthy)?$' {folder}/states
do
    if [ $SECONDS -gt $deadline ]; then echo 'not healthy in time'; false; break; fi
    sleep {pause}
done
states"""


def install(number: int, spec: Spec, repositories: list[str]) -> Section:
    """The step on a bare host."""
    packages = list(PACKAGES)
    if any(service.build for service in spec.services):
        packages += ["git", "docker-buildx"]
    if any(repository.startswith("rclone:") for repository in repositories):
        packages.append("rclone")
    minimum = ".".join(str(part) for part in MINIMUM_VERSION[:2])
    commands = [
        "set -o pipefail",
        "export DEBIAN_FRONTEND=noninteractive",
        "apt-get update",
        shell_lines.command(["apt-get", "install", "--yes", "--no-install-recommends", *packages]),
        "restic version",
        "docker compose version",
    ]
    return Section(
        f"{number}. Install restic and Docker",
        (
            f"On Debian 13, which has restic {minimum} or newer, Docker and Compose. On another system take restic's"
            " official binary and Docker's own packages.",
            Commands("\n".join(commands)),
        ),
    )


def bare(number: int, spec: Spec) -> Section:
    """The step that keeps the sheet from being followed where there is data."""
    names = [word for volume in spec.volumes for word in ("-e", volume.docker_name)]
    found = shell_lines.command(["grep", "-Fx", *names], before="if docker volume ls --quiet | ")
    items: list[Item] = [
        "If it says STOP, this host holds data: these commands would mix it with the point's. Take a bare host, or"
        f" `{spec.stack} restore`.",
        Commands(f"{found}\nthen echo STOP; false; fi"),
    ]
    if not names:
        items = ["Nothing of the stack is kept in a volume."]
    folders = [left.what for left in spec.left_out]
    if folders:
        why = "; ".join(f"`{left.what}` ({left.why})" for left in spec.left_out)
        items += [f"No point holds {why}. Mount it or put it there first.", Commands(f"ls -d {shlex.join(folders)}")]
    return Section(f"{number}. Is this host bare?", tuple(items))


def images(number: int, spec: Spec) -> Section:
    """The step that fetches and builds images."""
    items: list[Item] = [
        "As the restored Compose file names them.",
        Commands(f"cd {shlex.quote(spec.root)}/current\ndocker compose pull --quiet --ignore-buildable"),
    ]
    built = [service.name for service in spec.services if service.build]
    if built:
        named = ", ".join(f"`{name}`" for name in built)
        items += [f"Built from source: {named}.", Commands(_building(spec, built))]
    return Section(f"{number}. Have the images", tuple(items))


def _building(spec: Spec, built: list[str]) -> str:
    source, lines = spec.source, []
    if source:
        lines += [
            shlex.join(["git", "clone", source.repo, source.dest]),
            shlex.join(["git", "-C", source.dest, "checkout", source.version]),
        ]
    for base in spec.bases:
        lines += [f"rm -rf {FOLDER}/base", f"mkdir {FOLDER}/base"]
        if base.ca_bundle:
            lines.append(shlex.join(["cp", base.ca_bundle, f"{FOLDER}/base/ca-bundle.crt"]))
        command = shlex.join(["docker", "build", "--tag", base.image, "--file", "-", f"{FOLDER}/base"])
        lines.append(f"{command} <<'END'\n{base.dockerfile.strip()}\nEND")
    return "\n".join([*lines, shlex.join(["docker", "compose", "build", *built])])


def start(number: int, spec: Spec) -> Section:
    """The step that starts everything and waits until it is healthy."""
    names = [f"{spec.stack}-{service.name}-1" for service in spec.services]
    states = shell_lines.command(["docker", "inspect", "--format", STATES, *names], shell_lines.STEP)
    items: list[Item] = [
        f"What is not healthy yet is listed until all is, for {PATIENCE} seconds at most.",
        Commands(
            START.format(root=shlex.quote(spec.root), states=states, patience=PATIENCE, pause=PAUSE, folder=FOLDER)
        ),
    ]
    asked = [_asked(target) for target in spec.health_targets if target.get("kind") == "http"]
    if asked:
        items += [
            "From outside, as a visitor comes, though the name may still lead elsewhere:",
            Commands("\n".join(asked)),
        ]
    return Section(f"{number}. Start everything", tuple(items))


def _asked(target: dict[str, Any]) -> str:
    words = ["curl", "-sS", "-o", "/dev/null", "-w", "%{http_code} %{url}\\n", "--max-time", str(target["timeout"])]
    words += ["--retry", str(PATIENCE // PAUSE // 5), "--retry-delay", str(PAUSE), "--retry-connrefused"]
    if target.get("connect_to"):
        words += ["--connect-to", f"::{_bracketed(target['connect_to'])}:"]
    if target.get("ca_file") and not target.get("ca_volume"):
        words += ["--cacert", target["ca_file"]]
    if target.get("headers_file"):
        words += ["--header", "@" + target["headers_file"]]
    quoted = [*map(shlex.quote, words), *_authority_in_volume(target), shlex.quote(target["url"])]
    return f"{shell_lines.filled(quoted)} |\n    grep -E {shlex.quote(f'^({_codes(target)}) ')}"


def _authority_in_volume(target: dict[str, Any]) -> list[str]:
    """Where a volume's files lie, the engine alone knows."""
    if not target.get("ca_volume"):
        return []
    asked = shell_lines.command(["docker", "volume", "inspect", "--format", "{{.Mountpoint}}", target["ca_volume"]])
    return ["--cacert", f'"$({asked})"/{shlex.quote(target["ca_file"])}']


def _bracketed(address: str) -> str:
    return f"[{address}]" if ":" in address else address


def _codes(target: dict[str, Any]) -> str:
    """The expected codes as a regular expression, from 200, 2xx or 200-299."""
    found = []
    for code in target["status"]:
        first, _dash, last = re.sub("[xX]{2}$", "..", str(code)).partition("-")
        found += [first] if not last else [str(number) for number in range(int(first), int(last) + 1)]
    return "|".join(found)
