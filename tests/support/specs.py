# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Stack specs for tests, written as their file has them."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from ansible_collections.photosync.vps.plugins.module_utils.common import records
from ansible_collections.photosync.vps.plugins.module_utils.restore.target import Target

T = TypeVar("T")


def make_spec(stack: str = "small", state_dir: str = "/var/lib/small", **more: Any) -> Target:
    """A stack of which nothing is known but what is given, as ``stack.json`` would have it."""
    return records.of(Target, {"stack": stack, "state_dir": state_dir, **more})


def changed(before: T, **more: Any) -> T:
    """The same with other fields, each as ``stack.json`` would have it."""
    return records.of(type(before), {**records.as_json(before), **more})


def stack_json(spec: Any) -> str:
    """What the file of this spec holds."""
    return json.dumps(records.as_json(spec))
