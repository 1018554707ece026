# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host's clock against the controller's, whatever time it takes to ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

SETTING = "preflight_clock_tolerance"
TIME_SERVICES = ("chrony", "systemd-timesyncd", "ntpsec", "openntpd", "ntp")
UNITS = ((86400, "d"), (3600, "h"), (60, "min"), (1, "s"))


def certain_offset(began: float, ended: float, host_began: float, host_ended: float) -> float:
    """Return the seconds by which the host's clock is ahead (above 0) or behind at least; 0 where it may be right.

    :param began: the controller's clock before the host was asked; ``ended``: after it had answered.
    :param host_began: the host's clock when it began to work on that; ``host_ended``: when it had done so.
    """
    return max(host_ended - ended, 0.0) or min(host_began - began, 0.0)


def clock_problems(offset: float, tolerance: float, packages: Mapping[str, Any]) -> Iterator[Problem]:
    """Certificates are good at their time, and authorities look at the clock too."""
    if not tolerance or abs(offset) <= tolerance:
        return
    direction = "ahead of" if offset > 0 else "behind"
    message = (
        f"the host's clock is {_duration(abs(offset))} {direction} the controller's; "
        "at a wrong time certificates are refused, and none can be had"
    )
    yield problem(SETTING, message, f"{_remedy(packages)}; or set the controller's, if that is the wrong one")


def _remedy(packages: Mapping[str, Any]) -> str:
    service = next((name for name in TIME_SERVICES if name in packages), None)
    if service:
        return f"see why the host's {service} does not set it (systemctl status {service}, timedatectl)"
    return "have it set: no time service is installed on the host (apt-get install systemd-timesyncd)"


def _duration(seconds: float) -> str:
    """The two largest units of a duration."""
    parts, rest = [], int(seconds)
    for length, unit in UNITS:
        number, rest = divmod(rest, length)
        if number:
            parts.append(f"{number} {unit}")
    return " ".join(parts[:2])
