# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Take a deployment over, step by step; until ``finish``, ``undo`` brings the old one back.

A step that is done is not repeated, so whoever runs all of it again goes on where it broke off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import under_way
from ansible_collections.photosync.vps.plugins.module_utils.adoption.phases import Adoption
from ansible_collections.photosync.vps.plugins.module_utils.adoption.unpacking import unpack
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec
from ansible_collections.photosync.vps.plugins.module_utils.steps import runner
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import STOPPED, Step

UNDO = "undo"
ORDER = ("save", "weigh", "unpack", "stop", "data", "finish")


def run(name: str, spec: Spec, project: str, archives: str, images: Mapping[str, str]) -> tuple[bool, dict[str, Any]]:
    """Do one step, or ``undo``; returns whether it has changed something, and what it found or did.

    :param project: the Compose project to take over.
    :param archives: the folder of old archives to import instead.
    :param images: images to read archives with, by the service of the stack.
    """
    adoption = Adoption(spec)
    if name == UNDO:
        result = adoption.undo()
        return bool(result["started"]), result
    steps = (
        # An adoption that has touched nothing yet begins anew with either of these.
        Step("save", lambda _work: adoption.save(project), again=True),
        Step("unpack", lambda _work: unpack(adoption, archives, images), again=True),
        Step("weigh", Adoption.weigh),
        Step("stop", Adoption.stop, serves=STOPPED),
        Step("data", Adoption.data),
        # It ends the journal.
        Step("finish", Adoption.finish, again=True),
    )
    step = next(step for step in steps if step.name == name)
    begins = name in ("save", "unpack")
    if adoption.journal.result(name) is not None and (under_way(adoption.journal) or not begins):
        return False, {}
    return runner.run(step, adoption.journal, adoption)
