# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the unit tests notice when what decides is changed: the same sample of small changes, each tried on its own.

First all unit tests run once, and what each of them calls is written down. Then every change is tried by the tests that
call what it is in, in a process of its own that imports the changed module. It is killed by the first assertion that
fails, `pytest.raises` among them. A test that ends in any other exception goes into the report and kills nothing.
"""

from __future__ import annotations

import argparse
import builtins
import contextlib
import functools
import importlib
import importlib.machinery
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import connection
from pathlib import Path
from types import CodeType
from typing import Any

import mutations
import pytest
from hypothesis import Phase, settings
from mutations import Mutant

ROOT = Path(__file__).resolve().parents[1]
FILES = ROOT / "tests" / "mutants.txt"
TESTS = "tests/unit"
SAMPLE, LEAST, WANTED = 400, 3, 90.0
# Beyond what the tests took without a change, times three.
PATIENCE_SECONDS = 20.0
KILLED, SURVIVED, ERROR, TIMEOUT, CRASH = "killed", "survived", "error", "timed out", "crashed"


@dataclass
class Known:
    """What the unit tests are without a change: how long each takes, and which of them call a function of a file.

    What is called for several tests at once, as something is imported or by their fixture, is shared: whoever calls
    anything of its file may notice a change.
    """

    seconds: dict[str, float] = field(default_factory=dict)
    callers: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    shared: set[tuple[str, str]] = field(default_factory=set)
    failed: list[str] = field(default_factory=list)
    modules: list[str] = field(default_factory=list)

    def add(self, other: Known) -> None:
        self.seconds |= other.seconds
        self.failed += other.failed
        self.modules += other.modules
        for place, tests in other.callers.items():
            self.callers.setdefault(place, set()).update(tests)
        self.shared |= other.shared

    def tests_of(self, mutant: Mutant) -> list[str]:
        """The tests that can notice a change, the package's own first and the short ones before the long."""
        package = f"{TESTS}/{Path(mutant.path).parts[2]}/"
        found = set(self.callers.get((mutant.path, mutant.scope), ()))
        if not mutant.scope or (mutant.path, mutant.scope) in self.shared:
            found |= {test for test in self.seconds if test.startswith(package)}
            found |= {test for (path, _scope), tests in self.callers.items() if path == mutant.path for test in tests}
        return sorted(
            found & self.seconds.keys() - set(self.failed),
            key=lambda test: (not test.startswith(package), self.seconds[test]),
        )


def listed(text: str, root: Path) -> list[str]:
    """The files that a list of patterns names; a line that names none is a mistake."""
    found: set[str] = set()
    for pattern in (line for line in text.splitlines() if line and not line.startswith("#")):
        paths = {str(path.relative_to(root.parent)) for path in root.glob(pattern) if path.stat().st_size}
        if not paths:
            sys.exit(f"{pattern} in the list of what decides is no file")
        found |= paths
    return sorted(found)


def sampled(of_files: list[list[Mutant]], size: int) -> list[Mutant]:
    """A share of each file's changes, which are of as many kinds as there can be; the same while they stay the same."""
    shares = [min(LEAST, len(found)) for found in of_files]

    def want(place: int) -> float:
        possible = len(of_files[place])
        return possible / (2 * shares[place] + 1) if shares[place] < possible else 0.0

    while sum(shares) < min(size, sum(map(len, of_files))):
        shares[max(range(len(of_files)), key=want)] += 1
    return [mutant for found, share in zip(of_files, shares, strict=True) for mutant in _by_turns(found)[:share]]


def _by_turns(found: list[Mutant]) -> list[Mutant]:
    """The first of each kind, then the second of each."""
    before: Counter[str] = Counter()
    turns = []
    for mutant in sorted(found, key=lambda mutant: mutant.rank):
        turns.append((before[mutant.kind], mutant.rank, mutant))
        before[mutant.kind] += 1
    return [mutant for _turn, _rank, mutant in sorted(turns, key=lambda turn: turn[:2])]


