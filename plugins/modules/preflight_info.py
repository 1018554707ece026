#!/usr/bin/python
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: preflight_info
short_description: Say whether a host can take a stack, before anything is changed on it
version_added: 0.1.0
description:
  - Reads what a host is (cores, memory, distribution, packages, Docker engine) and what would stop a stack on it.
  - Every reason is reported, not only the first one, each with the setting and the service it concerns and what to do.
  - Asks registries, all at once, for images that the host lacks and would have to pull. A host that has them asks none.
  - Compares the host's clock with the controller's, and the addresses of O(domain), as the controller resolves it, with
    the host's.
  - Notes are shown as warnings, and are never a reason to fail.
  - Where the play has resolved a catalogue, what a task leaves out is what that catalogue and the settings of all roles
    ask for, and the problems that these have themselves are among those that are reported.
  - Changes nothing and needs no package but Python on the host, so it runs on a bare host and in check mode.
author: the photosync.vps authors (@photosync)
options:
  stack_name:
    description: Name of the stack, and of the command it will have on the host.
    type: str
    required: true
  ports:
    description: Ports that the stack publishes.
    type: list
    elements: dict
    default: []
    suboptions:
      service:
        description: The service that publishes it.
        type: str
        required: true
      port:
        description: Port number on the host.
        type: int
        required: true
      protocol:
        description: Protocol of the port.
        type: str
        choices: [tcp, udp]
        default: tcp
      address:
        description: Address on the host; empty for all of them.
        type: str
        default: ''
  images:
    description:
      - Images that the stack is made from.
      - A host without an engine needs all of them. On one whose engine stands still nobody can tell, so none is asked
        for.
    type: list
    elements: dict
    default: []
    suboptions:
      service:
        description: The service that is made from it.
        type: str
        required: true
      image:
        description: The image, as Docker names it.
        type: str
        required: true
      built:
        description: For an image to build with, the name of what is built, without a tag. Where one is there, nothing
          is asked for.
        type: str
        default: ''
  media_path:
    description: Media folder on the host; asked for only when O(media_services) names somebody who mounts it.
    type: path
    default: /
  media_services:
    description: Services that mount the media folder.
    type: list
    elements: str
    default: []
  reservations:
    description: Bytes of memory that each service reserves; empty where reservations do not count (development).
    type: dict
    default: {}
  minimums:
    description:
      - Bytes of memory with which each service in O(reservations) still works, where reservations are lowered to fit;
        then these have to fit. Empty where the reservations themselves have to.
    type: dict
    default: {}
  memory_reserve:
    description: Bytes of memory that the host keeps for itself.
    type: int
    default: 0
  docker_source:
    description: Where an engine would come from on a host that has none; empty when the play installs none.
    type: str
    choices: ['', upstream, distribution]
    default: ''
  docker_version:
    description: Version of the engine that is asked for; empty for any.
    type: str
    default: ''
  host_settings:
    description:
      - Settings of which a host has one value, such as C(docker_version), by name; empty values are no wish.
      - It is a problem when another stack on the host wants another value, be it of one of these or in
        O(daemon_options).
    type: dict
    default: {}
  daemon_options:
    description:
      - Options that the engine's C(daemon.json) is going to have besides its own. They say how registries are reached,
        and where images are kept.
      - Leave it out where a play does not touch them.
    type: dict
  free_disk:
    description: Bytes that must be free for Docker's data before a first deployment.
    type: int
    default: 0
  acme_ca_root:
    description: File on the host with the authorities (PEM) that the site's certificate is verified by; empty for
      those of the system.
    type: path
    default: ''
  free_disk_later:
    description: Bytes that must be free for Docker's data before any later deployment.
    type: int
    default: 0
  clock_tolerance:
    description: Seconds by which the host's clock may differ from the controller's; 0 compares nothing.
    type: int
    default: 0
  domain:
    description: Name that a public authority is to give a certificate for; empty where none is asked.
    type: str
    default: ''
  backup_repositories:
    description:
      - All repositories of the host's restore points, as restic writes them. It is a problem when every one of them is
        on a disk that also holds the system or Docker's data. None are looked at without.
    type: list
    elements: str
    default: []
  backup_restic_needed:
    description: Whether the host has to have, or be able to get, a restic that is new enough.
    type: bool
    default: false
  backup_restic_architectures:
    description: Architectures, as the distribution calls them, for which a binary of restic is named.
    type: list
    elements: str
    default: []
  volumes:
    description:
      - Volumes that hold the stack's data, by their names in the catalogue. Where no release is deployed yet, a Compose
        project that has most of them, or the stack's name, is another deployment, and refused.
    type: list
    elements: str
    default: []
  adopting:
    description: A Compose project that is about to be taken over, so that it stands in nobody's way.
    type: str
    default: ''
  restoring:
    description: Whether this is a part of a restore. Otherwise it is a problem when one is half done on the host.
    type: bool
    default: false
