# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the host has the memory that is promised, to this stack and to the others on it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from ansible_collections.photosync.vps.plugins.module_utils.common import table
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import (
    Host,
    Problem,
    Request,
    problem,
    readable,
)


def check_memory(request: Request, host: Host) -> Iterator[Problem]:
    """Limits are caps and may exceed the host's memory; reservations are promises and may not.

    Where reservations are lowered to fit, the least of them has to.
    """
    wanted, room = request.minimums or request.reservations, host.memory_bytes - request.memory_reserve
    others = {"stack " + part.stack: part.memory_reserved for part in host.others if part.memory_reserved}
    if wanted and sum(wanted.values()) + sum(others.values()) > room:
        least = f", {readable(sum(wanted.values()))} at the least" if request.minimums else ""
        yield problem(
            "deploy.resources.reservations.memory",
            "the services reserve {0}{1}, the host has {2}{3}{4}:\n{5}".format(
                readable(sum(request.reservations.values())),
                least,
                readable(host.memory_bytes),
                f" and keeps {readable(request.memory_reserve)} for itself" if request.memory_reserve else "",
                f" and promises other stacks {readable(sum(others.values()))}" if others else "",
                memory_table(
                    {**request.reservations, **others}, {**request.minimums, **others} if request.minimums else {}
                ),
            ),
            "use a host with more memory, or lower {0} in catalogue_services, or disable services".format(
                "reservations and minimums" if request.minimums else "reservations"
            ),
            ", ".join(_by_size(request.reservations)),
        )


def note_slices(request: Request, host: Host) -> Iterator[Problem]:
    """One slice alone leaves the host enough to live; several have to do so together."""
    shares = {part.stack: part.memory_max for part in host.others if part.memory_max}
    # Without reservations the stack is in development, where its slice has no limit.
    if not shares or not request.reservations:
        return
    shares[request.stack] = host.memory_bytes - request.memory_reserve
    if sum(shares.values()) > host.memory_bytes:
        yield problem(
            "resource_limits_host_reserve",
            "the stacks of this host may together take more memory than its {0}: {1}".format(
                readable(host.memory_bytes),
                ", ".join(f"{stack} {readable(share)}" for stack, share in sorted(shares.items())),
            ),
            "raise it in each inventory to what the host and its other stacks shall have",
        )


def memory_table(reservations: Mapping[str, int], minimums: Mapping[str, int]) -> str:
    """Return who wants how much, the greediest first, and with how much it works; as lines of a table."""
    names = _by_size(reservations)
    columns = [reservations] + ([minimums] if minimums else [])
    rows = [[name] + [readable(column[name]) for column in columns] for name in names]
    rows.append(["together"] + [readable(sum(column.values())) for column in columns])
    headings = ["service", "reserves", "at the least"][: len(columns) + 1]
    return "\n".join("  " + line for line in table.render(headings, rows, headings[1:]).splitlines())


def _by_size(reservations: Mapping[str, int]) -> list[str]:
    return sorted((name for name in reservations if reservations[name]), key=lambda name: (-reservations[name], name))
