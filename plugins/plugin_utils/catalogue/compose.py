# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The catalogue as Compose files: a base, and one more for the mode."""

from __future__ import annotations

import posixpath
from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.builds import build_section
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import env_files, env_path
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.fingerprints import fingerprint
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.mounts import (
    named_volumes,
    parse_mount,
    published,
)

Catalogue = dict[str, Any]
Entry = dict[str, Any]

# On every container: the digest of the configuration that it was made of. Compose's own would need Compose to be asked.
CONFIG_LABEL = "photosync.vps.config"
LOGGING = {"driver": "json-file", "options": {"max-size": "10m", "max-file": "3"}}
# Fields that are Compose's own and are handed on as they are, where they are set.
_COMMON = (
    "command",
    "entrypoint",
    "user",
    "shm_size",
    "stop_grace_period",
    "read_only",
    "init",
    "tmpfs",
    "cap_add",
    "cap_drop",
    "security_opt",
    "devices",
    "group_add",
    "extra_hosts",
    "labels",
)
_START_INTERVAL_SINCE = 25


def compose_base(catalogue: Catalogue, engine_version: str = "", plan: dict[str, Any] | None = None) -> dict[str, Any]:
    """What both modes have in common.

    :param engine_version: the host's engine; health checks use start_interval from version 25 on. An engine that is yet
        to be installed is newer.
    :param plan: what :func:`limits_plan` returned; it counts in the digest that each container carries.
    """
    stack = catalogue["stack"]
    volumes = [volume for entry in catalogue["services"] for volume in named_volumes(entry)]
    digests = fingerprints(catalogue, engine_version, plan)
    services = _services(catalogue, engine_version)
    for name, service in services.items():
        service["labels"] = {**service.get("labels", {}), CONFIG_LABEL: digests[name]["digest"]}
    document = {"name": stack["name"], "services": services}
    if volumes:
        document["volumes"] = {volume: {"name": docker_volume(stack, volume)} for volume in dict.fromkeys(volumes)}
    return _literal(document)


def fingerprints(
    catalogue: Catalogue, engine_version: str = "", plan: dict[str, Any] | None = None
) -> dict[str, dict[str, Any]]:
    """Digests of what each service's container is made of, by service; parameters as for :func:`compose_base`."""
    production = catalogue["stack"]["mode"] == "production"
    mode = compose_production(catalogue, plan or {}) if production else compose_development(catalogue)
    environment = env_files(catalogue)
    return {
        name: fingerprint(
            {**service, **_kept_names(catalogue["stack"], service)},
            mode["services"].get(name, {}),
            environment.get(name, {}),
        )
        for name, service in _services(catalogue, engine_version).items()
    }


def _kept_names(stack: dict[str, Any], service: Entry) -> Entry:
    """Volumes of a service that keep another name in the engine: Compose takes no notice when that changes."""
    mounted = {text.partition(":")[0] for text in service.get("volumes", []) if isinstance(text, str)}
    names = {volume: name for volume, name in stack["volumes"].items() if volume in mounted}
    return {"volume names": names} if names else {}


def _services(catalogue: Catalogue, engine_version: str) -> dict[str, Entry]:
    with_environment = env_files(catalogue)
    quick_start = not engine_version or _major(engine_version) >= _START_INTERVAL_SINCE
    return {
        entry["name"]: _service(entry, catalogue["stack"], entry["name"] in with_environment, quick_start)
        for entry in catalogue["services"]
    }


def compose_development(catalogue: Catalogue) -> dict[str, Any]:
    """What development adds: ports on the host's own address, other commands, and what a change of the sources does."""
    services = {}
    for entry in catalogue["services"]:
        ports = [port.short() for port in published(entry, "development")]
        command = {"command": entry["dev"]["command"]} if entry["dev"]["command"] is not None else {}
        watch = [_watch(rule, entry, catalogue["stack"]) for rule in entry["dev"]["watch"]]
        if ports or command or watch:
            services[entry["name"]] = {
                **({"ports": ports} if ports else {}),
                **command,
                **({"develop": {"watch": watch}} if watch else {}),
            }
    return _literal({"services": services})