class Recorder:
    """A plugin of pytest that writes down who calls what."""

    def __init__(self) -> None:
        self.known = Known()
        self.here: set[tuple[str, str]] = set()

    def called(self, path: str, scope: str) -> None:
        self.here.add((path, scope))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self) -> Iterator[None]:
        result = yield
        self._shared()
        return result

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[None]:
        result = yield
        if fixturedef.scope != "function":
            self._shared()
        return result

    def _shared(self) -> None:
        self.known.shared |= self.here
        self.here.clear()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: Any) -> Iterator[None]:
        begun = time.monotonic()
        result = yield
        self.known.seconds[item.nodeid] = time.monotonic() - begun
        for place in self.here:
            self.known.callers.setdefault(place, set()).add(item.nodeid)
        self.here.clear()
        return result

    def pytest_runtest_logreport(self, report: Any) -> None:
        self.known.failed += [report.nodeid] if report.failed else []

    pytest_collectreport = pytest_runtest_logreport


class Judge:
    """A plugin of pytest that runs the tests in our order, and ends with the first assertion that fails."""

    def __init__(self, tests: list[str]) -> None:
        self.order = {test: place for place, test in enumerate(tests)}
        self.verdict, self.word, self.ran = SURVIVED, "", 0

    def pytest_collection_modifyitems(self, items: list[Any]) -> None:
        ours = [item for item in items if item.nodeid in self.order]
        items[:] = sorted(ours, key=lambda item: self.order[item.nodeid])

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> None:
        self.ran += 1
        error = call.excinfo and call.excinfo.value
        if error is None or isinstance(error, pytest.skip.Exception):
            return
        if _is_assertion(error):
            self.verdict, self.word = KILLED, item.nodeid
            item.session.shouldstop = "killed"
        elif self.verdict == SURVIVED:
            self.verdict, self.word = ERROR, f"{type(error).__name__} in {item.nodeid}"

    def pytest_collectreport(self, report: Any) -> None:
        if report.failed and self.verdict == SURVIVED:
            self.verdict, self.word = ERROR, f"{report.nodeid} cannot be read"


def _is_assertion(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_is_assertion(part) for part in error.exceptions)
    return isinstance(error, (AssertionError, pytest.fail.Exception))


def _pytest(arguments: list[str], plugin: Any, root: Path = ROOT) -> None:
    # Every run has the same examples of what is generated, and none is made smaller.
    phases = [Phase.explicit, Phase.generate]
    settings.register_profile("mutants", derandomize=True, database=None, deadline=None, phases=phases)
    settings.load_profile("mutants")
    folder = tempfile.mkdtemp(prefix="mutants-")
    try:
        options = [f"--rootdir={root}", f"--basetemp={folder}/tests", "--continue-on-collection-errors"]
        pytest.main([*options, *arguments], [plugin])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _import_changed(codes: dict[str, CodeType]) -> None:
    """From now on these files are imported as this code, by whatever name."""
    loader: Any = importlib.machinery.SourceFileLoader
    get_code = loader.get_code

    def changed(self: Any, name: str) -> CodeType:
        return codes.get(os.path.realpath(self.get_filename(name))) or get_code(self, name)

    loader.get_code = changed


def record(folders: list[str], paths: list[str]) -> Known:
    """Run these tests as they are, and note which functions of these files they call."""
    recorder = Recorder()
    vars(builtins)["__called__"] = recorder.called
    sources = {path: (ROOT / path).read_text(encoding="utf-8") for path in paths}
    _import_changed({str(ROOT / path): mutations.telling(source, path) for path, source in sources.items()})
    _pytest(folders, recorder)
    recorder.known.modules = [name for name, module in list(sys.modules.items()) if _is_foreign(module)]
    return recorder.known


def learned(workers: int, paths: list[str]) -> Known:
    """Run all unit tests as they are, a folder to a process, and import here what they need that is not ours."""
    known, tasks = Known(), []
    for folder in sorted(str(path) for path in Path(TESTS).iterdir() if path.is_dir() and path.name != "__pycache__"):
        tasks.append((folder, functools.partial(record, [folder], paths), 600.0))
    for folder, found in in_processes(tasks, workers):
        if isinstance(found, Known):
            known.add(found)
        else:
            known.failed.append(f"{folder} {found[0]}")
    if known.failed:
        print(f"these fail without any change and are left out: {', '.join(known.failed)}")
    for name in dict.fromkeys(known.modules):
        with contextlib.suppress(Exception):
            importlib.import_module(name)
    return known


