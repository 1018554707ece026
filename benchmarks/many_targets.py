# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Three hundred addresses in one health check, beside the slowest of them alone."""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

from host import STACK, BenchmarkError, Host
from measure import Finding, Row, in_turns, shown

BOUND = 2.0
REPETITIONS = 10
TARGETS = 300
FASTEST, SLOWEST = 100, 1000
LOCAL = Path(__file__).resolve().parent / "many"
FOLDER = "/root/bench/many"
UNIT = "photosync-bench-many"
# The port of many/serve.py.
SITE = "127.0.0.1:18098"
METHOD = f"""\
{TARGETS} addresses of one web server on the host, each of which answers after a time of its own between {FASTEST} and
{SLOWEST} ms, one of them after {SLOWEST}. Ours: the engine checks all of them in one call, timed on the host, without
the start of Python. Rival: the same for the slowest alone. The stack runs meanwhile."""


def measure(host: Host, repetitions: int) -> Finding:
    """Check all of them, and the slowest alone, again and again."""
    for name in ("serve.py", "check.py"):
        host.write(f"{FOLDER}/{name}", (LOCAL / name).read_text(encoding="utf-8"))
    host.run(f"systemd-run --quiet --collect --unit {UNIT} python3 {FOLDER}/serve.py")
    times = [SLOWEST, *(random.randrange(FASTEST, SLOWEST) for _number in range(TARGETS - 1))]
    try:
        found = in_turns(
            {"all": lambda: _seconds(host, times), "slowest": lambda: _seconds(host, [SLOWEST])}, repetitions
        )
    finally:
        host.run(f"systemctl stop {UNIT}")
    ratio = found["all"] / found["slowest"]
    row = Row(
        what=f"{TARGETS} addresses in one health check",
        ours=shown(found["all"]),
        rival=f"{shown(found['slowest'])} the slowest alone",
        comparison=f"{ratio:.1f} times",
        bound=f"at most {BOUND:g} times",
        holds=ratio <= BOUND,
    )
    return Finding([row], METHOD, repetitions)


def _seconds(host: Host, times: Sequence[int]) -> float:
    """How long one call takes that checks an address for each of these times, in milliseconds."""
    urls = " ".join(f"http://{SITE}/{milliseconds}" for milliseconds in times)
    said = host.run(f"PYTHONPATH=/usr/local/bin/{STACK} python3 {FOLDER}/check.py {urls}").strip()
    try:
        return float(said)
    except ValueError as error:
        raise BenchmarkError(f"the check of {len(times)} addresses said: {said}") from error
