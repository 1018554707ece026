# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""restic: every command that the engine runs, with its exit codes, on repositories in memory."""

from __future__ import annotations

import argparse
import functools
import io
import json
import os
import tarfile
import time as clock
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.common.names import in_json, to_bytes

from support.fakes import tree as trees
from support.fakes.commands import Answer, Call, Commands
from support.fakes.repository import Repository, Snapshot
from support.fakes.tree import FILE, Node, Tree

READING = ("snapshots", "dump", "ls", "restore", "check", "cat")
NO_REPOSITORY, LOCKED, WRONG_PASSWORD = 10, 11, 12
Lines = list[dict[str, Any]]


class Fault(Exception):
    """restic ends with this exit code."""

    def __init__(self, rc: int, said: str):
        super().__init__(said)
        self.rc = rc


class Restic:
    """The program, and all repositories that there are, by their addresses."""

    def __init__(self, commands: Commands, now: Callable[[], datetime] = lambda: datetime.now().astimezone()):
        self.version = "0.18.0"
        self.repositories: dict[str, Repository] = {}
        self._commands, self._now = commands, now
        commands.add("restic", self.run)

    def run(self, call: Call) -> Answer:
        """Answer one command line."""
        options = _parse(call.argv[1:])
        work: Callable[..., Answer | Lines | None] = getattr(self, "_" + options.command)
        try:
            if options.command in ("version", "init"):
                found = work(call, options)
            else:
                found = work(call, options, self._opened(call, options))
        except Fault as fault:
            return Answer(fault.rc, err=_fatal(str(fault), fault.rc, "--json" in call.argv))
        return found if isinstance(found, Answer) else Answer(out=_lines(found or []))

    def _opened(self, call: Call, options: argparse.Namespace, prefix: str = "RESTIC_") -> Repository:
        address = call.env[prefix + "REPOSITORY"]
        found = self.repositories.get(address)
        if found is None:
            raise Fault(NO_REPOSITORY, f"repository does not exist: unable to open config file: {address}")
        if _password(call, prefix) != found.password:
            raise Fault(WRONG_PASSWORD, "wrong password or no key found")
        if options.command == "unlock" or (options.no_lock and options.command in READING):
            return found
        if found.full:
            raise Fault(1, "unable to create lock in backend: no space left on device")
        if found.locked and not (found.locked == "stale" and options.command == "unlock"):
            raise Fault(LOCKED, "unable to create lock in backend: repository is already locked by PID 1 on web1")
        return found

    def _version(self, _call: Call, _options: argparse.Namespace) -> Answer:
        return Answer(out=f"restic {self.version} compiled with go1.24.4 on linux/amd64\n".encode())

    def _init(self, call: Call, _options: argparse.Namespace) -> Lines:
        address = call.env["RESTIC_REPOSITORY"]
        if address in self.repositories:
            raise Fault(1, "create repository failed: config file already exists")
        self._commands.point("restic init")
        if address.startswith("/"):
            os.makedirs(address, exist_ok=True)
        self.repositories[address] = Repository(_password(call, "RESTIC_"))
        return [{"message_type": "initialized", "repository": address}]

    def _unlock(self, _call: Call, _options: argparse.Namespace, place: Repository) -> None:
        place.locked = "" if place.locked == "stale" else place.locked

    def _cat(self, _call: Call, _options: argparse.Namespace, _place: Repository) -> Lines:
        return [{"version": 2}]

    def _snapshots(self, _call: Call, options: argparse.Namespace, place: Repository) -> Answer:
        tags = [tag for listed in options.tag for tag in listed.split(",")]
        return Answer(out=json.dumps([one.said() for one in place.tagged(tags)]).encode())

    def _backup(self, call: Call, options: argparse.Namespace, place: Repository) -> Answer:
        tags = [tag for listed in options.tag for tag in listed.split(",")]
        errors: list[str] = []
        if options.stdin_from_command:
            tree = self._printed(call, options)
        elif options.stdin:
            tree = self._text(options, call.stdin)
        else:
            tree = self._read(options.words, errors)
        now = datetime.strptime(options.time, "%Y-%m-%d %H:%M:%S").astimezone() if options.time else self._now()
        paths = [f"/{options.stdin_filename}"] if options.stdin_filename else options.words
        self._commands.point(f"restic backup: saving {', '.join(tags)}")
        made = place.add(_written(now), options.host, tags, paths, tree)
        said = made.said()["summary"]
        summary = {"message_type": "summary", "snapshot_id": made.id, **said}
        told = [{"message_type": "status", "percent_done": 1, "bytes_done": made.bytes}, summary]
        complaints = [{"message_type": "error", "error": {"message": why}, "item": why} for why in errors]
        return Answer(3 if errors else 0, _lines(told), _lines(complaints))

    def _printed(self, call: Call, options: argparse.Namespace) -> Tree:
        answer = self._commands.answer(Call(options.words, call.env, call.cwd))
        if answer.rc:
            said = "".join(f"subprocess {options.words[0]}: {line}\n" for line in answer.err.decode().splitlines())
            raise Fault(1, f"{said}unable to save snapshot: command failed: exit status {answer.rc}")
        return self._text(options, answer.out)

    def _text(self, options: argparse.Namespace, content: bytes) -> Tree:
        return {f"/{options.stdin_filename}": Node(FILE, 0o644, 0, 0, clock.time_ns(), content)}

    def _read(self, paths: list[str], errors: list[str]) -> Tree:
        tree: Tree = {}
        for path in paths:
            if not os.path.lexists(path):
                errors.append(f"{path}: no such file or directory")
                continue
            try:
                tree.update(trees.collect(path))
            except OSError as error:
                errors.append(f"{path}: {error.strerror}")
        if not tree:
            raise Fault(1, "all source directories/files do not exist")
        return tree

    def _ls(self, call: Call, options: argparse.Namespace, place: Repository) -> Answer:
        snapshot, folder = _place(place, options.words[0])
        nodes = trees.below(snapshot.tree, folder)
        if "--json" not in call.argv:
            return Answer(out=b"".join(to_bytes(path) + b"\n" for path in nodes))
        head = {**snapshot.said(), "message_type": "snapshot", "struct_type": "snapshot"}
        return Answer(out=_lines([head, *(node.said(in_json(path)) for path, node in nodes.items())]))

    def _dump(self, _call: Call, options: argparse.Namespace, place: Repository) -> Answer:
        snapshot, _folder = _place(place, options.words[0])
        if snapshot.id in place.damaged:
            raise Fault(1, "ciphertext verification failed")
        if options.archive:
            return Answer(out=_archive(snapshot))
        node = snapshot.tree.get(options.words[1])
        if node is None:
            raise Fault(1, f'cannot dump file: path "{options.words[1]}" not found in snapshot')
        return Answer(out=node.content)

    def _restore(self, _call: Call, options: argparse.Namespace, place: Repository) -> Answer | Lines:
        snapshot, folder = _place(place, options.words[0])
        if snapshot.id in place.damaged:
            raise Fault(1, "ciphertext verification failed")
        nodes, target = trees.below(snapshot.tree, folder), options.target.rstrip("/")
        size = sum(len(node.content) for node in nodes.values() if node.type == FILE)
        summary = {"message_type": "summary", "total_files": len(nodes), "total_bytes": size}
        if not options.dry_run:
            trees.put(nodes, target, self._commands.point)
            return [summary]
        if options.overwrite != "always":
            return [summary]
        sizes = {path: len(node.content) for path, node in nodes.items()}
        return [
            *(
                {"message_type": "verbose_status", "action": done, "item": in_json(path), "size": sizes.get(path, 0)}
                for done, path in trees.changes(nodes, target)
            ),
            summary,
        ]

    def _forget(self, _call: Call, options: argparse.Namespace, place: Repository) -> None:
        for name in options.words:
            found = place.find(name)
            if found and not place.append_only:
                self._commands.point(f"restic forget: removing {found.id[:8]}")
                place.snapshots.remove(found)

    def _prune(self, _call: Call, _options: argparse.Namespace, _place: Repository) -> None:
        """Nothing is kept that no snapshot needs."""

    def _check(self, _call: Call, _options: argparse.Namespace, place: Repository) -> None:
        if place.damaged:
            raise Fault(1, "repository contains errors")

    def _copy(self, call: Call, options: argparse.Namespace, place: Repository) -> None:
        source = self._opened(call, options, "RESTIC_FROM_")
        known = {one.original for one in place.snapshots}
        for name in options.words:
            one, _folder = _place(source, name)
            if one.id in source.damaged:
                raise Fault(1, "ciphertext verification failed")
            if one.original not in known:
                self._commands.point(f"restic copy: saving {one.id[:8]}")
                place.add(one.time, one.host, one.tags, one.paths, one.tree, one.original)


