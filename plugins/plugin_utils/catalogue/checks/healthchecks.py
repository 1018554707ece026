# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every service says how to find out whether it is well."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem


def check_healthchecks(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """A service without a health check would count as ready the moment it starts."""
    for entry in catalogue["services"]:
        health = entry["healthcheck"]
        if health and health["disable"]:
            continue
        test = (health or {}).get("test") or []
        if not test:
            fix = "give it a test, or say healthcheck.disable: true"
            yield problem("healthcheck", "there is none: the service would count as ready at once", fix, entry["name"])
        elif test[0] not in ("CMD", "CMD-SHELL") or len(test) < 2:
            yield problem("healthcheck.test", "is not a command", "begin the list with CMD or CMD-SHELL", entry["name"])
        elif any("localhost" in word for word in test):
            message = "localhost may be IPv6 in the container, where the service may not listen"
            yield problem("healthcheck.test", message, "use 127.0.0.1", entry["name"])


def check_commands(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """The specification cannot say "a list or a string", so it is said here."""
    for entry in catalogue["services"]:
        commands = {key: entry[key] for key in ("command", "entrypoint")} | {"dev.command": entry["dev"]["command"]}
        for setting, value in commands.items():
            if value is not None and not isinstance(value, (str, list)):
                yield problem(
                    setting, "is neither a list nor a string", "write the command as a list of words", entry["name"]
                )
