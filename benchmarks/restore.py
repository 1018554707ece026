# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Restore of 1 GB of photos and of databases, beside bare restic, and from a bare host to a healthy one."""

from __future__ import annotations

import json
import shutil
import statistics
import time

import album
from album import OURS, Album
from host import INVENTORY, MEDIA, ROOT, STACK, STATE, Host, make_inventory, play, vps
from measure import Finding, Row, in_turns, shown

BOUND = 1.3
REPETITIONS = 3
NAME = "bench-bare"
BESIDE = "/var/lib/docker/volumes/bench-restored"
METHOD = f"""\
The album of the benchmark before. Ours: the phases files and databases of `{STACK} restore latest`, as its journal
has them, over a stack that runs and holds the same: volumes filled beside the present ones and exchanged, databases
filled beside the present ones and renamed. Rival: restic's own `restore` beside the volumes, then `docker start` of
the database servers until they answer, `createdb`, and `restic dump` into `pg_restore -1` for each database. Bare
host to healthy: `playbooks/restore.yml` on a VPS that holds nothing but Debian, its images in the depot, once."""


def measure(host: Host, repetitions: int) -> Finding:
    """Restore again and again, both ways in turns; once on a bare host."""
    with album.laid(host) as laid:
        laid.keep_in(OURS)
        laid.empty(OURS)
        laid.bare_empty()
        host.run(f"{STACK} backup && {laid.bare_backup()}")
        phases: list[dict[str, float]] = []
        found = in_turns({"ours": lambda: _ours(laid, phases), "bare restic": lambda: _bare(laid)}, repetitions)
        laid.keep_in(laid.settings["repository"])
        host.run(f"{STACK} backup")
        whole, bare_phases = _bare_host()
        host.run(f"{STACK} take-over")
    ratio = found["ours"] / found["bare restic"]
    medians = {name: statistics.median(phase.get(name, 0.0) for phase in phases) for name in phases[0]}
    rows = [
        Row(
            what="Restore of 1 GB of photos and databases: both phases",
            ours=shown(found["ours"]),
            rival=f"{shown(found['bare restic'])}: bare restic, `pg_restore`",
            comparison=f"{ratio:.2f}",
            bound=f"at most {BOUND:g} times",
            holds=ratio <= BOUND,
        ),
        _stated("The whole of it, to healthy and proved", sum(medians.values()), medians),
        _stated("Bare host to healthy and proved", whole, bare_phases),
    ]
    return Finding(rows, METHOD, repetitions)


def _stated(what: str, seconds: float, phases: dict[str, float]) -> Row:
    by_phase = ", ".join(f"{name} {shown(took)}" for name, took in phases.items())
    return Row(what=what, ours=shown(seconds), rival=f"by phase: {by_phase}", comparison="", bound="", holds=True)


def _ours(laid: Album, phases: list[dict[str, float]]) -> float:
    laid.settle()
    confirm = f"--confirm {STACK}@{laid.settings['host']}"
    said = laid.host.run(f"{STACK} restore latest --safety none {confirm} --json 2>/dev/null")
    phases.append(json.loads(said)["seconds"])
    return phases[-1]["files"] + phases[-1]["databases"]


def _bare(laid: Album) -> float:
    laid.remove_restored(BESIDE)
    laid.host.run(f"cd /opt/{STACK}/current && docker compose stop")
    laid.settle()
    try:
        return laid.host.seconds(laid.bare_restore(BESIDE))
    finally:
        laid.remove_restored(BESIDE)
        laid.host.run(f"{STACK} up")


def _bare_host() -> tuple[float, dict[str, float]]:
    """Seconds that the playbook takes on a bare host, and of these the restore's own by phase."""
    line = vps("up", NAME, "--disk", str(STATE / "disk"))
    folder = STATE / "bare"
    try:
        bare = Host(line)
        bare.run(f"mkdir -p {MEDIA}")
        variables = make_inventory(folder / "inventory", line)
        shutil.copy(INVENTORY / "group_vars" / "photosync" / "vault.yml", variables)
        print("restoring onto a bare host", flush=True)
        began = time.monotonic()
        play(ROOT / "playbooks" / "restore.yml", inventory=folder / "inventory")
        seconds = time.monotonic() - began
        measured = json.loads(bare.run(f"cat /var/lib/{STACK}/restore-durations.json"))["everything"]["phases"]
        return seconds, {"before it, and between": seconds - sum(measured.values()), **measured}
    finally:
        vps("down", NAME)
        shutil.rmtree(folder, ignore_errors=True)
