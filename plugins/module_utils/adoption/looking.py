# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What would be taken over by what, and what stands in the way; nothing is changed to find out."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Optional

from ansible_collections.photosync.vps.plugins.module_utils.adoption import archives, images, left, plan, unpacking
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import (
    Found,
    from_json,
    gather,
    going_back,
    journal_of,
    service_of,
    under_way,
)
from ansible_collections.photosync.vps.plugins.module_utils.adoption.servers import servers_of
from ansible_collections.photosync.vps.plugins.module_utils.adoption.settings import (
    ENV_FILES,
    Setting,
    parse_env,
    settings_of,
)
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.docker.engine import mountpoint
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import image
from ansible_collections.photosync.vps.plugins.module_utils.host.system import read_text
from ansible_collections.photosync.vps.plugins.module_utils.preflight.existing import Existing, described
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, Volume

IMMICH = "immich-server"


def look(spec: Spec, project: str = "", folder: str = "") -> dict[str, Any]:
    """Return ``{ready, project, report, settings, problems, refused}``.

    Not ready and without problems it is when all is done already.

    :param project: the Compose project to take over, where that is not plain.
    :param folder: old archives to import instead.
    """
    stack, journal = spec.stack, journal_of(spec.stack)
    if under_way(journal):
        return _resumed(from_json(journal.facts["found"]), going_back(journal))
    if os.path.exists(os.path.join("/opt", stack, "current")) and not journal.there:
        said = f"{stack} is deployed on this host already: nothing is taken over any more, and nothing was changed"
        return _answer([said])
    if folder:
        return _archives(spec, folder)
    found = gather(stack, plan.data_volumes(spec), project)
    if len(found) != 1:
        return _answer(problems=[_choose(stack, found, project)])
    return _deployment(spec, found[0])


def _deployment(spec: Spec, found: Found) -> dict[str, Any]:
    servers = servers_of(spec, found)
    problems = [obstacle for server in servers for obstacle in plan.obstacles(server)]
    problems += _folder_problems(spec, found) + _bound(spec, found)
    ways = {server.volume: server for server in servers}
    report = described(found.existing)
    report += ["", "its data:", *(_volume_line(spec, found, volume, ways) for volume in spec.volumes)]
    ending = sorted({service_of(one) for one in found.containers} - {entry.name for entry in spec.services})
    if ending:
        report += ["", f"services that the stack has not, and that end: {', '.join(ending)}"]
    bare = [volume.name for volume in spec.volumes if mountpoint(volume.name)]
    if bare:
        report += ["", f"volumes of no project, which its backup script made or filled, stay: {', '.join(bare)}"]
    jobs = left.jobs(found)
    if jobs:
        report += ["", "cron still calls its scripts, which would stop the stack; remove these lines:", *jobs]
    settings = settings_of(found, _env_files(found.existing.folder), _immich_version(found))
    return _answer(report, problems, settings, found.project, ready=True)


def _resumed(found: Found, back: bool) -> dict[str, Any]:
    """An adoption that broke off goes on with what it found when it began; or is taken back, where that had begun."""
    what = f"Compose project {found.project}" if found.project else "the content of archives"
    how = (
        "and then taken back, which broke off; that is ended first"
        if back
        else "and broke off; it goes on where it was"
    )
    return _answer([f"taking over {what} was begun {how}"], [], [], found.project, True)


def _archives(spec: Spec, folder: str) -> dict[str, Any]:
    if not os.path.isdir(folder):
        return _answer(problems=[f"there is no folder {folder} on this host"])
    found, problems = unpacking.read_all(folder, spec)
    report = [f"archives in {folder}", *(_archive_line(volume, one) for volume, one in sorted(found.items()))]
    absent = [name for name in plan.data_volumes(spec) if name not in found]
    if absent:
        report.append(f"no archive is of {', '.join(absent)}: what was in there was not saved, and begins empty")
    if archives.UPLOADS in absent:
        report.append("photos that were uploaded are missing until you put them into that volume from elsewhere")
    return _answer(report, problems, settings_of(Found(Existing("")), _env_files(folder)), ready=True)


def _archive_line(volume: str, one: Mapping[str, Any]) -> str:
    content: archives.Content = one["content"]
    what = f"PostgreSQL {content.major}" if one["database"] else f"{content.files} files"
    return f"  {archives.called(one['path'])}: {volume}, {what}, {size(content.bytes)}"


def _volume_line(spec: Spec, found: Found, volume: Volume, servers: Mapping[str, plan.Server]) -> str:
    old = found.existing.volumes.get(volume.name)
    if old is None:
        return f"  {volume.name}: there is none, it begins empty"
    said = f"  {volume.name}: {old}, {size(found.existing.bytes.get(old, 0))}"
    server = servers.get(volume.name)
    if server is None:
        return f"{said}, {plan.IN_PLACE}"
    return f"{said}, PostgreSQL {server.old_major} ({server.old_libc or 'C library unknown'}), {_way_line(server)}"


def _way_line(server: plan.Server) -> str:
    why = "; ".join(plan.reasons(server))
    if plan.way(server) == plan.NOT_YET_KNOWN:
        return f"in place if {server.image}, which is not here yet, is the same, else by a dump into a new volume"
    return f"{plan.way(server)}: {why}" if why else plan.way(server)


def _choose(stack: str, found: list[Found], project: str) -> str:
    if found:
        names = ", ".join(one.project for one in found)
        return f"more than one project could be taken over: say which with -e adopt_project=… ({names})"
    if project:
        return f"there is no Compose project {project} on this host"
    return (
        f"nothing on this host looks like a deployment of {stack}: the playbook site deploys it anew; to take over a"
        " Compose project that looks different name it with -e adopt_project=…"
    )


def _folder_problems(spec: Spec, found: Found) -> list[str]:
    root = os.path.join("/opt", spec.stack)
    if found.existing.folder != root:
        return []
    return [f"the old deployment lies in {root}, which is the stack's own folder; choose another stack_name"]


def _bound(spec: Spec, found: Found) -> list[str]:
    """Services that keep in a folder of the host what the stack keeps in a volume."""
    problems = []
    for volume in spec.volumes:
        if volume.backup == "rebuildable" or volume.name in found.existing.volumes:
            continue
        for service in volume.services:
            container = found.of_service(service)
            folders = [mount["Source"] for mount in container["Mounts"] if _is_kept(mount)] if container else []
            if folders:
                problems.append(
                    f"{service} has no volume {volume.name}, but writes to folders of the host"
                    f" ({', '.join(folders)}): move what is in there into a volume first"
                )
    return problems


def _is_kept(mount: Mapping[str, Any]) -> bool:
    return mount["Type"] == "bind" and mount["RW"] and os.path.isdir(mount["Source"])


def _env_files(folder: str) -> dict[str, dict[str, str]]:
    return {name: parse_env(read_text(os.path.join(folder, name))) for name in ENV_FILES} if folder else {}


def _immich_version(found: Found) -> str:
    container: Optional[dict[str, Any]] = found.of_service(IMMICH)
    if container is None:
        return ""
    return images.version_of(container["Config"]["Image"], image(container["Image"]))


def _answer(
    report: Sequence[str] = (),
    problems: Sequence[str] = (),
    settings: Sequence[Setting] = (),
    project: str = "",
    ready: bool = False,
) -> dict[str, Any]:
    return {
        "ready": ready,
        "project": project,
        "report": list(report),
        "settings": [asdict(setting) for setting in settings],
        "problems": list(problems),
        "refused": "\n- ".join(["Nothing was changed.", *problems]) if problems else "",
    }
