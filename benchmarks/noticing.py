# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How soon it is seen that a container has turned healthy, beside Compose's own waiting and a polled address."""

from __future__ import annotations

import json
import random
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from host import ROOT, STACK, BenchmarkError, Host, environment, playbook_argv
from measure import Finding, Row, in_turns, shown

# On the host it is events alone; a task of Ansible's has to come back over SSH as well.
BOUND, BOUND_OF_TASK = 0.02, 0.15
REPETITIONS = 10
PATIENCE = 90
RUNS_SLOWLY = 3.0
PROBES_KEPT = 5
LOCAL = Path(__file__).resolve().parent / "flip"
FOLDER = "/root/bench/flip"
METHOD = """\
A container turns healthy when a file is laid into it, at a random moment; Docker probes it every second. Counted from
the end of Docker's own first good probe (State.Health.Log) to the watcher's line on the controller, which shares the
host's clock; for `uri`, which asks the container itself, from the file. `uri` polls every second; Ansible's default is
five. The stack runs meanwhile."""


@dataclass(frozen=True)
class Watcher:
    """Something that waits for the container: its command line, its words for waiting and for having seen."""

    argv: list[str]
    waits: str
    saw: str
    # Seconds after it says that it waits until it surely does.
    lead: float = 0.5
    of_file: bool = False


def measure(host: Host, repetitions: int) -> Finding:
    """Let the container turn healthy again and again, watched by each in turn."""
    document = json.loads(host.run(f"cat /opt/{STACK}/current/stack.json"))
    image = next(service["image"] for service in document["services"] if service["name"] == "immich-machine-learning")
    for name in ("compose.yaml", "watch.py"):
        host.write(f"{FOLDER}/{name}", (LOCAL / name).read_text(encoding="utf-8"))
    host.write(f"{FOLDER}/.env", f"IMAGE={image}\n")
    try:
        found = in_turns({name: _delay_of(host, watcher) for name, watcher in watchers(host).items()}, repetitions)
    finally:
        host.run(f"cd {FOLDER} && docker compose down")
    rival = f"{shown(found['up --wait'])} `docker compose up --wait`"
    task_rival = f"{shown(found['uri'])} `uri` with `until`"
    rows = [
        _row("A container turns healthy, seen on the host", found["engine"], rival, found["up --wait"], BOUND),
        _row("The same, seen by a task over SSH", found["healthcheck"], task_rival, found["uri"], BOUND_OF_TASK),
    ]
    return Finding(rows, METHOD, repetitions)


def watchers(host: Host) -> dict[str, Watcher]:
    """Ours and the rivals: two on the host itself, two as tasks of Ansible."""
    engine = f"PYTHONPATH=/usr/local/bin/{STACK} exec python3 {FOLDER}/watch.py"
    compose = f"cd {FOLDER} && exec docker compose --progress plain up -d --wait 2>&1"
    return {
        "engine": Watcher(host.argv(engine), "watching", "seen"),
        "up --wait": Watcher(host.argv(compose), "Waiting", "Healthy"),
        "healthcheck": Watcher(playbook_argv(LOCAL / "healthcheck.yml"), "TASK [", "ok: [", RUNS_SLOWLY),
        "uri": Watcher(playbook_argv(LOCAL / "uri.yml"), "RETRYING", "ok: [", of_file=True),
    }


def _row(what: str, ours: float, rival: str, of_rival: float, bound: float) -> Row:
    return Row(
        what=what,
        ours=shown(ours),
        rival=rival,
        comparison=f"1/{of_rival / ours:.1f}",
        bound=f"at most {shown(bound)}",
        holds=ours <= bound,
    )


def _delay_of(host: Host, watcher: Watcher) -> Callable[[], float]:
    return lambda: _delay(host, watcher)


def _delay(host: Host, watcher: Watcher) -> float:
    """Seconds from the container's change to the moment at which the watcher says so."""
    host.run(f"cd {FOLDER} && docker compose up -d --force-recreate")
    # Docker's probes and a watcher's looks are both regular: they must not meet at the same distance each time.
    time.sleep(random.random())
    with subprocess.Popen(
        watcher.argv, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        guard = threading.Timer(PATIENCE, process.kill)
        guard.start()
        try:
            _moment(process, watcher.waits)
            time.sleep(watcher.lead + random.random())
            laid = _lay_file(host)
            seen = _moment(process, watcher.saw)
            return seen - (laid if watcher.of_file else _turned_healthy(host))
        finally:
            guard.cancel()
            process.kill()


def _moment(process: subprocess.Popen[str], words: str) -> float:
    """When the process printed a line with these words."""
    said = []
    for line in process.stdout or ():
        if words in line:
            return time.time()
        said.append(line)
    raise BenchmarkError(f"{' '.join(process.args[-3:])} ended without saying {words!r}:\n{''.join(said)}")


def _lay_file(host: Host) -> float:
    """Make the container well; returns when, by the file's own time."""
    lay = "touch /tmp/well && stat --format %.6Y /tmp/well"
    return float(host.run(f"cd {FOLDER} && docker compose exec -T flip sh -c {lay!r}"))


def _turned_healthy(host: Host) -> float:
    """When Docker's first good probe ended."""
    inspect = "docker inspect --format '{{json .State.Health.Log}}'"
    log = json.loads(host.run(f"cd {FOLDER} && {inspect} $(docker compose ps -q)"))
    good = [number for number, probe in enumerate(log) if probe["ExitCode"] == 0]
    if not good or (good[0] == 0 and len(log) == PROBES_KEPT):
        raise BenchmarkError("Docker no longer knows its first good probe: the machine is too busy to measure this")
    return datetime.fromisoformat(log[good[0]]["End"]).timestamp()
