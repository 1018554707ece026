# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Documentation that the modules share which look at the sources of what is built."""

from __future__ import annotations


class ModuleDocFragment:
    """Which sources, and what is made of which part of them."""

    DOCUMENTATION = r"""
options:
  source:
    description:
      - Sources of what is built, to look at. Nothing is fetched or changed.
      - In a clone, a service's part is known by git's own hash of its folder at the wanted version, whatever is checked
        out. In a folder, by a digest of all files but those that a file .dockerignore leaves out.
    type: dict
    default: {}
    suboptions:
      repo:
        description: Address that the clone was made from.
        type: str
        default: ''
      version:
        description: Commit, tag or branch that is wanted.
        type: str
        default: ''
      path:
        description: Folder that holds the sources; empty where they are in a clone.
        type: str
        default: ''
      dest:
        description: Folder of the clone.
        type: str
        default: ''
      builds:
        description: What is built.
        type: list
        elements: dict
        default: []
        suboptions:
          service:
            description: The service.
            type: str
            required: true
          context:
            description: Its folder in the sources.
            type: str
            required: true
          dockerfile:
            description: Its Dockerfile in that folder, which need not be there.
            type: str
            required: true
          ignore:
            description: Lines of a file .dockerignore that counts when another Dockerfile is used.
            type: list
            elements: str
            default: []
          own:
            description: Whether the folder's own Dockerfile is used where there is one.
            type: bool
            default: true
"""
