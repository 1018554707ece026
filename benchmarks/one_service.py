# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A deployment that changes one value of one service, beside laying its file and asking Compose to bring it up."""

from __future__ import annotations

import itertools
import json
import re
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

from host import ROOT, STACK, BenchmarkError, Host, PlaybookRun, play
from measure import Finding, Row, in_turns, shown

BOUND = 1.5
REPETITIONS = 5
SERVICE = "api-gateway"
VARIABLE = "CACHE_EXPIRY"
DEPLOY = ROOT / "playbooks" / "deploy.yml"
PLAIN = Path(__file__).resolve().parent / "plain_compose.yml"
RELEASE = f"/opt/{STACK}/current"
FOLDER = "/root/bench/one_service"
PROFILED = {"ANSIBLE_CALLBACKS_ENABLED": "ansible.posix.profile_tasks", "PROFILE_TASKS_TASK_OUTPUT_LIMIT": "all"}
# Of our tasks those of the role that deploys, of the rival's both.
TASK = re.compile(r"^(?:photosync\.vps\.stack : .*|Lay the changed .*|Bring it up) -+ ([\d.]+)s$", re.MULTILINE)
METHOD = f"""\
{VARIABLE} in the environment of {SERVICE} is another one each time, so that its container is replaced and has to turn
healthy. Wall time of `ansible-playbook` on the controller, over the same SSH connection. Ours: `playbooks/deploy.yml`,
which reads inventory and host, lays a release that Compose validates, sees to its images, switches, and proves every
service and every public address. Rival: a play that lays the one changed file and runs `docker compose up -d --wait`,
in a folder of its own with the same files. The second line is what of this passes on the host, by Ansible's profile of
the same runs: ours the role stack, from laying the release to the proof, the rival's both tasks."""


def measure(host: Host, repetitions: int) -> Finding:
    """Change the value again and again, both ways in turns."""
    host.run(f"mkdir -p {FOLDER} && cp -rT {RELEASE}/ {FOLDER}")
    environment = host.run(f"cat {RELEASE}/env/{SERVICE}.env")
    values = itertools.count(1000)
    on_host: dict[str, list[float]] = {"deploy": [], "plain compose": []}

    def deploy() -> PlaybookRun:
        return _play(DEPLOY, {"stack_settings": {"cache_expiry": next(values)}})

    def plain() -> PlaybookRun:
        changed = re.sub(rf"(?m)^{VARIABLE}=.*$", f"{VARIABLE}={next(values)}", environment)
        return _play(PLAIN, {"plain_environment": changed, "plain_folder": FOLDER, "plain_service": SERVICE})

    def timed(name: str, run: Callable[[], PlaybookRun]) -> Callable[[], float]:
        def seconds() -> float:
            before = _container(host)
            done = run()
            if _container(host) == before:
                raise BenchmarkError(f"{name} replaced no container of {SERVICE}:\n{done.output[-6000:]}")
            on_host[name].append(sum(map(float, TASK.findall(done.output))))
            return done.seconds

        return seconds

    # One of each that does not count.
    deploy()
    plain()
    try:
        found = in_turns(
            {"deploy": timed("deploy", deploy), "plain compose": timed("plain compose", plain)}, repetitions
        )
    finally:
        host.run(f"rm -rf {FOLDER}")
        play(DEPLOY)
    ours, rival = (statistics.median(on_host[name]) for name in ("deploy", "plain compose"))
    rows = [
        _row(
            "Deploy that changes one service",
            found["deploy"],
            found["plain compose"],
            "one `copy`, `up -d --wait`",
            BOUND,
        ),
        _row("The same, on the host alone", ours, rival, "the same"),
    ]
    return Finding(rows, METHOD, repetitions)


def _play(playbook: Path, variables: dict[str, Any]) -> PlaybookRun:
    return play(playbook, f"--extra-vars={json.dumps(variables)}", settings=PROFILED)


def _container(host: Host) -> str:
    return host.run(f"docker ps --quiet --no-trunc --filter name=^{STACK}-{SERVICE}-1$")


def _row(what: str, ours: float, rival: float, how: str, bound: float | None = None) -> Row:
    ratio = ours / rival
    return Row(
        what=what,
        ours=shown(ours),
        rival=f"{shown(rival)}: {how}",
        comparison=f"{ratio:.1f}",
        bound=f"at most {bound:g} times" if bound else "",
        holds=bound is None or ratio <= bound,
    )
