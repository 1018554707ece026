# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The settings of a stack as a whole, completed by defaults and by what follows from them."""

from __future__ import annotations

import re
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.schema import Schema, Spec, plain

_COMMIT = re.compile(r"[0-9a-f]{40}")
_LOG_LEVELS = {"production": "info", "development": "debug"}


def resolve_settings(given: dict[str, Any], spec: Spec) -> dict[str, Any]:
    """All settings of a stack, under the names that entries and roles use.

    :param given: the variables that the inventory sets, of those that ``spec`` knows.
    """
    schema = Schema(spec, "settings")
    values, problems = _read(schema, plain(given))
    name = values["stack_name"]
    return {
        "name": name,
        "mode": values["stack_mode"],
        "domain": values["stack_domain"],
        "acme_email": values["stack_acme_email"],
        "acme_ca": values["stack_acme_ca"],
        "acme_ca_root": values["stack_acme_ca_root"],
        "tls": values["stack_tls"],
        "media_path": values["stack_media_path"],
        "log_level": values["stack_log_level"] or _LOG_LEVELS[values["stack_mode"]],
        "url": _url(values),
        "root": f"/opt/{name}",
        "config": f"/opt/{name}/config",
        "etc": f"/etc/{name}",
        "state": f"/var/lib/{name}",
        "slice": f"{name}.slice",
        "source": _source(values),
        "build": _build(values),
        "volumes": {name: _text(value) for name, value in _dict(values["stack_volumes"]).items()},
        "photo_sync": values["catalogue_photo_sync"],
        "settings": {**schema.options["stack_settings"]["default"], **_dict(values["stack_settings"])},
        "secrets": {key: _text(value) for key, value in _dict(values["stack_secrets"]).items()},
        "basic_auth": {key: _text(value) for key, value in _dict(values["stack_basic_auth"]).items()},
        "problems": problems,
    }


def _read(schema: Schema, given: dict[str, Any]) -> tuple[dict[str, Any], list[Problem]]:
    """What is wrong is reported, and its default stands in for it, so that everything else can be checked as well."""
    values, problems = schema.read(given)
    wrong = {found["setting"].partition(".")[0] for found in problems}
    if wrong:
        values, _problems = schema.read({name: value for name, value in given.items() if name not in wrong})
    return values, problems


def _url(values: dict[str, Any]) -> str:
    return "http://127.0.0.1" if values["stack_mode"] == "development" else f"https://{values['stack_domain']}"


def _source(values: dict[str, Any]) -> dict[str, Any]:
    """Where the sources of built services are; ``needed`` is decided once the services are known."""
    path, version = values["stack_source_path"], values["stack_source_version"]
    return {
        "repo": values["stack_source_repo"],
        "version": version,
        "path": path,
        "needed": False,
        "dest": path or f"/opt/{values['stack_name']}/source",
        "tag": _tag("local" if path else version, values["stack_mode"]),
    }


def _build(values: dict[str, Any]) -> dict[str, Any]:
    """How services are built; production tests what it ships."""
    build = values["stack_build"]
    tests = build["tests"] if build["tests"] is not None else values["stack_mode"] == "production"
    return {**build, "tests": tests}


def _tag(version: str, mode: str) -> str:
    """The version as the tag of an image: commits shortened, and only characters that a tag may have.

    One source makes different images in the two modes, such as a page with another address in it, so none may pass for
    the other.
    """
    suffix = "-development" if mode == "development" else ""
    tag = version[:12] if _COMMIT.fullmatch(version) else re.sub(r"[^A-Za-z0-9_.-]", "-", version)
    return tag[: 128 - len(suffix)] + suffix


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return "" if value is None else str(value)
