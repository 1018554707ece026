# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Show how a module goes on while it runs: what it writes into its progress file, as it comes."""

from __future__ import annotations

import copy
import getpass
import secrets
import shlex
import socket
import threading
from types import TracebackType
from typing import Any

from ansible.errors import AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

# Whoever is done sooner has nothing to tell: a run that changes nothing pays nothing for this.
FIRST_LOOK_AFTER = 2.0
PAUSE = 1.0
FOLDER = "/run/photosync"


class Shown:
    """Reads a module's progress file now and then, over a connection of its own, and shows each line once.

    Give ``path`` to the module as its option ``progress``; its result has all lines in ``progress``, of which ``rest``
    shows those that came after the last look.
    """

    def __init__(self, action: ActionBase, host: str):
        self.path = f"{FOLDER}/{secrets.token_hex(8)}"
        self._connection = copy.copy(action._connection)
        self._host = host
        self._shown = 0
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._follow, daemon=True)

    def __enter__(self) -> Shown:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def rest(self, result: dict[str, Any]) -> bool:
        """Show what nobody has seen yet of a module that took long enough to be watched; says whether it did."""
        watched = bool(self._shown and result.get("progress"))
        if watched:
            self._show(result["progress"])
        return watched

    def _follow(self) -> None:
        pause = FIRST_LOOK_AFTER
        while not self._over.wait(pause):
            pause = PAUSE
            try:
                _code, said, _error = self._connection.exec_command(f"cat {shlex.quote(self.path)}", sudoable=False)
            except AnsibleError:
                # The module's own task says so if the host is gone.
                continue
            self._show(said.decode("utf-8", "replace").splitlines())

    def _show(self, lines: list[str]) -> None:
        for line in lines[self._shown :]:
            Display().display(f"  {self._host}: {line}")
        self._shown = max(self._shown, len(lines))


class WatchedAction(ActionBase):
    """Runs the module of its own name, which takes ``who`` and ``progress``, and shows how it goes."""

    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        who = f"{getpass.getuser()}@{socket.gethostname()}"
        with Shown(self, (task_vars or {}).get("inventory_hostname", "")) as shown:
            arguments = {"who": who, **self._task.args, "progress": shown.path}
            result |= self._execute_module(module_args=arguments, task_vars=task_vars)
        if shown.rest(result):
            # Said once is enough: a failure is printed with all of its result.
            result.pop("progress")
        return result
