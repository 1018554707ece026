# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every reason why a host cannot give what a stack asks of it, and what its owner should know besides."""

from __future__ import annotations

from collections.abc import Iterator

from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Listener, Port, overlaps
from ansible_collections.photosync.vps.plugins.module_utils.host.system import SUPPORTED, UNTRIED
from ansible_collections.photosync.vps.plugins.module_utils.preflight.backups import (
    check_backup_place,
    check_backup_tool,
)
from ansible_collections.photosync.vps.plugins.module_utils.preflight.engine_checks import (
    ENGINE_PACKAGES,
    check_engine_options,
    check_engine_source,
    check_engine_version,
)
from ansible_collections.photosync.vps.plugins.module_utils.preflight.existing import described
from ansible_collections.photosync.vps.plugins.module_utils.preflight.memory import check_memory, note_slices
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import (
    Host,
    Image,
    Problem,
    Refusal,
    Request,
    problem,
    readable,
)
from ansible_collections.photosync.vps.plugins.module_utils.preflight.sharing import (
    check_shared_settings,
    claimed,
    note_gone,
)


def problems_of(request: Request, host: Host) -> list[Problem]:
    """Return everything that stands in the way, in the order in which somebody would fix it."""
    return [found for check in CHECKS for found in check(request, host)]


def notes_of(request: Request, host: Host) -> list[Problem]:
    """Return what stands in nobody's way, and is better known."""
    return [found for note in NOTES for found in note(request, host)]


def check_root(request: Request, host: Host) -> Iterator[Problem]:
    """Without root rights nothing can be installed, nor most of the other readings be trusted."""
    if host.uid != 0:
        yield problem(
            "ansible_become",
            f"the tasks run as user number {host.uid}, not as root",
            "set ansible_become: true, or log in as root",
        )


def check_distribution(request: Request, host: Host) -> Iterator[Problem]:
    """Only what was tried is supported."""
    found = (host.distribution.get("id", ""), host.distribution.get("version", ""))
    if found not in SUPPORTED:
        name = host.distribution.get("name") or "an unknown system"
        yield problem(
            "inventory",
            f"the host runs {name}",
            "use Debian 12 or 13; Ubuntu 22.04 and 24.04 are let in, untested",
        )


def check_systemd(request: Request, host: Host) -> Iterator[Problem]:
    """The engine's service and the stack's slice are systemd's."""
    if not host.systemd:
        yield problem(
            "inventory", "systemd is not process 1 on the host", "use a virtual or real machine that boots with systemd"
        )


def check_command(request: Request, host: Host) -> Iterator[Problem]:
    """The host command is called like the stack, and must not take another command's place."""
    if host.shadowed:
        yield problem(
            "stack_name",
            f"the host command {request.stack} would shadow {host.shadowed}, which is not this collection's",
            "choose another stack_name" + (", or remove that file" if host.shadowed.startswith("/usr/local/") else ""),
        )


def check_media(request: Request, host: Host) -> Iterator[Problem]:
    """Docker would make a missing folder by itself: an empty library where the disk was not mounted."""
    if not request.media_services or host.media == "directory":
        return
    found = {"missing": "{0} does not exist on the host", "other": "{0} is not a directory"}[host.media]
    yield problem(
        "stack_media_path",
        found.format(request.media_path),
        "mount the media folder there, or set stack_media_path to where it is",
        ", ".join(request.media_services),
    )


def check_authority(request: Request, host: Host) -> Iterator[Problem]:
    """Without its authority's root the entry point would not even start."""
    if host.authority_fault:
        yield problem(
            "stack_acme_ca_root",
            f"{request.acme_ca_root} on the host {host.authority_fault}",
            "lay a file with the authority's certificates (PEM) there",
        )


def check_existing(request: Request, host: Host) -> Iterator[Problem]:
    """What another deployment keeps here is taken over knowingly, or not at all."""
    adopt = "run ansible-playbook -i <inventory> photosync.vps.adopt, which says first what it would do"
    if host.unfinished and not request.adopting:
        message = "taking over another deployment was begun on this host, and not finished"
        yield problem("stack_name", message, adopt)
        return
    for one in host.existing:
        if one.project != request.adopting:
            message = "this host holds a deployment that this collection did not make:\n{0}".format(
                "\n".join(described(one))
            )
            way_out = "choose another stack_name" if one.project == request.stack else "remove all that is listed"
            yield problem("stack_name", message, f"to take it over, {adopt}; otherwise {way_out}")


