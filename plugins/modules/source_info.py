#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: source_info
short_description: Look at the sources of what is built, without fetching or changing anything
version_added: 0.1.0
description:
  - Says for each service what its part of the sources is, so that its image can be named by that.
author:
  - The photosync.vps authors (@photosync)
extends_documentation_fragment:
  - photosync.vps.source
requirements:
  - git on the host, where the sources are in a clone
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
  diff_mode:
    support: N/A
    description: Changes nothing.
"""

EXAMPLES = r"""
- name: See what the web UI is made of
  photosync.vps.source_info:
    source:
      repo: https://github.com/asksurya/photo-sync.git
      version: de36e8d323702ba7e3587437b4e23b33586c282b
      dest: /opt/photo-sync/source
      builds:
        - service: web-ui
          context: services/web
          dockerfile: Dockerfile
"""

RETURN = r"""
source:
  description: What is there.
  type: dict
  returned: always
  contains:
    known:
      description: Whether the wanted version is there.
      type: bool
      sample: true
    moves:
      description: Whether the wanted version is a branch, which may be another commit at the next look.
      type: bool
      sample: false
    services:
      description:
        - For each service its C(content), empty where there is no such folder, and whether it has its C(dockerfile).
          Empty where the version is not known.
      type: dict
      sample: {web-ui: {content: 4b825dc642cb6eb9a060e54bf8d69288fbee4904, dockerfile: true}}
"""

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.building.sources import SOURCE, measure


def main() -> None:
    """Look, and report."""
    module = AnsibleModule(argument_spec={"source": SOURCE}, supports_check_mode=True)
    module.exit_json(changed=False, source=measure(module.params["source"]))


if __name__ == "__main__":
    main()
