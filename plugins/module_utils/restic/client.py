# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Speak to restic: what to run, and how it is told its secrets."""

from __future__ import annotations

import copy
import datetime
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, Completed, run, stream
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import (
    FAILED,
    LOCKED,
    ROTTEN,
    Damaged,
    ResticError,
    explain,
    parse_lines,
    summary_in,
    unanswered,
)
from ansible_collections.photosync.vps.plugins.module_utils.restic.url import pair_environment

MINIMUM_VERSION = (0, 17, 0)
# A wrong S3 secret makes restic retry for a quarter of an hour; whoever waits for an answer should hear of it sooner.
OPENING_TIMEOUT = 120.0
# Seconds to wait for somebody else who has locked the repository: a prune of a large one takes some minutes.
LOCK_WAIT = 300
# How often a backup or restore says how far it is.
STATUS_PER_SECOND = "2"

# Commands that write nothing, so that they do without a lock where a disk is full or may not be written to.
READING = ("snapshots", "dump", "ls", "restore", "check", "cat")
CANNOT_LOCK = "unable to create lock in backend"

# To restore so that nothing differs and nothing more is there.
EXACTLY = ("--overwrite", "always", "--delete", "--json")

# What it says of files that it would alter, and of what it would remove.
UPDATED, DELETED = "updated", "deleted"

# How many restics may run beside each other: each begins with half a second of arithmetic on one core, the password's.
AT_ONCE = 2

Hear = Callable[[dict[str, Any]], None]


def ignore(_entry: dict[str, Any]) -> None:
    """Nobody wants to know."""


def parse_version(text: str) -> tuple[int, ...]:
    """The version in the output of ``restic version``."""
    found = re.search(r"restic (\d+)\.(\d+)\.(\d+)", text)
    if not found:
        raise ResticError(f"cannot tell restic's version from: {text.strip()[:200]}")
    return tuple(int(part) for part in found.groups())


def installed() -> dict[str, Any]:
    """The host's restic: ``{version, sufficient, minimum}``, with an empty version where there is none."""
    minimum = ".".join(str(part) for part in MINIMUM_VERSION)
    try:
        found = parse_version(run(["restic", "version"], timeout=10.0).stdout)
    except CommandFailed:
        return {"version": "", "sufficient": False, "minimum": minimum}
    version = ".".join(str(part) for part in found)
    return {"version": version, "sufficient": found >= MINIMUM_VERSION, "minimum": minimum}


def with_tags(tags: Iterable[str]) -> list[str]:
    """Options that put every one of ``tags`` on a snapshot."""
    return [word for tag in tags for word in ("--tag", tag)]


def ensure_installed() -> str:
    """The version of restic; raises ResticError where it is missing or too old for what restore points need."""
    found = installed()
    if not found["version"]:
        raise ResticError("restic is not installed; run the backup playbook")
    if not found["sufficient"]:
        raise ResticError(f"restic {found['version']} is too old, {found['minimum']} or newer is needed")
    return found["version"]