extends_documentation_fragment:
  - photosync.vps.source
attributes:
  check_mode:
    support: full
    description: Changes nothing in any mode.
  diff_mode:
    support: N/A
    description: Changes nothing.
"""

EXAMPLES = r"""
- name: See whether a host can take the stack
  photosync.vps.preflight_info:
    stack_name: photo-sync
    ports:
      - service: caddy
        port: 80
      - service: caddy
        port: 443
    media_path: /srv/photos
    media_services: [immich-server]
    reservations:
      immich-server: 1073741824
  register: preflight

- name: Refuse a host that cannot
  ansible.builtin.assert:
    that: preflight.problems | length == 0
"""

RETURN = r"""
host:
  description: What the host is.
  returned: always
  type: dict
  contains:
    cpus:
      description: Cores that the engine may use.
      type: int
      sample: 4
    memory_bytes:
      description: Memory of the host, in bytes.
      type: int
      sample: 16777216000
    architecture:
      description: Debian's name of the architecture.
      type: str
      sample: amd64
    distribution:
      description: The distribution, with id, version, codename and name.
      type: dict
      sample: {id: debian, version: '13', codename: trixie, name: Debian GNU/Linux 13 (trixie)}
    systemd:
      description: Whether systemd is process 1.
      type: bool
      sample: true
    packages:
      description: Version of each installed package, by name.
      type: dict
      sample: {openssh-server: '1:10.0p1-7'}
    docker:
      description:
        - The engine, with installed, source (upstream, distribution, snap, podman, unknown, or empty where there is
          none), version, compose_version, and pin, which are path and text of the file that holds it at a version.
      type: dict
      sample:
        installed: true
        source: upstream
        version: 28.5.1
        compose_version: 2.40.0
        pin: {path: /etc/apt/preferences.d/docker-engine.pref, text: ''}
    deployed:
      description: Whether a release of the stack is deployed.
      type: bool
      sample: false
    part:
      description: What the stack has said before that it wants of what all stacks of the host share.
      type: dict
    others:
      description:
        - What the other stacks of the host want together, with settings, packages, and memory_reserved, the bytes of
          memory that their services are promised.
      type: dict
      sample: {settings: {docker_version: '28.5'}, packages: [], memory_reserved: 0}
    slice:
      description: Unit file of the stack's systemd slice where it alone is in force; otherwise empty.
      type: str
      sample: ''
    addresses:
      description: Addresses of the host's interfaces; read only where O(domain) is set.
      type: list
      elements: str
      sample: [203.0.113.7, '2001:db8::7']
clock:
  description: The host's clock in seconds since 1970, when the module began and when it ended.
  returned: always
  type: dict
  sample: {began: 1767225600.1, ended: 1767225600.3}
notes:
  description: What is better known and stands in nobody's way, in the form of RV(problems); the task's warnings too.
  returned: always
  type: list
  elements: dict
  sample: []
