# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why an image is not there."""

from __future__ import annotations

from collections.abc import Sequence


class ImageError(Exception):
    """An image could not be pulled or built; nothing that serves was touched.

    The message names the service and the step that failed, and ends with the last lines that were said.
    """

    def __init__(self, doing: str, service: str, said: Sequence[str] = (), at: str = ""):
        self.service = service
        self.step = at or doing
        where = f" at {at}" if at else ""
        super().__init__("\n".join([f"{doing} {service} failed{where}", *(f"  {line}" for line in said)]))
