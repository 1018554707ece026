# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Debian's own cron is the judge of the words of a schedule that preflight takes and refuses."""

from ansible_collections.photosync.vps.plugins.module_utils.common.cron import FIELDS
from integration.guards.host import Guarded
from support.cron_words import REFUSED_BY_CRON, TAKEN, TAKEN_AND_NEVER_MEANT

# `crontab` reads a table as the daemon does, and installs none with a line that the daemon would ignore.
JUDGE = """
printf '%s\\n' '{line} true' >/tmp/table
if crontab -u nobody /tmp/table >/dev/null 2>&1; then echo taken; else echo refused; fi
"""


def test_cron_takes_what_is_taken_and_ignores_what_is_refused(machine: Guarded) -> None:
    words = [*TAKEN, *TAKEN_AND_NEVER_MEANT, *REFUSED_BY_CRON]
    lines = [" ".join(text if name == field else "*" for name in FIELDS) for field, text in words]
    said = machine.sh("\n".join(JUDGE.format(line=line) for line in lines) + "\ncrontab -u nobody -r").split()
    taken = [word for word, judged in zip(words, said, strict=True) if judged == "taken"]
    assert taken == [*TAKEN, *TAKEN_AND_NEVER_MEANT]
