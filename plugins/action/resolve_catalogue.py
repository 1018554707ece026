# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Resolve the catalogue on the controller, in one task whose mistakes can be read and whose secrets cannot."""

from __future__ import annotations

from typing import Any

from ansible.plugins.action import ActionBase
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.resolve import resolve_catalogue
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.schema import option_names
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.settings import resolve_settings
from ansible_collections.photosync.vps.plugins.plugin_utils.role_settings import (
    foreign_settings,
    specification,
    wrong_settings,
)

SERVICES = "catalogue_services"
BASE = "_catalogue_photo_sync_services"


class ActionModule(ActionBase):
    """Evaluates the inventory's variables itself: those of services may use the settings, which come first."""

    _requires_connection = False
    _VALID_ARGS: frozenset[str] = frozenset()

    def run(self, tmp: Any = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        result = super().run(tmp, task_vars)
        variables = dict(task_vars or {})
        spec = specification("catalogue")
        given = [name for name in option_names(spec, "settings") if name in variables and name != SERVICES]
        settings = resolve_settings({name: self._templar.template(variables[name]) for name in given}, spec)
        templar = self._templar.copy_with_new_env(available_variables={**variables, "catalogue_settings": settings})
        base = templar.template(variables[BASE]) if settings["photo_sync"] else []
        services = templar.template(variables.get(SERVICES, []))
        wrong = wrong_settings(variables, templar.template)
        catalogue = resolve_catalogue(settings, base, services, spec)
        judged = {
            "wrong_settings": wrong,
            "foreign_settings": foreign_settings(variables),
            "problems": [*wrong, *catalogue["problems"]],
        }
        # Kept whole in the registered variable, shown to nobody: it holds secrets. A failure above is shown.
        return {**result, **catalogue, **judged, "_ansible_no_log": True}
