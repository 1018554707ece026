# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with a catalogue, in the words of whoever has to repair it."""

from __future__ import annotations

from typing import TypedDict


class Problem(TypedDict):
    """One thing to repair: the setting to change, the service it belongs to (or None), what is wrong, what to do."""

    setting: str
    service: str | None
    message: str
    fix: str


def problem(setting: str, message: str, fix: str, service: str | None = None) -> Problem:
    """Describe one problem. Neither ``message`` nor ``fix`` may quote the value of a secret."""
    return {"setting": setting, "service": service, "message": message, "fix": fix}
