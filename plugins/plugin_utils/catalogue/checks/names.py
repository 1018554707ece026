# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names that become projects, commands, folders, units and host names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

LONGEST = 40
# A Compose project, a file name and a systemd slice at once; a slice takes two hyphens in a row for an error.
_STACK = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_SERVICE = re.compile(r"[a-z0-9][a-z0-9_-]*")
# What a person or a script on the host may type. Preflight asks the host itself for everything else.
COMMANDS = frozenset(
    re.findall(
        r"\S+",
        """
        adduser apt apt-get awk backup bash cat chmod chown containerd cp cron crontab curl date dd df docker dockerd
        dpkg du env find git grep gzip head health id install ip iptables journalctl kill less ln logrotate ls make
        mount mv nano nft passwd ping podman postgres ps psql python python3 rclone reboot redis-cli restic restore rm
        rsync runc sed service sh shutdown sleep sort ss ssh sshd su sudo system systemctl tail tar tee test top touch
        umount user useradd vi vim wget
        """,
    )
)


def check_names(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Refuse names that one of their many uses does not allow."""
    name = catalogue["stack"]["name"]
    if not _STACK.fullmatch(name) or len(name) > LONGEST:
        message = f"{name!r} cannot name a Compose project, a command and a systemd slice"
        fix = f"use at most {LONGEST} lower-case letters and digits, joined by single hyphens or underscores"
        yield problem("stack_name", message, fix)
    elif name in COMMANDS:
        yield problem("stack_name", f"the host command {name} would shadow an existing command", "choose another name")
    for entry in catalogue["services"]:
        if not _SERVICE.fullmatch(entry["name"]):
            message = f"{entry['name']!r} cannot be a host name on the stack's network"
            yield problem("name", message, "use lower-case letters, digits, hyphens and underscores", entry["name"])