def compose_production(catalogue: Catalogue, plan: dict[str, Any]) -> dict[str, Any]:
    """What production adds: limits, and the ports of the entry point.

    :param plan: what :func:`limits_plan` returned.
    """
    services = {}
    for entry in catalogue["services"]:
        ports = [port.short() for port in published(entry, "production")]
        planned = plan.get(entry["name"])
        services[entry["name"]] = {
            **({"ports": ports} if ports else {}),
            **({"deploy": {"resources": _resources(planned)}} if planned else {}),
        }
    return _literal({"services": services})


def docker_volume(stack: dict[str, Any], volume: str) -> str:
    """The engine's name of a volume, which no change of Compose's habits alters; the inventory may say another."""
    return stack["volumes"].get(volume) or f"{stack['name']}_{volume}"


def _service(entry: Entry, stack: dict[str, Any], with_environment: bool, quick_start: bool) -> dict[str, Any]:
    service: dict[str, Any] = {"image": entry["image"]}
    if entry["build"]:
        # Never asked for at a registry; built when it is missing.
        service |= {"build": build_section(entry, stack), "pull_policy": "never"}
    if with_environment:
        service["env_file"] = [f"./{env_path(entry['name'])}"]
    # An empty list or string is a value of these two, and nothing of the others.
    service |= {key: entry[key] for key in _COMMON if entry[key] or (key in _COMMON[:2] and entry[key] is not None)}
    if entry["volumes"]:
        service["volumes"] = [_volume(text) for text in entry["volumes"]]
    if entry["depends_on"]:
        service["depends_on"] = entry["depends_on"]
    return {
        **service,
        "healthcheck": _healthcheck(entry["healthcheck"], quick_start),
        "restart": entry["restart"],
        "cgroup_parent": stack["slice"],
        "logging": LOGGING,
    }


def _volume(text: str) -> Any:
    """Folders of the host in the long form: the short one would make a missing folder, such as a disk not mounted."""
    mount = parse_mount(text)
    if mount.named:
        return text
    long = {"type": "bind", "source": mount.source, "target": mount.target, "bind": {"create_host_path": False}}
    return {**long, "read_only": True} if mount.read_only else long


def _healthcheck(health: dict[str, Any], quick_start: bool) -> dict[str, Any]:
    if health["disable"]:
        return {"disable": True}
    wanted = ("test", "interval", "timeout", "retries", "start_period", *(["start_interval"] if quick_start else []))
    return {key: health[key] for key in wanted}


def _watch(rule: dict[str, Any], entry: Entry, stack: dict[str, Any]) -> dict[str, Any]:
    """One rule of Compose's ``develop.watch``. Its path is taken for one in the release unless it is absolute."""
    folder = posixpath.join(stack["source"]["dest"], entry["build"]["context"])
    path = posixpath.normpath(posixpath.join(folder, rule["path"]))
    return {key: value for key, value in {**rule, "path": path}.items() if value}


def _resources(planned: dict[str, Any]) -> dict[str, Any]:
    resources = {}
    for kind in ("limits", "reservations"):
        wanted = {key: value for key, value in planned[kind].items() if value is not None and key != "memory_bytes"}
        if wanted:
            resources[kind] = {key: f"{value:g}" if key == "cpus" else value for key, value in wanted.items()}
    return resources


def _major(version: str) -> int:
    number = version.partition(".")[0]
    return int(number) if number.isdigit() else 0


def _literal(value: Any) -> Any:
    """The same, with every dollar doubled: Compose interpolates nothing of what an entry says."""
    if isinstance(value, dict):
        return {key: _literal(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_literal(item) for item in value]
    return value.replace("$", "$$") if isinstance(value, str) else value