class Restic:
    """One repository. Address and credentials travel in the environment, the password in a file, nothing in argv."""

    def __init__(
        self,
        repository: str,
        password_file: str,
        environment: Mapping[str, str],
        cache_dir: str,
        owns_lock: bool = False,
        read_only: bool = False,
    ):
        self.read_only = read_only
        self.owns_lock = owns_lock
        self.environment = dict(
            environment,
            RESTIC_REPOSITORY=repository,
            RESTIC_PASSWORD_FILE=password_file,
            RESTIC_CACHE_DIR=cache_dir,
        )

    def argv(self, words: Sequence[str], waiting: bool = False) -> list[str]:
        """``words`` as a full command line.

        :param waiting: wait for whoever has locked the repository.
        """
        if self.read_only and words[0] in READING:
            options = ["--no-lock"]
        elif waiting:
            options = ["--retry-lock", f"{LOCK_WAIT}s"]
            # That it waits it says where the file is printed.
            options += ["--quiet"] if words[0] == "dump" else []
        else:
            options = []
        return ["restic", *options, *words]

    def call(self, words: Sequence[str], stdin: Optional[str] = None, timeout: Optional[float] = None) -> Completed:
        """Run restic; any exit code but 0 raises ResticError.

        What keeps restic from beginning is put right once, as ``_well`` says.
        """

        def attempt(argv: list[str], waiting: int) -> Completed:
            return self._run(argv, stdin, timeout + waiting if timeout else None)

        return self._well(words, attempt)

    def _well(self, words: Sequence[str], attempt: Callable[[list[str], int], Completed]) -> Completed:
        """What the attempt came to, which has to end with 0; it is made again where that is worth it.

        A repository found locked is worth it, to a caller who holds the stack's own lock: after ``unlock``, which takes
        away only what restic itself knows to be stale, and with patience for whoever is really at it. So is reading,
        without a lock, what lets no lock be written.
        """
        done = attempt(self.argv(words), 0)
        if done.rc == LOCKED and self.owns_lock:
            self._run(["restic", "unlock"], None, OPENING_TIMEOUT)
            done = attempt(self.argv(words, waiting=True), LOCK_WAIT)
        elif CANNOT_LOCK in done.stderr and words[0] in READING and not self.read_only:
            self.read_only = True
            done = attempt(self.argv(words), 0)
        if done.rc != 0:
            raise ResticError(explain(done.rc, done.stderr), done.rc)
        return done

    def _run(self, argv: list[str], stdin: Optional[str], timeout: Optional[float]) -> Completed:
        try:
            return run(argv, stdin=stdin, env=self.environment, timeout=timeout, check=False)
        except CommandFailed as error:
            raise ResticError(unanswered(error, timeout)) from error

    def initialise(self, source: Optional[Restic] = None) -> None:
        """Make the repository; cut as ``source`` is, where it is to hold copies, so that equal data is stored once."""
        if source is None:
            self.call(["init", "--json"], timeout=OPENING_TIMEOUT)
        else:
            self.copying(source).call(["init", "--copy-chunker-params", "--json"], timeout=OPENING_TIMEOUT)

    def copy(self, source: Restic, snapshots: Sequence[str]) -> None:
        """Copy snapshots of ``source`` into this repository; those that are here already are left out."""
        # Asked for none, restic copies all.
        if snapshots:
            self.copying(source).call(["copy", "--", *snapshots])

    def copying(self, source: Restic) -> Restic:
        """This repository as one that ``source`` is copied to: restic has one environment for both."""
        pair = copy.copy(self)
        pair.environment = pair_environment(source.environment, self.environment)
        return pair

    def snapshots(self, tags: Sequence[str]) -> list[dict[str, Any]]:
        """All snapshots that carry every one of ``tags``."""
        answer = self.call(["snapshots", "--json", "--tag", ",".join(tags)], timeout=OPENING_TIMEOUT)
        return json.loads(answer.stdout) or []

    def backup(
        self,
        paths: Sequence[str],
        tags: Sequence[str],
        host: str,
        parent: str = "",
        on_bytes: Optional[Callable[[int], None]] = None,
    ) -> dict[str, Any]:
        """Save folders and files; returns restic's summary.

        :param parent: the snapshot that says which files are as they were, and need not be read. Without, restic takes
            the latest one of exactly these paths.
        :param on_bytes: told how many bytes were looked at, those of files that need not be read among them.
        """
        words = ["backup", "--json", "--host", host] + with_tags(tags) + (["--parent", parent] if parent else [])
        words += ["--", *paths]
        return self._done(words, on_bytes)

    def backup_output(
        self,
        argv: Sequence[str],
        filename: str,
        tags: Sequence[str],
        host: str,
        on_bytes: Optional[Callable[[int], None]] = None,
    ) -> dict[str, Any]:
        """Save what ``argv`` prints as ``filename``; a command that fails leaves no snapshot."""
        words = ["backup", "--json", "--host", host] + with_tags(tags)
        words += ["--stdin-filename", filename, "--stdin-from-command", "--"] + list(argv)
        return self._done(words, on_bytes)

    def backup_text(
        self, text: str, filename: str, tags: Sequence[str], host: str, at: Optional[datetime.datetime] = None
    ) -> dict[str, Any]:
        """Save ``text`` as ``filename``.

        :param at: when, with a zone; now without.
        """
        words = ["backup", "--json", "--host", host] + with_tags(tags) + ["--stdin", "--stdin-filename", filename]
        # restic takes it in the host's zone, to the second.
        words += ["--time", at.astimezone().strftime("%Y-%m-%d %H:%M:%S")] if at else []
        return summary_in(parse_lines(self.call(words, stdin=text).stdout))

    def dump_argv(self, snapshot: str, filename: str) -> list[str]:
        """The command that prints one file of a snapshot; it needs ``environment``."""
        return self.argv(["dump", snapshot, "/" + filename], waiting=True)

    def walk(self, snapshot: str) -> None:
        """Read all folders of a snapshot; raises ResticError when one of them cannot be read."""
        self.call(["restore", snapshot, "--target", "/", "--overwrite", "never", "--dry-run", "--json"])

    def everything_argv(self, snapshot: str) -> list[str]:
        """The command that prints all of a snapshot as one archive; it needs ``environment``.

        It ends with 0 where a folder cannot be read, and leaves it out: ``walk`` comes first.
        """
        return self.argv(["dump", "--archive", "tar", snapshot, "/"], waiting=True)

    def dump(self, snapshot: str, filename: str) -> str:
        """One text file of a snapshot."""
        return self.call(["dump", snapshot, "/" + filename], timeout=OPENING_TIMEOUT).stdout

    def nodes(self, snapshot: str, hear: Hear, folder: str = "") -> None:
        """Hand on every file, folder and link of a snapshot, or of one folder in it with paths counted from there.

        One by one: of a million, no more than one is in memory.
        """
        place = f"{snapshot}:{folder}" if folder else snapshot

        def on_entry(entry: dict[str, Any]) -> None:
            if entry.get("message_type", entry.get("struct_type")) == "node":
                hear(entry)

        self._follow(["ls", "--json", place], on_entry)

    def _follow(self, words: Sequence[str], hear: Hear) -> None:
        """Run restic and hand on each object that it prints, as it comes."""
        environment = {**self.environment, "RESTIC_PROGRESS_FPS": STATUS_PER_SECOND}

        def on_line(line: str) -> None:
            for entry in parse_lines(line):
                hear(entry)

        try:
            self._well(words, lambda argv, _waiting: stream(argv, on_line, environment))
        except CommandFailed as error:
            raise ResticError(f"restic: {error}") from error

    def _done(
        self, words: Sequence[str], on_bytes: Optional[Callable[[int], None]], hear: Hear = ignore
    ) -> dict[str, Any]:
        """Run ``backup`` or ``restore --json``; returns its summary.

        :param on_bytes: told how many bytes are done.
        :param hear: is handed everything else that it says.
        """
        summaries: list[dict[str, Any]] = []

        def on_entry(entry: dict[str, Any]) -> None:
            kind = entry.get("message_type")
            if kind == "summary":
                summaries.append(entry)
            elif kind != "status":
                hear(entry)
            elif on_bytes:
                on_bytes(entry.get("bytes_restored", entry.get("bytes_done", 0)))

        self._follow(words, on_entry)
        return summary_in(summaries)

    def restore(
        self, snapshot: str, folder: str, target: str, on_bytes: Optional[Callable[[int], None]] = None
    ) -> dict[str, Any]:
        """Make ``target`` what ``folder`` was: differing files written anew, others that are there removed."""
        place = f"{snapshot}:{folder}"
        words = ["restore", place, "--target", target, *EXACTLY]
        return self._done(words, on_bytes)

    def differences(
        self, snapshot: str, folder: str, target: str, on_bytes: Optional[Callable[[int], None]] = None
    ) -> list[dict[str, Any]]:
        """The files that ``restore`` would alter and what it would remove, nothing done: every file is read.

        What it would make it says of every folder and link, be they there or not, so that it tells nothing.
        """
        place = f"{snapshot}:{folder}"
        words = ["restore", place, "--target", target, *EXACTLY, "--dry-run", "-vv"]
        found: list[dict[str, Any]] = []

        def on_entry(entry: dict[str, Any]) -> None:
            if entry.get("message_type") == "verbose_status" and entry["action"] in (UPDATED, DELETED):
                found.append(entry)

        self._done(words, on_bytes, on_entry)
        return found

    def forget(self, snapshots: Sequence[str]) -> None:
        """Remove snapshots; the data that only they needed goes with ``prune``."""
        self.call(["forget", *snapshots])

    def prune(self) -> None:
        """Remove the data that no snapshot needs."""
        self.call(["prune"])

    def check(self, subset: str = "") -> None:
        """Check the repository's structure; raises Damaged, or ResticError where it could not be read.

        :param subset: part of the data that is read as well, such as "3/12".
        """
        try:
            self.call(["check", *([f"--read-data-subset={subset}"] if subset else [])])
        except ResticError as error:
            if error.rc != FAILED:
                raise
            # A repository that goes away while it is read looks like one that has lost everything.
            self.reach()
            raise Damaged(str(error), error.rc) from error

    def reach(self) -> None:
        """Raise ResticError where the repository cannot be opened, unless it is there and damaged."""
        unlocked = copy.copy(self)
        unlocked.read_only = True
        try:
            unlocked.call(["cat", "config"], timeout=OPENING_TIMEOUT)
        except ResticError as error:
            if not any(words in str(error) for words in ROTTEN):
                raise
