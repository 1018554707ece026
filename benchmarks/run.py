# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Measure what is promised about speed, each figure beside its rival; exit code 1 when a bound is broken.

A run of all benchmarks writes docs/benchmarks.md, one of curves docs/growth.md. The machine should be doing nothing
else meanwhile.
"""

from __future__ import annotations

import argparse
import sys

import backup
import cold_start
import curves
import host
import many_targets
import noticing
import one_service
import rebuild
import report
import restore
import second_run

BENCHMARKS = {
    "cold_start": cold_start,
    "second_run": second_run,
    "one_service": one_service,
    "noticing": noticing,
    "many_targets": many_targets,
    "rebuild": rebuild,
    "backup": backup,
    "restore": restore,
}
# What takes too long to be measured each time.
ON_REQUEST = {"curves": curves}
KNOWN = {**BENCHMARKS, **ON_REQUEST}


def arguments() -> argparse.Namespace:
    """What the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("benchmark", nargs="*", metavar="BENCHMARK", help=f"only these, of: {', '.join(KNOWN)}")
    parser.add_argument("--repetitions", type=int, metavar="N", help="so many of each, whatever the benchmark needs")
    parser.add_argument("--keep", action="store_true", help="keep the VPS for the next run")
    asked = parser.parse_args()
    unknown = sorted(set(asked.benchmark) - set(KNOWN))
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are: {', '.join(KNOWN)}")
    return asked


def measured(name: str, on: host.Host, repetitions: int | None) -> report.Measured:
    """Run one benchmark."""
    benchmark = KNOWN[name]
    before = report.load()
    print(f"\n{name}, load average {before:.1f}", flush=True)
    finding = benchmark.measure(on, repetitions or benchmark.REPETITIONS)
    return report.Measured(finding, before, report.load())


def main() -> int:
    """Run what is asked and tell what was found."""
    asked = arguments()
    names = asked.benchmark or list(BENCHMARKS)
    try:
        on = host.up()
        found = [measured(name, on, asked.repetitions) for name in names]
        how = report.conditions(on)
    finally:
        if not asked.keep:
            host.down()
    print("\n" + "\n".join([*report.table(found), "", how, *report.methods(found)]))
    for each in found:
        if each.finding.detail:
            print(f"\nWhere {each.finding.rows[0].what} spends its time:\n{each.finding.detail}")
    if names == list(BENCHMARKS):
        report.write("benchmarks.md", "Benchmarks", "make bench", found, how)
    if names == list(ON_REQUEST):
        report.write("growth.md", "How backup and restore grow", "benchmarks/run.py curves", found, how)
    return 0 if all(each.finding.holds for each in found) else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except host.BenchmarkError as problem:
        sys.exit(f"bench: {problem}")
