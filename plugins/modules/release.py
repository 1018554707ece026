#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: release
short_description: Lay a rendered release of a stack on its host, validate it, and say what deploying it will do
version_added: 0.1.0
description:
  - Writes the files of a release into C(<root>/releases/<digest>), where the digest is that of their contents, so
    that a second run with the same files changes nothing and an altered file is set right.
  - Docker Compose validates the release. Nothing that serves is touched; M(photosync.vps.stack_deploy) makes it the
    one that serves.
author:
  - The photosync.vps authors (@photosync)
options:
  root:
    description: Absolute path of the stack's folder, C(/opt/<stack>).
    type: path
    required: true
  files:
    description: All files of the release.
    type: list
    elements: dict
    required: true
    suboptions:
      path:
        description: Path relative to the release.
        type: str
        required: true
      content:
        description: The text of a file that holds no secret. Exactly one of this and O(files[].secret_content).
        type: str
      secret_content:
        description: The text of a file with secrets. Its diff shows names of settings, never their values.
        type: str
      mode:
        description: Octal mode, as a string.
        type: str
        default: "0600"
  host_command:
    description: The stack's command for people and cron, replaced when its bytes differ.
    type: dict
    suboptions:
      path:
        description: Where it is installed.
        type: path
        required: true
      content:
        description:
          - Its bytes, compressed with zlib, base64, as the lookup P(photosync.vps.host_command#lookup) gives them.
        type: str
        required: true
  secrets:
    description: Values masked wherever they would show in a diff.
    type: list
    elements: str
    default: []
attributes:
  check_mode:
    support: full
    description: Can run in C(check_mode) and tells what would change without changing it.
  diff_mode:
    support: full
    description: Shows how the release differs from the current one, and what is out of place; secrets masked.
"""

EXAMPLES = r"""
- name: Lay a release beside the one that serves
  photosync.vps.release:
    root: /opt/photo-sync
    files:
      - path: compose.yaml
        content: "{{ lookup('ansible.builtin.template', 'compose.yaml.j2') }}"
      - path: env/web.env
        secret_content: "TOKEN={{ web_token }}"
"""

RETURN = r"""
digest:
  description: Name of the release.
  type: str
  returned: always
  sample: 3f6c1d20a8be
path:
  description: Absolute path of the release's folder.
  type: str
  returned: always
previous:
  description: Digest of the release that was current when the module began; empty on a host without one.
  type: str
  returned: always
serving:
  description: Whether this very release was current, complete and unaltered when the module began.
  type: bool
  returned: always
plan:
  description: What deploying the release will do, one step for each service, and one for each that goes.
  type: list
  elements: dict
  returned: always
  contains:
    service:
      description: The service.
      type: str
      sample: web-ui
    action:
      description:
        - V(keep) leaves its container alone, V(reload) has it read another configuration, V(restart) replaces it,
          V(create) makes it, V(remove) removes it.
      type: str
      sample: restart
    why:
      description: Why, without any value of a setting; empty when it is kept.
      type: str
      sample: "image photo-sync/web-ui:1 → photo-sync/web-ui:2"
table:
  description: The same plan, as lines for people; empty when every service is kept.
  type: list
  elements: str
  returned: always
"""

import base64
import json
import zlib

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.deploy import content, diff, release_folders, stage
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.stack import host_command, spec
from ansible_collections.photosync.vps.plugins.module_utils.stack.paths import Layout

FILE_OPTIONS = {
    "path": {"type": "str", "required": True},
    "content": {"type": "str"},
    "secret_content": {"type": "str", "no_log": True},
    "mode": {"type": "str", "default": "0600"},
}

ARGUMENTS = {
    "root": {"type": "path", "required": True},
    "files": {
        "type": "list",
        "elements": "dict",
        "required": True,
        "options": FILE_OPTIONS,
        "mutually_exclusive": [["content", "secret_content"]],
        "required_one_of": [["content", "secret_content"]],
    },
    "host_command": {
        "type": "dict",
        "options": {
            "path": {"type": "path", "required": True},
            "content": {"type": "str", "required": True, "no_log": True},
        },
    },
    "secrets": {"type": "list", "elements": "str", "default": [], "no_log": True},
}


def release_file(given):
    """One entry of the files option as the engine's own type."""
    secret = given["secret_content"] is not None
    text = given["secret_content"] if secret else given["content"]
    return content.ReleaseFile(given["path"], text, int(given["mode"], 8), secret)


def text_of(files, path):
    """The content of one file of the release, "" when it has none of this name."""
    return next((file.content for file in files if file.path == path), "")


def steps(layout, files, proxy_changed):
    """What deploying these files will do to each service."""
    release = spec.of(json.loads(text_of(files, spec.FILENAME)))
    try:
        containers = compose.containers(release.stack)
    except CommandFailed:
        # No engine yet, or one that stands still: there are no containers then.
        containers = []
    return diff.plan(release, containers, release_folders.services(layout), proxy_changed)


def main():
    """Compare, and unless this is a check, write."""
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    layout = Layout(module.params["root"])
    files = [release_file(given) for given in module.params["files"]]
    name = content.digest(files)
    folder = layout.release(name)
    previous = layout.current_digest() or ""
    command = module.params["host_command"]
    command_bytes = zlib.decompress(base64.b64decode(command["content"])) if command else b""

    altered = bool(content.differing(folder, files) or content.stray(folder, files))
    misplaced = stage.out_of_place(layout, name, text_of(files, stage.CADDYFILE))
    new_command = bool(command) and host_command.differs(command["path"], command_bytes)
    shown = content.changes(folder if previous == name else layout.current, files)
    found = steps(layout, files, any(change.path.endswith(stage.CADDYFILE) for change in misplaced))
    result = {
        "digest": name,
        "path": folder,
        "previous": previous,
        "serving": not altered and not misplaced,
        "plan": [step.as_dict() for step in found],
        "table": diff.render(found) if diff.changes(found) else [],
        "changed": altered or new_command,
        "diff": content.diff([*shown, *misplaced], module.params["secrets"])
        + host_command.diff(command["path"] if new_command else ""),
    }
    if not module.check_mode:
        try:
            if stage.stage(layout, name, files) or not result["serving"]:
                stage.validate(layout, name)
        except (stage.InvalidRelease, OSError) as error:
            module.fail_json(msg=f"{error}\nNothing was switched: what served before still serves.", **result)
        if new_command:
            host_command.install(command["path"], command_bytes)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
