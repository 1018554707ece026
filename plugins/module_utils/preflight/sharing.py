# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What one host cannot give to all its stacks together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.host import parts
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Port, overlaps
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Host, Problem, Request, problem


def check_shared_settings(request: Request, host: Host) -> Iterator[Problem]:
    """Of some settings a host has one value, whichever of its stacks is deployed last."""
    asked = parts.changed(
        host.part,
        stack=request.stack,
        settings=dict(request.host_settings),
        daemon_options=request.daemon_options,
    )
    for one in parts.conflicts([*host.others, asked]):
        if request.stack in dict(one.wishes):
            names = [stack for stack, _value in one.wishes if stack != request.stack]
            fix = "ask for the same in both inventories, or leave it to one of them{0}"
            yield problem(one.setting, str(one), fix.format(_if_gone(names, host)))


def claimed(request: Request, host: Host, port: Port) -> Optional[Problem]:
    """Say which other stack has a port, be it running or not."""
    for part in host.others:
        if any(overlaps(port, one) for one in part.ports):
            return problem(
                "ports",
                f"port {port.port}/{port.protocol} belongs to stack {part.stack} on this host",
                f"publish another port in one of them{_if_gone([part.stack], host)}",
                port.service,
            )
    return None


def note_gone(request: Request, host: Host) -> Iterator[Problem]:
    """A stack that somebody removed by hand has left its part."""
    for stack in host.gone:
        yield problem(
            "stack_name",
            f"stack {stack} has no /opt/{stack} on this host, and still has its ports, memory and options of Docker",
            f"if it is gone for good, {_remove(stack)}, and the next run of any stack takes its options away",
        )


def _if_gone(stacks: Iterable[str], host: Host) -> str:
    """Return what else can be done where the other stack may not come back."""
    return "".join(f"; or, if {one} is gone for good, {_remove(one)}" for one in stacks if one in host.gone)


def _remove(stack: str) -> str:
    return f"remove {parts.path(stack)}"
