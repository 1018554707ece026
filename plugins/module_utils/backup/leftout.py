# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a point leaves out: each thing named with a word why, wherever somebody makes, lists or restores points."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping

from ansible_collections.photosync.vps.plugins.module_utils.common import records
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

TAG = "left-out"


def of_stack(spec: Spec, extra_paths: Iterable[str]) -> list[dict[str, str]]:
    """What no point of this stack holds, as ``{what, why}``: folders of the host, volumes, paths that are not there."""
    rebuildable = [volume for volume in spec.volumes if volume.backup == "rebuildable"]
    return [
        *(records.as_json(left) for left in spec.left_out),
        *({"what": f"volume {volume.name}", "why": "can be made again"} for volume in rebuildable),
        *({"what": path, "why": "is not there"} for path in extra_paths if not os.path.exists(path)),
    ]


def said(left_out: Iterable[Mapping[str, str]]) -> list[str]:
    """Each of them in words, on one line whatever is in a name."""
    return [" ".join(f"{left['what']} ({left['why']})".split()) for left in left_out]


def sentence(told: Iterable[str]) -> str:
    """All of them in one line; empty for none."""
    line = "; ".join(told)
    return f"left out: {line}" if line else ""


def tags(left_out: Iterable[Mapping[str, str]]) -> list[str]:
    """How the manifest's snapshot is marked, so that whoever lists the repository sees it."""
    # restic takes a comma for the end of a tag.
    return [f"{TAG}={line.replace(',', ';')}" for line in said(left_out)]
