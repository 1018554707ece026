# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How services are built: names of their images, and the images that their Dockerfiles start from."""

from __future__ import annotations

import hashlib
import posixpath
import shlex
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.recipes import (
    DOCKERFILE,
    TESTS,
    recipe,
    recipe_path,
)

Entry = dict[str, Any]
Stack = dict[str, Any]

CA_FILE = "/usr/local/share/ca-certificates/photosync-build.crt"
# What npm, pip, curl, requests and everything else with OpenSSL read.
CA_VARIABLES = ("NODE_EXTRA_CA_CERTS", "PIP_CERT", "CURL_CA_BUNDLE", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
# Settings that are no part of any image, and may hold a password: they reach a build as its environment or its secrets.
PRIVATE = {
    "http_proxy": "HTTP_PROXY",
    "https_proxy": "HTTPS_PROXY",
    "no_proxy": "NO_PROXY",
    "npm_registry": "NPM_CONFIG_REGISTRY",
    "pip_index_url": "PIP_INDEX_URL",
}


def image_of(entry: Entry, stack: Stack) -> str | None:
    """The image that a service runs: its own, or a name for one that is built and whose source nobody has seen yet."""
    if not entry["build"]:
        return entry["image"]
    return f"{stack['name']}/{entry['name']}:{stack['source']['tag']}"


def build_section(entry: Entry, stack: Stack) -> dict[str, Any]:
    """What Compose has to know to build a service, for people who do so by hand in the current release."""
    kind, plan = entry["build"]["recipe"], build_plan(entry, stack)
    section: dict[str, Any] = {"context": posixpath.join(stack["source"]["dest"], entry["build"]["context"])}
    contexts = dict(plan["contexts"])
    if kind:
        here = f"{stack['root']}/current/{recipe_path(kind)}"
        section["dockerfile"], contexts["recipe"] = f"{here}/{DOCKERFILE}", here
    elif plan["dockerfile"] != DOCKERFILE:
        section["dockerfile"] = plan["dockerfile"]
    for name, value in (("target", plan["target"]), ("args", plan["args"]), ("additional_contexts", contexts)):
        if value:
            section[name] = value
    return section


def build_plan(entry: Entry, stack: Stack) -> dict[str, Any]:
    """What the engine on the host has to know to build a service."""
    build, source = entry["build"], stack["source"]
    kind = build["recipe"]
    folder = posixpath.normpath(posixpath.join(source["dest"], build["context"]))
    tests = TESTS if kind else build["tests"] or ""
    arguments = {**stack["build"]["args"], **build["args"]}
    if kind and build["environment"]:
        arguments["BUILD_ENVIRONMENT"] = _exports(build["environment"])
    elif build["environment"]:
        arguments = {**build["environment"], **arguments}
    return {
        "source": {"folder": folder} if source["path"] else {"git": source["dest"]},
        "content": build["content"],
        "digest": build["digest"],
        "recipe": kind,
        "dockerfile": DOCKERFILE if kind else build["dockerfile"],
        "target": "" if kind else build["target"] or "",
        "tests": tests if stack["build"]["tests"] else "",
        "args": {name: str(value) for name, value in arguments.items()},
        "contexts": {name: f"docker-image://{image}" for name, image in _substitutes(entry, stack).items()},
    }


def build_bases(catalogue: dict[str, Any]) -> list[dict[str, Any]]:
    """Images to build before the services: bases with what a Dockerfile does not ask for but its commands need."""
    found = {}
    for entry in catalogue["services"]:
        for name, image in bases_of(entry, catalogue["stack"]).items():
            if _is_derived(entry, catalogue["stack"], name):
                base = _derived(entry, catalogue["stack"], image)
                found[base["image"]] = base
    return list(found.values())


def private_settings(catalogue: dict[str, Any]) -> dict[str, str]:
    """Proxies and package indexes that are set, as the variables that every tool knows them by."""
    if not any(entry["build"] for entry in catalogue["services"]):
        return {}
    given = catalogue["stack"]["build"]
    return {variable: given[name] for name, variable in PRIVATE.items() if given[name]}


def bases_of(entry: Entry, stack: Stack) -> dict[str, str]:
    """Which image stands for which name in FROM. An entry that maps a name to itself leaves the choice to the stack."""
    if not entry["build"]:
        return {}
    own, kind = entry["build"]["base_images"], entry["build"]["recipe"]
    found = {**own, **stack["build"]["base_images"], **{name: image for name, image in own.items() if name != image}}
    return {name: image for name, image in found.items() if not kind or name in recipe(kind)[DOCKERFILE]}


def _substitutes(entry: Entry, stack: Stack) -> dict[str, str]:
    found = {}
    for name, image in bases_of(entry, stack).items():
        if _is_derived(entry, stack, name):
            found[name] = _derived(entry, stack, image)["image"]
        elif image != name:
            found[name] = image
    return found


def _is_derived(entry: Entry, stack: Stack, name: str) -> bool:
    """The collection's own Dockerfiles ask for what they need: their bases are taken as they are."""
    build = entry["build"]
    needs = stack["build"]["ca_bundle"] or (build["environment"] and name in build["base_images"])
    return bool(needs and not build["recipe"])


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


def _exports(variables: dict[str, Any]) -> str:
    """Variables for a shell to set."""
    return "; ".join(f"export {name}={shlex.quote(str(value))}" for name, value in variables.items())