source:
  description: What is there to build from, as M(photosync.vps.source_info) returns it.
  returned: always
  type: dict
problems:
  description: Everything that stands in the way; empty when nothing does.
  returned: always
  type: list
  elements: dict
  contains:
    setting:
      description: The setting to change.
      type: str
      sample: ports
    service:
      description: The services it concerns, or null.
      type: str
      sample: caddy
    message:
      description: What is wrong.
      type: str
      sample: port 80/tcp is held by process 812 (nginx, nginx.service)
    fix:
      description: What to do about it.
      type: str
      sample: stop it (systemctl disable --now nginx.service), or publish another port
"""

import time

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.photosync.vps.plugins.module_utils.building.sources import SOURCE, measure
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Port
from ansible_collections.photosync.vps.plugins.module_utils.preflight.checks import notes_of, problems_of
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import Image, Request
from ansible_collections.photosync.vps.plugins.module_utils.preflight.reading import facts, read_host

PORT = {
    "service": {"type": "str", "required": True},
    "port": {"type": "int", "required": True},
    "protocol": {"type": "str", "choices": ["tcp", "udp"], "default": "tcp"},
    "address": {"type": "str", "default": ""},
}
IMAGE = {
    "service": {"type": "str", "required": True},
    "image": {"type": "str", "required": True},
    "built": {"type": "str", "default": ""},
}

ARGUMENTS = {
    "stack_name": {"type": "str", "required": True},
    "ports": {"type": "list", "elements": "dict", "default": [], "options": PORT},
    "images": {"type": "list", "elements": "dict", "default": [], "options": IMAGE},
    "media_path": {"type": "path", "default": "/"},
    "media_services": {"type": "list", "elements": "str", "default": []},
    "reservations": {"type": "dict", "default": {}},
    "minimums": {"type": "dict", "default": {}},
    "memory_reserve": {"type": "int", "default": 0},
    "docker_source": {"type": "str", "choices": ["", "upstream", "distribution"], "default": ""},
    "docker_version": {"type": "str", "default": ""},
    "host_settings": {"type": "dict", "default": {}},
    "daemon_options": {"type": "dict"},
    "free_disk": {"type": "int", "default": 0},
    "acme_ca_root": {"type": "path", "default": ""},
    "free_disk_later": {"type": "int", "default": 0},
    "clock_tolerance": {"type": "int", "default": 0},
    "domain": {"type": "str", "default": ""},
    "volumes": {"type": "list", "elements": "str", "default": []},
    "adopting": {"type": "str", "default": ""},
    "restoring": {"type": "bool", "default": False},
    "backup_repositories": {"type": "list", "elements": "str", "default": []},
    "backup_restic_needed": {"type": "bool", "default": False},
    "backup_restic_architectures": {"type": "list", "elements": "str", "default": []},
    "source": SOURCE,
}


def main() -> None:
    """Read the host, check the request against it, report both. The controller's part is in the action plugin."""
    began = time.time()
    module = AnsibleModule(argument_spec=ARGUMENTS, supports_check_mode=True)
    wanted = dict(module.params)
    del wanted["clock_tolerance"]
    source = wanted.pop("source")
    wanted["host_settings"] = {name: str(value) for name, value in wanted["host_settings"].items()}
    for key in ("reservations", "minimums"):
        wanted[key] = {name: int(size) for name, size in wanted[key].items()}
    request = Request(
        stack=wanted.pop("stack_name"),
        ports=tuple(Port(**port) for port in wanted.pop("ports")),
        images=tuple(Image(**image) for image in wanted.pop("images")),
        **wanted,
    )
    host = read_host(request)
    module.exit_json(
        changed=False,
        host=facts(host),
        source=measure(source),
        problems=problems_of(request, host),
        notes=notes_of(request, host),
        clock={"began": began, "ended": time.time()},
    )


if __name__ == "__main__":
    main()
