# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The host command: what can be asked of it, and who answers."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
from collections.abc import Sequence
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.cli.output import tell
from ansible_collections.photosync.vps.plugins.module_utils.common.units import parse_duration

OK, FAILED, USAGE, INTERRUPTED = 0, 1, 2, 130
OURS = "ansible_collections.photosync."
PACKAGE = __name__.rpartition(".")[0]

EPILOG = """\
exit codes:
  0  done; healthy
  1  failed; unhealthy
  2  asked in a way that cannot be answered: unknown command or service, or not by root
  3  pending: all is healthy, but a certificate is still to be issued (health, up)
"""


def parser(stack: str, version: str) -> argparse.ArgumentParser:
    """All subcommands. Each names the module and the function that answer, which are loaded when it is asked."""
    top = argparse.ArgumentParser(
        prog=stack,
        description=f"Runs the stack {stack} on this host.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"{stack} (photosync.vps {version})")
    commands = top.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def add(name: str, module: str, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        command.set_defaults(module=module, answer=name)
        return command

    up = add("up", "services", "start what is missing, then wait until everything is healthy")
    up.add_argument("service", nargs="*", help="only these and what they need; all without any")
    up.add_argument("--timeout", type=_seconds, default=300.0, metavar="SECONDS", help="time to turn healthy (300)")
    add("down", "services", "stop and remove the containers; data stays")
    for name, text in (
        ("restart", "restart services"),
        ("pull", "fetch images anew"),
        ("build", "build images anew"),
        ("watch", "in development, take over every change of the sources until interrupted"),
    ):
        add(name, "services", text).add_argument("service", nargs="*", help="only these; all without any")
    logs = add("logs", "services", "show what services log")
    logs.add_argument("service", nargs="*", help="only these; all without any")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as they log more")
    logs.add_argument("-n", "--tail", default="200", metavar="LINES", help='lines of each service, or "all" (200)')
    _add_json(add("ps", "services", "list the containers"))

    health = add("health", "health", "check every service and every public address")
    health.add_argument("--wait", type=_seconds, metavar="SECONDS", help="wait so long for it to turn healthy")
    _add_json(health)

    _add_json(add("releases", "releases", "list the releases kept here, and what became of each"))
    rollback = add("rollback", "releases", "go back to a release kept here; data stays as it is")
    rollback.add_argument("release", nargs="?", default="previous", help="its name; the last healthy one without it")
    rollback.add_argument("--accept-migrated-data", action="store_true", help="though newer versions migrated data")
    rollback.add_argument(
        "--timeout", type=_seconds, default=300.0, metavar="SECONDS", help="time to turn healthy (300)"
    )

    backup = add("backup", "points", "make a restore point; everything goes on serving")
    backup.add_argument("--reason", help="a word on why, kept with the point")
    backup.add_argument(
        "--spread", action="store_true", help="wait first, as long as the settings and this host's name say, for cron"
    )
    _add_json(backup)
    check = add("check", "points", "read the next part of every repository anew, to find what has rotted")
    check.add_argument(
        "--due", action="store_true", help="only if none has ended well for as long as the settings say, for cron"
    )
    _add_repository(check)
    _add_json(check)
    listed = add("points", "points", "list the restore points, and where they are; decide about suspect ones")
    listed.add_argument(
        "deed",
        nargs="?",
        choices=["accept", "discard"],
        help="accept suspect points as good after all, or remove them everywhere",
    )
    listed.add_argument("point", nargs="*", help="their whole IDs")
    _add_repository(listed)
    _add_json(listed)
    verify = add("verify", "points", "check a restore point in the repository")
    verify.add_argument("point", nargs="?", help="its ID; the latest without one")
    _add_repository(verify)
    _add_json(verify)
    restore = add(
        "restore",
        "restore",
        "put data back from a restore point and prove it; where it would replace data, it only looks without --confirm",
    )
    what = restore.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "point", nargs="?", help='latest, an ID or its beginning, a time ("2026-11-20 03:00"), or a cold copy'
    )
    what.add_argument(
        "--abandon", action="store_true", help="end a restore that is half done; what was here before it comes back"
    )
    restore.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="PARTS",
        help="databases, files, certificates, configuration or services, with commas; everything without",
    )
    restore.add_argument("--dry-run", action="store_true", help="say what would be replaced by what, and end")
    restore.add_argument("--confirm", metavar=f"{stack}@HOST", help="replace the data that is there")
    restore.add_argument(
        "--safety",
        choices=["auto", "cold", "none"],
        default="auto",
        help="how to keep what is here first: a restore point, else a cold copy (auto); a cold copy; not at all",
    )
    restore.add_argument(
        "--accept-differences",
        default="",
        metavar="DIGEST",
        help="start on exactly the differences that the proof found, as it has named them",
    )
    restore.add_argument(
        "--timeout", type=_duration, default="", metavar="DURATION", help="how long it may take, such as 6h or 90m"
    )
    _add_repository(restore)
    _add_json(restore)
    sheet = add("break-glass", "breakglass", "print the sheet that brings the stack back by hand; no secret is on it")
    sheet.add_argument("--html", action="store_true", help="a page to be printed, instead of Markdown")
    sheet.add_argument("--with-secrets", action="store_true", help="with the passwords of the repositories on it")
    drill = add("drill", "drill", "restore a point beside what serves, prove it, measure it, and take it away again")
    drill.add_argument("point", nargs="?", help="latest, an ID or its beginning, or a time; the latest without one")
    _add_repository(drill)
    _add_json(drill)
    add("take-over", "restore", "let this host alone add restore points from now on")
    prune = add("prune", "points", "remove restore points that retention no longer wants")
    prune.add_argument("--settings", metavar="FILE", help="another file like the host's backup.json")
    _add_repository(prune)
    _add_json(prune)
    return top


def main(stack: str, version: str, arguments: Optional[Sequence[str]] = None) -> int:
    """Answer one command; returns the exit code."""
    # Somebody else's words may be in any encoding; a terminal that cannot show them is no reason to stop.
    for output in (sys.stdout, sys.stderr):
        output.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    asked = parser(stack, version).parse_args(arguments)
    if os.geteuid() != 0:
        return complain(stack, f"only root may do this; try: sudo {stack} {asked.answer}", USAGE)
    try:
        module = importlib.import_module(f"{PACKAGE}.{asked.module}")
        return getattr(module, asked.answer.replace("-", "_"))(stack, asked)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read the output (head, less) has seen enough; nothing more may be written, at exit neither.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return OK
    except Exception as error:
        # The engine's own errors are written for people. Any other is a fault in it: whoever mends it wants the trace.
        if not type(error).__module__.startswith(OURS):
            raise
        return complain(stack, str(error), getattr(error, "exit_code", FAILED))


def complain(stack: str, message: str, code: int) -> int:
    """Say on standard error why it was not done; returns ``code``."""
    tell(f"{stack}: {message}")
    return code


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="print JSON, for machines")


def _add_repository(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--repository",
        default="",
        metavar="NAME",
        help="the repository to ask: 1 or first, or a copy by number or name",
    )


def _duration(text: str) -> str:
    try:
        parse_duration(text or "0s")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{error}, such as 6h or 90m") from error
    return text


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 86400:
        raise argparse.ArgumentTypeError("a number of seconds between 0 and 86400 is wanted")
    return value