def check_restore(request: Request, host: Host) -> Iterator[Problem]:
    """Services that start on half of a restore would work with data that nobody ever had."""
    if host.half_restored and not request.restoring:
        headline, said = host.half_restored[0], host.half_restored[1:]
        # Each command stands alone on its line, to be copied.
        ways = [line for line in said if not line.startswith(" ")]
        found = [line for line in said if line.startswith(" ")]
        message = "\n".join([f"on this host, {headline}"] + found)
        fix = "\n".join(["on the host, one of these:"] + ways) if ways else "wait until it has ended"
        yield problem("stack_name", message, fix)


def check_ports(request: Request, host: Host) -> Iterator[Problem]:
    """A port that somebody else holds would stop the entry point half way through a deployment."""
    known = {request.stack, request.adopting, *(one.project for one in host.existing)} - {""}
    for port in request.ports:
        claim = claimed(request, host, port)
        if claim:
            yield claim
            continue
        held = [one for one in host.engine.published if overlaps(port, one)]
        ours = [one for one in held if one.project in known]
        held = held or [one for one in host.listeners if overlaps(port, one)]
        if held and not ours:
            yield _port_problem(port, held[0])


def check_images(request: Request, host: Host) -> Iterator[Problem]:
    """What cannot be pulled is known before anything stops; a registry that is away is told once, with all it holds."""
    users: dict[str, list[Image]] = {}
    for one in request.images:
        if one.image in host.refusals:
            users.setdefault(_refused(one, host.refusals[one.image]), []).append(one)
    for group in users.values():
        yield _image_problem(group, host.refusals[group[0].image])


def check_disk(request: Request, host: Host) -> Iterator[Problem]:
    """Images need room. How much is known of no later deployment: that one only must not fail half way for nothing."""
    needed, which = (
        (request.free_disk_later, "preflight_free_disk_later")
        if host.deployed
        else (request.free_disk, "preflight_free_disk")
    )
    if host.disk_free < needed:
        yield problem(
            which,
            "{0} are free for {1}, {2} deployment needs {3}".format(
                readable(host.disk_free), host.disk_path, "a" if host.deployed else "a first", readable(needed)
            ),
            "make room{0} or enlarge the disk, or lower {1} if what is to come is known to be small".format(
                " (docker image prune --all)" if host.deployed else "", which
            ),
        )


def note_untried(request: Request, host: Host) -> Iterator[Problem]:
    """Whoever is the first to run it should know."""
    if host.distribution.get("id") in UNTRIED:
        yield problem(
            "inventory",
            "the host runs {0}, on which nobody has tried this yet".format(host.distribution.get("name")),
            "use Debian 13, or tell the project how it went",
        )


def note_engine_kept(request: Request, host: Host) -> Iterator[Problem]:
    """An engine of another source than the inventory names goes on, and is updated from where it came."""
    engine = host.engine
    if request.docker_source and engine.source in ENGINE_PACKAGES and engine.source != request.docker_source:
        yield problem(
            "docker_source",
            f"it is {request.docker_source}, but Docker {engine.version} of source {engine.source} is installed,"
            " and is kept",
            f"set docker_source: {engine.source}",
        )


CHECKS = (
    check_root,
    check_distribution,
    check_systemd,
    check_engine_source,
    check_engine_version,
    check_engine_options,
    check_shared_settings,
    check_command,
    check_media,
    check_authority,
    check_existing,
    check_restore,
    check_ports,
    check_memory,
    check_images,
    check_disk,
    check_backup_place,
    check_backup_tool,
)
NOTES = (note_untried, note_engine_kept, note_slices, note_gone)


def _refused(image: Image, refusal: Refusal) -> str:
    """Return what is told in one problem: a registry that is away, or one image."""
    return f"{refusal.registry} {refusal.reason}" if refusal.whole else image.image


def _image_problem(group: list[Image], refusal: Refusal) -> Problem:
    images, services = ([*dict.fromkeys(names)] for names in zip(*((one.image, one.service) for one in group)))
    return problem(
        "build.base_images" if all(one.built for one in group) else "image",
        "{0} cannot be pulled: {1} {2}".format(", ".join(images), refusal.registry, refusal.reason),
        refusal.fix,
        ", ".join(services),
    )


def _port_problem(port: Port, held: Listener) -> Problem:
    if held.container:
        holder = "container {0}{1}".format(
            held.container, " of Compose project " + held.project if held.project else ""
        )
        fix = f"stop it (docker stop {held.container}), or publish another port"
    elif held.pid is not None:
        holder = "process {0} ({1}{2})".format(held.pid, held.command, ", " + held.unit if held.unit else "")
        how = f"systemctl disable --now {held.unit}" if held.unit else f"kill {held.pid}"
        fix = f"stop it ({how}), or publish another port"
    else:
        holder, fix = "a process that could not be named", "find it with ss -lntup and stop it, or publish another port"
    return problem("ports", f"port {port.port}/{port.protocol} is held by {holder}", fix, port.service)
