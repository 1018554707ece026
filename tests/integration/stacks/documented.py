# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the documents tell a reader to copy."""

import re
from typing import Any

import yaml
from support.playbook import ROOT

FEEDS = ROOT / "inventories" / "feeds"


def feeds() -> dict[str, Any]:
    """The feed reader's inventory."""
    return yaml.safe_load((FEEDS / "group_vars" / "photosync" / "main.yml").read_text(encoding="utf-8"))


def entry(document: str, name: str) -> dict[str, Any]:
    """The entry of this name in an example of a document; of several, the longest."""
    text = (ROOT / document).read_text(encoding="utf-8")
    blocks = (yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", text, re.S))
    found = [one for block in blocks for one in block.get("catalogue_services", []) if one["name"] == name]
    return max(found, key=len)