def _is_foreign(module: Any) -> bool:
    path = getattr(module, "__file__", None) or ""
    return bool(path) and ("site-packages" in path or not path.startswith(str(ROOT)))


def judge(mutant: Mutant, tests: list[str], root: Path = ROOT) -> tuple[str, str]:
    """Run these tests on the changed module."""
    source = (root / mutant.path).read_text(encoding="utf-8")
    _import_changed({str((root / mutant.path).resolve()): mutations.compiled(source, mutant.number, mutant.path)})
    told = Judge(tests)
    _pytest(sorted({str(root / test.partition("::")[0]) for test in tests}), told, root)
    return (told.verdict, told.word) if told.ran else (ERROR, "no test could be run")


def in_processes(tasks: list[tuple[Any, Callable[[], Any], float]], workers: int) -> Iterator[tuple[Any, Any]]:
    """Do each task in a fork, so many at once; yields what it is and its result, or that it crashed or timed out."""
    fork = multiprocessing.get_context("fork")
    waiting, running = tasks[::-1], {}
    while waiting or running:
        while waiting and len(running) < workers:
            what, task, limit = waiting.pop()
            result, answer = fork.Pipe(duplex=False)
            process = fork.Process(target=_do, args=(task, answer))
            process.start()
            answer.close()
            running[result] = process, what, time.monotonic() + limit
        ready = connection.wait(running, 0.2)
        for result in [one for one, run in running.items() if one in ready or time.monotonic() > run[2]]:
            process, what, _end = running.pop(result)
            try:
                yield what, result.recv() if result in ready else (TIMEOUT, "")
            except EOFError:
                yield what, (CRASH, "")
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.join()


def _do(task: Callable[[], Any], answer: Any) -> None:
    os.setsid()
    nowhere = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(nowhere, stream)
    answer.send(task())


def report(sample: list[Mutant], known: Known, workers: int, begun: float) -> float:
    """Try the sample and say what was not killed; returns the per cent that was."""
    tasks, counts = [], Counter[str]()
    others: dict[Mutant, str] = {}
    for mutant in sample:
        tests = known.tests_of(mutant)
        limit = PATIENCE_SECONDS + 3 * sum(known.seconds[test] for test in tests)
        if tests:
            tasks.append((mutant, functools.partial(judge, mutant, tests), limit))
        else:
            others[mutant], counts[SURVIVED] = f"{SURVIVED}, no test calls it", counts[SURVIVED] + 1
    for mutant, (verdict, word) in in_processes(tasks, workers):
        counts[verdict] += 1
        if verdict != KILLED:
            others[mutant] = f"{verdict}{word and ', '}{word}"
        if sum(counts.values()) % 50 == 0:
            print(f"{sum(counts.values())} of {len(sample)} after {time.monotonic() - begun:.0f} s", flush=True)
    for mutant, verdict in sorted(others.items(), key=lambda other: (other[0].path, other[0].line)):
        print(f"{mutant}\n    {verdict}")
    share = 100 * counts[KILLED] / len(sample)
    figures = ", ".join(f"{count} {verdict}" for verdict, count in counts.most_common())
    print(f"{figures} of {len(sample)} in {time.monotonic() - begun:.0f} s with {workers} at once\n{share:.1f} %")
    return share


def main() -> None:
    """Try the sample; fails where too few are killed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--workers", type=int, default=os.cpu_count(), help="how many at once")
    arguments.add_argument("--of", default="", metavar="TEXT", help="only files with this in their path")
    arguments.add_argument("--list", action="store_true", help="list the sample and try nothing")
    asked = arguments.parse_args()
    begun = time.monotonic()
    os.chdir(ROOT)
    paths = listed(FILES.read_text(encoding="utf-8"), ROOT / "plugins")
    sample = sampled([mutations.mutants(path, (ROOT / path).read_text(encoding="utf-8")) for path in paths], SAMPLE)
    sample = [mutant for mutant in sample if asked.of in mutant.path]
    if asked.list:
        print(*sample, sep="\n")
        return
    known = learned(asked.workers, paths)
    print(f"{len(known.seconds)} tests as they are: {time.monotonic() - begun:.0f} s", flush=True)
    sys.exit(report(sample, known, asked.workers, begun) < WANTED)


if __name__ == "__main__":
    main()
