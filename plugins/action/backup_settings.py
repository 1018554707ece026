# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell a host where its restore points are kept: hand the module whatever the role backup declares."""

from __future__ import annotations

import json
from typing import Any

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase
from ansible_collections.photosync.vps.plugins.plugin_utils.role_settings import settings_of


class ActionModule(ActionBase):
    """Runs the module of the same name with the evaluated settings of the role."""

    _supports_check_mode = True

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        values, problems = settings_of("backup", task_vars or {}, self._templar.template)
        if problems:
            raise AnsibleActionFail("; ".join(f"{one['setting']}: {one['message']}" for one in problems))
        arguments = {**self._task.args, "settings": json.dumps(values)}
        return {**result, **self._execute_module(module_args=arguments, task_vars=task_vars)}
