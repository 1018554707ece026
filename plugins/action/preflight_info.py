# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The controller's part of preflight: what it knows better than the host, found out while the host is being read."""

from __future__ import annotations

import time
from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.sources import source_problems
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.clock import certain_offset, clock_problems
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.names import LookUp, name_notes
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.report import note_line
from ansible_collections.photosync.vps.plugins.plugin_utils.preflight.request import ASKED, KEPT, asked_of_host
from ansible_collections.photosync.vps.plugins.plugin_utils.role_settings import settings_named

PATIENCE_SECONDS = 3


class ActionModule(ActionBase):
    """Asks the module what catalogue and settings want to know of the host, and adds to its problems and notes."""

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        variables = task_vars or {}
        name = str(variables.get("inventory_hostname", ""))
        catalogue = variables.get("catalogue_resolved")
        asked, problems = self._asked(catalogue, variables) if catalogue else ({}, [])
        asked |= self._task.args
        domain, address = asked.get("domain", ""), self._address(variables, name)
        look_up = LookUp([domain, address] if domain else [])
        began = time.time()
        result.update(self._execute_module(module_args=asked, task_vars=task_vars))
        ended = time.time()
        if result.get("failed") or "host" not in result:
            return result
        host, clock = result["host"], result["clock"]
        offset = certain_offset(began, ended, clock["began"], clock["ended"])
        tolerance = float(asked.get("clock_tolerance", 0))
        result["problems"] = [*problems, *result["problems"], *clock_problems(offset, tolerance, host["packages"])]
        if catalogue:
            result["problems"] += source_problems(catalogue, result["source"])
            result["notes"] += catalogue["foreign_settings"]
        if domain:
            own = [*host["addresses"], *look_up.result(address, PATIENCE_SECONDS).addresses]
            result["notes"] += name_notes(domain, look_up.result(domain, PATIENCE_SECONDS), own)
        result["warnings"] = [*result.get("warnings", []), *(note_line(note, name) for note in result["notes"])]
        return result

    def _asked(self, catalogue: dict[str, Any], variables: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
        """What to ask of the host, and what is wrong already."""
        settings = settings_named(ASKED, variables, self._templar.template)
        kept = {name: self._templar.template(variables[name]) for name in KEPT if name in variables}
        asked, problems = asked_of_host(catalogue, settings, kept)
        return asked, [*catalogue["problems"], *problems]

    def _address(self, variables: dict[str, Any], name: str) -> str:
        """The name or address by which Ansible reaches the host."""
        return str(self._templar.template(variables.get("ansible_host", name)))
