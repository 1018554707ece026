# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What stands in for the machine under the engine: its clock, its disk, its threads and the folders that it knows."""

from __future__ import annotations

import contextlib
import ctypes
import datetime
import importlib
import os
import pkgutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any
from unittest import mock

from ansible_collections.photosync.vps.plugins import module_utils
from ansible_collections.photosync.vps.plugins.module_utils.backup import config as backup_settings
from ansible_collections.photosync.vps.plugins.module_utils.common import files
from ansible_collections.photosync.vps.plugins.module_utils.docker import api
from ansible_collections.photosync.vps.plugins.module_utils.health import engine, lookout
from ansible_collections.photosync.vps.plugins.module_utils.preflight import existing
from ansible_collections.photosync.vps.plugins.module_utils.stack import host_command, paths, spec
from ansible_collections.photosync.vps.plugins.module_utils.steps import unfinished

from support.fakes.commands import Commands, Killed
from support.fakes.process import Starting

CHECK = engine.check


class Clock:
    """A clock that goes on by a second whenever it is looked at, so that what comes later is later."""

    def __init__(self, begin: datetime.datetime):
        self.at = begin

    def now(self) -> datetime.datetime:
        self.at += datetime.timedelta(seconds=1)
        return self.at

    def skip(self, **given: float) -> None:
        """Let time pass: ``skip(days=1)``."""
        self.at += datetime.timedelta(**given)


@contextlib.contextmanager
def applied(commands: Commands, clock: Clock, folder: str) -> Iterator[None]:
    """Let the engine live on these while the block runs, and nowhere else."""
    with contextlib.ExitStack() as stack:

        def replace(where: Any, name: str, value: Any) -> None:
            stack.enter_context(mock.patch.object(where, name, value))

        replace(subprocess, "Popen", Starting(commands))
        replace(ThreadPoolExecutor, "submit", _at_once)
        replace(os, "fsync", lambda _handle: None)
        replace(ctypes, "CDLL", lambda *_given, **_more: SimpleNamespace(syncfs=lambda _handle: 0))
        for name in ("rename", "replace", "unlink"):
            replace(os, name, _passing(getattr(os, name), name, commands, folder))
        replace(files, "remove", _passing(files.remove, "remove", commands, folder))
        replace(api, "PID_FILE", folder)
        replace(lookout.Lookout, "_watch", lambda _self: None)
        replace(engine, "check", lambda targets, **given: CHECK(targets, **{**given, "wait": False}))
        replace(host_command, "FOLDER", os.path.join(folder, "bin"))
        ours = {id(real): fake for real, fake in _known(clock, folder)}
        for module in _engine():
            for name, value in list(vars(module).items()):
                if id(value) in ours:
                    replace(module, name, ours[id(value)])
        yield


def _known(clock: Clock, folder: str) -> list[tuple[Any, Any]]:
    """What is replaced wherever the engine has it: its clock, and where it finds what."""
    opt, var = os.path.join(folder, "opt"), os.path.join(folder, "var")
    return [
        (datetime, _clock_module(clock)),
        (paths.of_stack, lambda stack: paths.Layout(os.path.join(opt, stack))),
        (spec.path_of, lambda stack: os.path.join(opt, stack, "current", "stack.json")),
        (backup_settings.path_of, lambda stack: os.path.join(folder, "etc", stack, "backup.json")),
        (unfinished.state_dir_of, lambda stack: os.path.join(var, stack)),
        (existing.journal_path, lambda stack: os.path.join(var, stack, "adopted", "unfinished.json")),
    ]


def _at_once(_pool: ThreadPoolExecutor, work: Callable[..., Any], /, *given: Any, **more: Any) -> Future[Any]:
    """In place of ``submit``: done when it is asked for, so that everything happens in one order."""
    future: Future[Any] = Future()
    try:
        future.set_result(work(*given, **more))
    except Killed:
        raise
    except BaseException as error:
        future.set_exception(error)
    return future


def _passing(real: Callable[..., Any], word: str, commands: Commands, folder: str) -> Callable[..., Any]:
    """A change of the disk that passes a point first, where it concerns the world."""

    def change(*given: Any, **more: Any) -> Any:
        paths = [os.fsdecode(path) for path in given]
        if paths[-1].startswith(folder):
            commands.point(f"{word} {' to '.join(path.removeprefix(folder) for path in paths)}")
        return real(*given, **more)

    return change


def _clock_module(clock: Clock) -> Any:
    class Moment(datetime.datetime):
        @classmethod
        def now(cls, tz: datetime.tzinfo | None = None) -> Any:
            found = clock.now()
            return found.astimezone(tz) if tz else found.astimezone().replace(tzinfo=None)

    kept = {name: getattr(datetime, name) for name in ("date", "time", "timedelta", "timezone", "tzinfo")}
    return SimpleNamespace(datetime=Moment, **kept)


def _engine() -> list[Any]:
    """Every module of the engine, so that none is loaded later with the machine's own clock."""
    prefix = module_utils.__name__ + "."
    for found in pkgutil.walk_packages(module_utils.__path__, prefix):
        importlib.import_module(found.name)
    return [module for name, module in sys.modules.items() if name.startswith(prefix)]