@functools.cache
def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser()
    parser.add_argument("command")
    parser.add_argument("words", nargs="*")
    for flag in ("--json", "--quiet", "--no-lock", "--stdin", "--stdin-from-command", "--delete", "--dry-run", "-vv"):
        parser.add_argument(flag, action="store_true")
    parser.add_argument("--copy-chunker-params", action="store_true")
    parser.add_argument("--tag", action="append", default=[])
    for option in ("--host", "--parent", "--stdin-filename", "--time", "--target", "--overwrite", "--archive"):
        parser.add_argument(option, default="")
    parser.add_argument("--retry-lock")
    parser.add_argument("--read-data-subset")
    return parser


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    cut = argv.index("--") if "--" in argv else len(argv)
    found = argparse.Namespace(**vars(_options(tuple(argv[:cut]))))
    found.words = [*found.words, *argv[cut + 1 :]]
    return found


@functools.lru_cache(maxsize=1000)
def _options(argv: tuple[str, ...]) -> argparse.Namespace:
    return _parser().parse_intermixed_args(argv)


def _password(call: Call, prefix: str) -> str:
    path = call.env[prefix + "PASSWORD_FILE"]
    try:
        with open(path, encoding="utf-8") as stream:
            return stream.read().strip()
    except OSError as error:
        raise Fault(1, f"Resolving password failed: {path} does not exist") from error


def _place(place: Repository, name: str) -> tuple[Snapshot, str]:
    """The snapshot and the folder in it that a word means."""
    wanted, _colon, folder = name.partition(":")
    found = place.find(wanted)
    if found is None:
        raise Fault(1, f'failed to find snapshot: no matching ID found for prefix "{wanted}"')
    if folder not in ("", "/") and folder not in found.tree:
        raise Fault(1, f"path {folder}: not found")
    return found, folder


def _archive(snapshot: Snapshot) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tar:
        for path, node in snapshot.tree.items():
            if node.type == FILE:
                entry = tarfile.TarInfo(path)
                entry.size = len(node.content)
                tar.addfile(entry, io.BytesIO(node.content))
    return stream.getvalue()


def _written(moment: datetime) -> str:
    """A time as restic writes it, with nine digits of its second."""
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06}000" + moment.isoformat()[-6:]


def _lines(entries: Lines) -> bytes:
    return "".join(json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries).encode("utf-8", "replace")


def _fatal(said: str, rc: int, as_json: bool) -> bytes:
    if as_json:
        return _lines([{"message_type": "exit_error", "code": rc, "message": f"Fatal: {said}"}])
    return f"Fatal: {said}\n".encode()
