# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How services are built: names of their images, and the images that their Dockerfiles start from."""

from __future__ import annotations

import hashlib
import posixpath
from typing import Any

Entry = dict[str, Any]
Stack = dict[str, Any]

CA_FILE = "/usr/local/share/ca-certificates/photosync-build.crt"
# What npm, pip, curl, requests and everything else with OpenSSL read.
CA_VARIABLES = ("NODE_EXTRA_CA_CERTS", "PIP_CERT", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def image_of(entry: Entry, stack: Stack) -> str | None:
    """The image that a service runs: its own, or the one that is built of the sources' version."""
    if not entry["build"]:
        return entry["image"]
    return f"{stack['name']}/{entry['name']}:{stack['source']['tag']}"


def build_section(entry: Entry, stack: Stack) -> dict[str, Any]:
    """What Compose has to know to build a service."""
    build = entry["build"]
    section: dict[str, Any] = {"context": posixpath.join(stack["source"]["dest"], build["context"])}
    if build["dockerfile"] != "Dockerfile":
        section["dockerfile"] = build["dockerfile"]
    if build["target"]:
        section["target"] = build["target"]
    arguments = {**build["environment"], **stack["build"]["args"], **build["args"]}
    if arguments:
        section["args"] = {name: str(value) for name, value in arguments.items()}
    contexts = {name: f"docker-image://{image}" for name, image in _substitutes(entry, stack).items()}
    if contexts:
        section["additional_contexts"] = contexts
    return section


def build_bases(catalogue: dict[str, Any]) -> list[dict[str, Any]]:
    """Images to build before the services: bases with what a Dockerfile does not ask for but its commands need."""
    found = {}
    for entry in catalogue["services"]:
        for name, image in bases_of(entry, catalogue["stack"]).items():
            if _is_derived(entry, catalogue["stack"], name):
                base = _derived(entry, catalogue["stack"], image)
                found[base["image"]] = base
    return list(found.values())


def bases_of(entry: Entry, stack: Stack) -> dict[str, str]:
    """Which image stands for which name in FROM. An entry that maps a name to itself leaves the choice to the stack."""
    if not entry["build"]:
        return {}
    own = entry["build"]["base_images"]
    return {**own, **stack["build"]["base_images"], **{name: image for name, image in own.items() if name != image}}


def _substitutes(entry: Entry, stack: Stack) -> dict[str, str]:
    found = {}
    for name, image in bases_of(entry, stack).items():
        if _is_derived(entry, stack, name):
            found[name] = _derived(entry, stack, image)["image"]
        elif image != name:
            found[name] = image
    return found


def _is_derived(entry: Entry, stack: Stack, name: str) -> bool:
    build = entry["build"]
    return bool(stack["build"]["ca_bundle"] or (build["environment"] and name in build["base_images"]))


def _derived(entry: Entry, stack: Stack, image: str) -> dict[str, Any]:
    lines = [f"FROM {image}"]
    if stack["build"]["ca_bundle"]:
        lines += [f"COPY ca-bundle.crt {CA_FILE}", *(f"ENV {name}={CA_FILE}" for name in CA_VARIABLES)]
    lines += [f"ENV {name}={_quoted(str(value))}" for name, value in entry["build"]["environment"].items()]
    dockerfile = "\n".join([*lines, ""])
    digest = hashlib.sha256(dockerfile.encode()).hexdigest()[:12]
    return {
        "image": f"{stack['name']}/base:{digest}",
        "dockerfile": dockerfile,
        "ca_bundle": stack["build"]["ca_bundle"],
    }


def _quoted(value: str) -> str:
    """A value in a Dockerfile's ENV, where quotes, backslashes and dollars mean something."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'
