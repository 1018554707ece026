# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the filters share which project the resolved catalogue."""

from __future__ import annotations


class ModuleDocFragment:
    """The catalogue as a filter's input."""

    DOCUMENTATION = r"""
options:
  _input:
    description:
      - The resolved catalogue, as the role P(photosync.vps.catalogue#role) leaves it in C(catalogue_resolved).
    type: dict
    required: true
"""
