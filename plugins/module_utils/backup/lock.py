# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One backup, verification or restore of a stack at a time."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator

from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError
from ansible_collections.photosync.vps.plugins.module_utils.common import lock


@contextlib.contextmanager
def exclusive(state_dir: str, what: str, wait: float = 0.0, with_children: bool = True) -> Iterator[None]:
    """Hold the stack's lock while the block runs; the kernel gives it back even after kill -9.

    :param wait: seconds to wait for another holder.
    :param with_children: processes started meanwhile hold it too, until they end: restic goes on writing when whoever
        started it was killed.
    """
    try:
        with lock.exclusive(
            os.path.join(state_dir, "points.lock"), f"a {what}", wait=wait, with_children=with_children
        ):
            yield
    except lock.Busy as error:
        raise PointError(str(error)) from error
