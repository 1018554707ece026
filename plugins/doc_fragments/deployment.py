# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the modules share which make another release the one that serves."""

from __future__ import annotations


class ModuleDocFragment:
    """Of which stack, and how long what is waited for."""

    DOCUMENTATION = r"""
options:
  stack:
    description: Name of the stack, whose releases lie in C(/opt/<stack>/releases).
    type: str
    required: true
  timeout:
    description: Seconds that everything has to become healthy.
    type: float
    default: 300
  certificate_timeout:
    description:
      - Seconds for a certificate to be issued when all else is healthy. One that is still to be issued then is no
        failure, and nothing is rolled back for it; the module warns.
    type: float
    default: 60
  lock_wait:
    description: Seconds to wait for another deployment to end before this one gives up.
    type: float
    default: 300
requirements:
  - Docker Compose 2.21 or later on the host
"""
