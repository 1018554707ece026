# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Cold start: from no containers to all of them healthy, beside the same images with today's health timings."""

from __future__ import annotations

from host import STACK, Host
from measure import Finding, Row, in_turns, shown

BOUND = 6.0
REPETITIONS = 3
RELEASE = f"/opt/{STACK}/current"
OVERRIDE = "/root/bench/today.yaml"

# Interval, timeout, retries and start period of the deployment that the collection replaces.
_POSTGRES, _REDIS = ("10s", "5s", 5, "0s"), ("10s", "3s", 3, "0s")
TODAY = {
    "web-ui": ("30s", "5s", 3, "10s"),
    "api-gateway": ("30s", "10s", 3, "40s"),
    "custom-postgres": _POSTGRES,
    "immich-postgres": _POSTGRES,
    "custom-redis": _REDIS,
    "immich-redis": _REDIS,
}
METHOD = f"""\
Timed on the host, volumes and images kept, after `{STACK} down`. Ours: `{STACK} up`, which also waits for the public
addresses. Rival: `docker compose up -d --wait` of the same release, with one more Compose file that sets today's
interval, timeout, retries and start period and takes start_interval away. Services that have no health check today
have none in it, so that they count as ready as soon as they run."""


def measure(host: Host, repetitions: int) -> Finding:
    """Start the whole stack again and again, both ways."""
    services = host.run(f"cd {RELEASE} && docker compose config --services").split()
    host.write(OVERRIDE, override(services))
    files = f"$(sed -n 's/^COMPOSE_FILE=//p' .env):{OVERRIDE}"
    down = f"{STACK} down >/dev/null 2>&1"

    def ours() -> float:
        host.run(down)
        return host.seconds(f"{STACK} up")

    def rival() -> float:
        host.run(down)
        return host.seconds(f"cd {RELEASE} && COMPOSE_FILE={files} docker compose up -d --wait")

    try:
        found = in_turns({"ours": ours, "rival": rival}, repetitions)
    finally:
        host.run(f"{STACK} up")
    ratio = found["rival"] / found["ours"]
    row = Row(
        what="Cold start, up to all healthy",
        ours=shown(found["ours"]),
        rival=f"{shown(found['rival'])} with today's health timings",
        comparison=f"1/{ratio:.1f}",
        bound=f"at most 1/{BOUND:g}",
        holds=ratio >= BOUND,
    )
    return Finding([row], METHOD, repetitions)


def override(services: list[str]) -> str:
    """The Compose file that brings today's timings."""
    lines = ["services:"]
    for service in services:
        lines += [f"  {service}:", f"    healthcheck: {_healthcheck(service)}"]
    return "\n".join(lines) + "\n"


def _healthcheck(service: str) -> str:
    if service not in TODAY:
        return "!reset null"
    interval, timeout, retries, start_period = TODAY[service]
    timings = f"interval: {interval}, timeout: {timeout}, retries: {retries}, start_period: {start_period}"
    return f"{{{timings}, start_interval: !reset null}}"
