# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs on the throwaway host, with the engine of its host command: one phase of a restore, or the command until a kill.

``phase NAME POINT [CONFIRM]`` answers in JSON on its last line. ``kill BOUNDARY WORDS…`` is ``small WORDS…``, killed at
the boundary: when it says a line that begins like that, such as "phase files", or where something has been done and is
not noted yet: "before noting files".
``tamper BOUNDARY SCRIPT WORDS…`` runs a shell script at a line that begins like that, and goes on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from typing import Any

sys.path.insert(0, "/usr/local/bin/small")

from ansible_collections.photosync.vps.plugins.module_utils.backup import config
from ansible_collections.photosync.vps.plugins.module_utils.cli import main as command
from ansible_collections.photosync.vps.plugins.module_utils.cli import output
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore import target
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from ansible_collections.photosync.vps.plugins.module_utils.steps import runner

STACK = "small"


def phase(name: str, point: str, confirm: str = "") -> None:
    """Do it; a failure is an answer too."""
    stack, where = target.here(STACK), config.load(config.path_of(STACK))
    try:
        done = restore.run([name], stack, where, Asked(point, confirm or None), print)
        answer = {"value": {"point": done.point, "changed": done.changed, "result": done.results[name]}}
    except restore.FAILURES as error:
        answer = {"error": str(error), "result": getattr(error, "result", None)}
    print(json.dumps(answer))


def kill(boundary: str, *words: str) -> None:
    """Run the host command with this process killed at a boundary."""
    say, note = output.tell, runner.Journal.note

    def passing(place: str) -> None:
        if place.startswith(boundary):
            os.kill(os.getpid(), signal.SIGKILL)

    def tell(text: str) -> None:
        say(text)
        passing(text)

    def noting(self: runner.Journal, name: str, *rest: Any, **facts: Any) -> None:
        passing(f"before noting {name}")
        note(self, name, *rest, **facts)

    output.tell, runner.Journal.note = tell, noting
    sys.exit(command.main(STACK, "0", words))


def tamper(boundary: str, script: str, *words: str) -> None:
    """Run the host command, and a script when it comes to a boundary."""
    say = output.tell

    def tell(text: str) -> None:
        say(text)
        if text.startswith(boundary):
            subprocess.run(["sh", "-ec", script], check=True)

    output.tell = tell
    sys.exit(command.main(STACK, "0", words))


{"phase": phase, "kill": kill, "tamper": tamper}[sys.argv[1]](*sys.argv[2:])
