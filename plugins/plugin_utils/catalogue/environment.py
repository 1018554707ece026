# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Environment variables, and the files that carry them past Compose's interpolation unharmed."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.builds import private_settings

# Headers that health checks send, where the site asks for a password.
PROBE_HEADERS = "probe.headers"
# Proxies and package indexes, which may hold a password; module_utils/building/private.py reads it.
BUILD_ENV = "build.env"
_DOUBLE_QUOTED = {"\\": "\\\\", '"': '\\"', "$": "\\$", "\n": "\\n", "\r": "\\r"}


def env_files(catalogue: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Environment of every service that has one, as text."""
    development = catalogue["stack"]["mode"] == "development"
    found = {}
    for entry in catalogue["services"]:
        variables = {**entry["environment"], **(entry["dev"]["environment"] if development else {})}
        if variables:
            found[entry["name"]] = {name: as_text(value) for name, value in variables.items()}
    return found


def env_path(service: str) -> str:
    """Path of a service's environment file in its release."""
    return f"env/{service}.env"


def release_env_files(catalogue: dict[str, Any]) -> list[dict[str, str]]:
    """The files of a release that hold secrets, for the module release.

    Those are the environments of services and of builds, and the probe's credentials.
    """
    found = {env_path(service): variables for service, variables in env_files(catalogue).items()}
    private = private_settings(catalogue)
    if private:
        found[BUILD_ENV] = private
    files = [{"path": path, "secret_content": env_text(variables)} for path, variables in found.items()]
    probe = catalogue["basic_auth"]["probe"]
    return files + ([{"path": PROBE_HEADERS, "secret_content": f"Authorization: {probe}\n"}] if probe else [])


def env_text(variables: dict[str, str]) -> str:
    """Variables as a file that Compose reads back exactly, whatever is in their values."""
    return "".join(f"{name}={_quoted(value)}\n" for name, value in variables.items())


def as_text(value: Any) -> str:
    """A value as a process sees it: booleans as YAML writes them, nothing as nothing."""
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _quoted(value: str) -> str:
    """Single quotes keep everything but what follows; double quotes can say everything, but need escapes for it."""
    if not any(character in value for character in "'\\\r"):
        return f"'{value}'"
    return '"' + "".join(_DOUBLE_QUOTED.get(character, character) for character in value) + '"'
