# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Have the entry point read its configuration anew, when and only when it runs with another one.

A reload closes every WebSocket, so an unchanged configuration is never reloaded. What the running Caddy has read is
noted in the stack's state folder beside the id of its container: whatever interrupts a deployment, the next one knows.
"""

from __future__ import annotations

import hashlib
import os

from ansible_collections.photosync.vps.plugins.module_utils.common import state
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.health.container_state import moment
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import ReverseProxy, Spec

CADDYFILE = "/etc/caddy/Caddyfile"


class InvalidCaddyfile(Exception):
    """Caddy cannot read the release's configuration; the one that serves was not touched."""


def reload_if_changed(spec: Spec, front: ReverseProxy, container: str, started_at: str) -> bool:
    """Reload Caddy in ``container`` (id, started at ``started_at``) if it runs with another configuration.

    Returns whether it was reloaded. Raises CommandFailed with Caddy's own words when it refuses the new one; it then
    goes on with the old.
    """
    path = os.path.join(front.config_dir, "Caddyfile")
    now = {"container": container, "started_at": started_at, "sha256": _sha256(path)}
    if _noted(spec) == now:
        return False
    # One that somebody restarted before the file was put in place still runs with the file before.
    has_read_it = moment(started_at) > os.stat(path).st_ctime
    if not has_read_it:
        run(
            ["docker", "exec", container, "caddy", "reload", "--config", CADDYFILE, "--adapter", "caddyfile"],
            timeout=60,
        )
    _note(spec, now)
    return not has_read_it


def validate(spec: Spec, front: ReverseProxy, folder: str) -> None:
    """Let the entry point's own Caddy read the Caddyfile in ``folder``, in a container without a network.

    Raises InvalidCaddyfile with what it says. What the Caddyfile refers to lies in the configuration folder, or is a
    file of the host that the entry point mounts.
    """
    image = next(service.image for service in spec.services if service.name == front.service)
    mounts = [f"{os.path.join(folder, 'Caddyfile')}:/tmp/Caddyfile:ro", f"{front.config_dir}:/etc/caddy:ro"]
    mounts += front.mounts
    said = run(
        ["docker", "run", "--rm", "--network=none", *(f"--volume={mount}" for mount in mounts)]
        + ["--entrypoint=caddy", image, "validate", "--adapter=caddyfile", "--config=/tmp/Caddyfile"],
        timeout=60,
        check=False,
    )
    if said.rc != 0:
        why = [line for line in said.stderr.splitlines() if '"level":"info"' not in line]
        raise InvalidCaddyfile("Caddy refuses the release's Caddyfile:\n" + "\n".join(why[-5:]))


def _noted(spec: Spec) -> dict[str, str]:
    return state.read(_note_path(spec), {})


def _note(spec: Spec, now: dict[str, str]) -> None:
    state.write(_note_path(spec), now)


def _note_path(spec: Spec) -> str:
    return os.path.join(spec.state_dir, "entry-point.json")


def _sha256(path: str) -> str:
    with open(path, "rb") as stream:
        return hashlib.sha256(stream.read()).hexdigest()
