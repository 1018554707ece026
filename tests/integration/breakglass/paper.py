# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sheet as somebody follows it who has nothing else: its own blocks, in their order, in one shell."""

import re
from dataclasses import dataclass

from support.throwaway import Machine

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


@dataclass(frozen=True)
class Paper:
    """The sheet in Markdown."""

    text: str

    @property
    def blocks(self) -> list[str]:
        """What is on the way from top to bottom."""
        return [text for kind, text in BLOCK.findall(self.text) if kind == "sh"]

    @property
    def asides(self) -> list[str]:
        """What is for a case of its own."""
        return [text for kind, text in BLOCK.findall(self.text) if kind == "text"]

    @property
    def number(self) -> str:
        """The number on it."""
        found = re.search(r"^Sheet ([0-9a-f]{8}),", self.text, re.M)
        assert found, self.text
        return found[1]

    def with_copy(self) -> list[str]:
        """The way with the first copy opened where the sheet opens the first repository."""
        (copy,) = (text for text in self.asides if "RESTIC_REPOSITORY" in text)
        return [copy if "export RESTIC_REPOSITORY" in text else text for text in self.blocks]


def follow(host: Machine, blocks: list[str], check: bool = True) -> str:
    """Run blocks as root in one bash, up to the first that fails; returns all that they print."""
    script = "\n".join(blocks)
    host.sh(f"umask 077; cat >/root/sheet.sh <<'END-OF-THE-SHEET'\n{script}\nEND-OF-THE-SHEET\n")
    return host.sh("bash -eu /root/sheet.sh && echo THE-END", check)
