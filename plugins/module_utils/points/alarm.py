# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Tell somebody when a backup fails: a log that nobody reads is no alert."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from ansible_collections.photosync.vps.plugins.module_utils.points.progress import Progress
from ansible_collections.photosync.vps.plugins.module_utils.points.settings import Settings
from ansible_collections.photosync.vps.plugins.module_utils.process import CommandFailed, run

SECONDS = 60


@contextlib.contextmanager
def alarm(stack: str, settings: Settings, progress: Progress) -> Iterator[None]:
    """Run the operator's command when what is done in here fails; the failure itself goes on to the caller."""
    try:
        yield
    except Exception as error:
        if settings.on_failure:
            try:
                run(settings.on_failure, stdin=f"{error}\n", env={"PHOTOSYNC_STACK": stack}, timeout=SECONDS)
            except CommandFailed as silent:
                progress(f"nobody was told of the failure: {silent}")
        raise
