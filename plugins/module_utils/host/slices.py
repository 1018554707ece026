# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The systemd slice that holds all containers of a stack, so that together they leave the host enough to live."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import Optional

from ansible_collections.photosync.vps.plugins.module_utils.common.files import write_atomically
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run

FOLDER = "/etc/systemd/system"
RUNTIME_FOLDER = "/run/systemd/system.control"
MODE = 0o644


@dataclass(frozen=True)
class Slice:
    """A slice and its limits; None is no limit."""

    name: str
    memory_max: Optional[int]
    tasks_max: Optional[int]

    @property
    def path(self) -> str:
        """Return where its unit file lies."""
        return os.path.join(FOLDER, self.name)

    def limits(self) -> dict[str, str]:
        """Return its limits in systemd's words."""
        return {"MemoryMax": _limit(self.memory_max), "TasksMax": _limit(self.tasks_max)}

    def properties(self) -> list[str]:
        """Return its limits as assignments."""
        return [f"{name}={value}" for name, value in self.limits().items()]

    def text(self) -> str:
        """Return its unit file."""
        head = "[Unit]\nDescription=All containers of {0}\n\n[Slice]\n".format(self.name.rpartition(".")[0])
        return head + "\n".join(["MemoryAccounting=yes", "TasksAccounting=yes", *self.properties()]) + "\n"

    def overruled(self, shown: dict[str, str]) -> list[str]:
        """Return the limits that are in force with other values than the unit file's."""
        return [name for name, value in self.limits().items() if shown.get(name, value) != value]


def shown(name: str) -> dict[str, str]:
    """Return what systemd knows of a unit."""
    properties = "--property=ActiveState,NeedDaemonReload,MemoryMax,TasksMax,DropInPaths"
    lines = run(["systemctl", "show", name, properties]).stdout.splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def in_force(name: str) -> str:
    """Return the text of a slice's unit file where it alone is in force, read by systemd; nothing where it is not."""
    path = os.path.join(FOLDER, name)
    if not os.path.exists(path) or not is_safe(path):
        return ""
    known = shown(name)
    return "" if known.get("NeedDaemonReload") == "yes" or known.get("DropInPaths") else read(path)


def read(path: str) -> str:
    """Return the text of a unit file as it is; nothing where there is none."""
    if not os.path.exists(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as stream:
        return stream.read()


def is_safe(path: str) -> bool:
    """Say whether a unit file has the owner and the mode that it was written with."""
    state = os.stat(path)
    return (state.st_uid, state.st_gid, state.st_mode & 0o7777) == (0, 0, MODE)


def write(wanted: Slice, active: bool) -> None:
    """Write the unit file and bring its limits into force, for containers that run already as well."""
    if active:
        # Reading a unit file again leaves the kernel's limits of a running slice as they are.
        run(["systemctl", "set-property", "--runtime", wanted.name, *wanted.properties()])
    write_atomically(wanted.path, wanted.text(), MODE)
    os.chown(wanted.path, 0, 0)
    # What was set at run time would overrule the unit file from now on.
    shutil.rmtree(os.path.join(RUNTIME_FOLDER, wanted.name + ".d"), ignore_errors=True)
    run(["systemctl", "daemon-reload"])


def _limit(value: Optional[int]) -> str:
    return "infinity" if value is None else str(value)
