# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a service is made from: exactly one thing, and in production always the same one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem

_REFERENCE = re.compile(
    r"(?P<name>[a-zA-Z0-9.-]+(?::\d+(?=/))?(?:/[a-z0-9._-]+)*)(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_ADDRESS = re.compile(r"https?://(?:[^\s'\"\\/@]+@)?[^\s'\"\\/@]+(?:/[^\s'\"\\]*)?")
# A version has a digit. These have none, or a name that moves all the same.
_BRANCHES = frozenset({"HEAD", "main", "master", "trunk", "develop", "development", "latest", "release", "stable"})


def check_images(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Either an image or a build; a floating tag would be another image at the next pull."""
    production = catalogue["stack"]["mode"] == "production"
    for entry in catalogue["services"]:
        name, image = entry["name"], entry["image"]
        if bool(image) == bool(entry["build"]):
            message = "has both an image and a build" if image else "has neither an image nor a build"
            yield problem("image", message, "give exactly one of image and build", name)
        elif image:
            yield from _image(image, name, production)


def check_source(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """Where the sources are; their version has to stay what it is."""
    stack = catalogue["stack"]
    source = stack["source"]
    if source["path"] and not source["path"].startswith("/"):
        yield problem("stack_source_path", f"{source['path']!r} is not an absolute path", "give the folder on the host")
    if source["needed"] and not source["version"]:
        yield problem("stack_source_version", "is missing", "set a commit or a tag")
    elif source["needed"] and stack["mode"] == "production" and source["version"] in _BRANCHES:
        message = f"{source['version']} moves; nobody could say later what ran"
        yield problem("stack_source_version", message, "set a commit or a tag")


def check_builds(catalogue: dict[str, Any], _known: frozenset[str]) -> Iterator[Problem]:
    """How services are built. No message holds an address: it may hold a password."""
    build = catalogue["stack"]["build"]
    if build["ca_bundle"] and not build["ca_bundle"].startswith("/"):
        yield problem("stack_build.ca_bundle", "is not an absolute path", "give the path of the file on the host")
    for name in ("http_proxy", "https_proxy", "npm_registry", "pip_index_url"):
        if build[name] and not _ADDRESS.fullmatch(build[name]):
            fix = "write it as http[s]://[user:password@]host[/path], special characters of a password as %XX"
            yield problem(f"stack_build.{name}", "is not an address", fix)
    if re.search(r"['\"\\\s]", build["no_proxy"]):
        yield problem("stack_build.no_proxy", "has spaces or quotes", "separate hosts by commas only")
    for entry in catalogue["services"]:
        section = entry["build"]
        if section and (section["context"].startswith("/") or ".." in section["context"].split("/")):
            yield problem("build.context", "leads out of the sources", "give a folder in them", entry["name"])


def _image(image: str, name: str, production: bool) -> Iterator[Problem]:
    found = _REFERENCE.fullmatch(image)
    if not found:
        yield problem(
            "image", f"{image!r} is not the name of an image", "write it as [registry/]name:version[@digest]", name
        )
    elif production and not found["digest"] and (not found["tag"] or not re.search(r"\d", found["tag"])):
        floats = f"tag {found['tag']} floats" if found["tag"] else "no tag means latest, which floats"
        yield problem("image", f"{image}: {floats}", "name a version, or add the digest (@sha256:…)", name)
