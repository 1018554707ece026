# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Take a deployment over: save, weigh, stop, data; once the stack has started and is well, finish.

Until finish, undo brings the old deployment back. A step that is done is not repeated, so whoever runs all of it again
goes on where it broke off.
"""

from __future__ import annotations

import glob
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.adoption import (
    archives,
    back,
    dumps,
    left,
    plan,
    servers,
    unpacking,
)
from ansible_collections.photosync.vps.plugins.module_utils.adoption.found import (
    AdoptionError,
    Found,
    from_json,
    gather,
    going_back,
    journal_of,
    service_of,
    to_json,
    under_way,
)
from ansible_collections.photosync.vps.plugins.module_utils.common.files import sync_file_system
from ansible_collections.photosync.vps.plugins.module_utils.common.process import run
from ansible_collections.photosync.vps.plugins.module_utils.common.table import size
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Server
from ansible_collections.photosync.vps.plugins.module_utils.docker import compose
from ansible_collections.photosync.vps.plugins.module_utils.docker.engine import (
    STOP_SECONDS,
    has_files,
    make_volume,
    mountpoint,
)
from ansible_collections.photosync.vps.plugins.module_utils.docker.inspection import inspect
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, load, path_of
from ansible_collections.photosync.vps.plugins.module_utils.steps import runner, unfinished
from ansible_collections.photosync.vps.plugins.module_utils.steps.deadline import Deadline
from ansible_collections.photosync.vps.plugins.module_utils.steps.runner import STOPPED, Step

SETTING = "adopt_timeout"
HOUR = 3600.0
# Bytes a second.
SLOWEST = 1e6


class Adoption:
    """One adoption, of the stack that ``spec`` describes; what it has found is in its journal.

    :param project: the Compose project to take over.
    :param archives: the folder of old archives to import instead.
    :param images: images to read archives with, by the service of the stack.
    :param timeout: how long one step may take, such as "6h"; empty for what each has by itself.
    """

    def __init__(self, spec: Spec, project: str, archives: str, images: Mapping[str, str], timeout: str = ""):
        self.spec = spec
        self.stack = spec.stack
        self.journal = journal_of(self.stack)
        self._project = project
        self._archives = archives
        self._images = images
        self._deadline = Deadline.within(timeout, SETTING)

    def run(self, name: str) -> tuple[bool, dict[str, Any]]:
        """Do one step; returns whether it has changed something, and what it found or did, which is said once."""
        step = next(step for step in STEPS if step.name == name)
        if going_back(self.journal):
            # Half of the old deployment may run on what the next step would start the stack on.
            self.undo()
            self.journal = journal_of(self.stack)
        # An adoption that has touched nothing yet begins anew.
        if self.journal.result(name) is not None and (under_way(self.journal) or name not in BEGINNINGS):
            return False, {}
        return runner.run(step, self.journal, self, self._deadline)

    @property
    def found(self) -> Found:
        """The old deployment as it was when the adoption began."""
        return from_json(self.journal.facts["found"])

    @property
    def bytes(self) -> int:
        """What is to be moved at most: the volumes of the old deployment, or the archives."""
        held = from_json(self.journal.facts["found"]).existing.bytes if "found" in self.journal.facts else {}
        known = [one["path"] for one in self.journal.facts.get("archives", {}).values()]
        files = known or glob.glob(os.path.join(glob.escape(self._archives or ""), "*"))
        return sum(held.values()) + sum(os.path.getsize(path) for path in files if os.path.isfile(path))

    @property
    def folder(self) -> dumps.Folder:
        """Where dumps lie."""
        return dumps.Folder(self.make_folder("dumps"))

    @property
    def kept(self) -> str:
        """The folder of the safety copy."""
        return os.path.dirname(self.journal.path)

    def make_folder(self, name: str) -> str:
        """Make a folder in that of the safety copy, such that only root looks inside; returns its path."""
        made = os.path.join(self.kept, name)
        for folder in (os.path.dirname(self.kept), self.kept, made):
            os.makedirs(folder, mode=0o700, exist_ok=True)
        os.chmod(self.kept, 0o700)
        return made

    def save(self) -> dict[str, Any]:
        """Copy what nothing else can bring back, and remember the deployment as it is; it goes on serving."""
        unfinished.refuse(self.stack, self.spec.state_dir, "what is taken over would start on half of its data")
        found = next(iter(gather(self.stack, plan.data_volumes(self.spec), self._project)), None)
        if found is None:
            raise AdoptionError(f"there is no Compose project {self._project} on this host any more")
        kept = left.keep_files(found, self.make_folder("settings"))
        for server in servers.servers_of(self.spec, found):
            old = servers.old_server(found, server.volume, server.service, server.old_user)
            with servers.answering(old):
                kept += [f"{part['service']}/{part['database']}" for part in dumps.save(old, self.folder)]
        result = {"kept": kept, "folder": self.kept}
        self.journal.begin(found=to_json(found))
        self.journal.note("save", result)
        return result

    def unpack(self) -> dict[str, Any]:
        """Dump what archives hold of databases, and note which are unpacked as they are."""
        return unpacking.unpack(self.spec, self.journal, lambda: self.folder, self._archives, self._images)

    def weigh(self) -> dict[str, Any]:
        """Have the images that the databases will run on, and decide what can be taken over in place."""
        found = self.found
        weighed = servers.servers_of(self.spec, found, pull=True)
        by_dump = [server for server in weighed if plan.way(server) == plan.BY_DUMP]
        complaints = [complaint for server in weighed for complaint in plan.obstacles(server)]
        complaints += self._room(found, by_dump)
        if complaints:
            raise AdoptionError("; ".join(complaints))
        new = [server.volume for server in by_dump]
        volumes = plan.targets(self.spec, found.existing.volumes, new)
        known = {server.service: {"volume": server.volume, "user": server.old_user} for server in weighed}
        ways = {server.service: {"way": plan.way(server), "why": plan.reasons(server)} for server in weighed}
        self.journal.know(servers=known, new=new, volumes=volumes)
        return {"ways": ways, "volumes": volumes}

    def stop(self) -> dict[str, Any]:
        """Stop the old deployment, services first, and dump once more what goes through a dump."""
        self._check_volumes()
        self.journal.know(touched=True)
        found, parts = self.found, dict(self.journal.facts.get("parts", {}))
        known = self.journal.facts["servers"].items()
        old = {
            service: servers.old_server(found, one["volume"], service, one["user"])
            for service, one in known
            if found.containers
        }
        files = {server.container for server in old.values()}
        _stop([one["Id"] for one in found.containers if one["Id"] not in files])
        # Those that are dumped too: an engine whose options have just changed may reach nobody in what ran before.
        _stop(sorted(files))
        for service, server in old.items():
            if self.journal.facts["servers"][service]["volume"] in self.journal.facts["new"] and service not in parts:
                with servers.answering(server):
                    parts[service] = dumps.save(server, self.folder, counted=True)
                self.journal.know(parts=parts)
        if found.project == self.stack:
            # Compose would take them for its own: see record.py.
            back.remove([one["Id"] for one in found.containers])
        return {"stopped": sorted(service_of(one) for one in found.containers)}

    def data(self) -> dict[str, Any]:
        """Start the new database servers alone, and fill those that go through a dump."""
        spec = load(path_of(self.stack))
        self._make_volumes(spec)
        services = [server.service for server in spec.databases]
        if services:
            compose.Running(spec, ["up", "--detach", "--wait", "--no-deps", *services]).follow()
        filled, undeclared = [], []
        for server in registry.servers(spec):
            parts = self.journal.facts.get("parts", {}).get(server.service)
            if parts is not None:
                dumps.fill(server, parts, self.folder)
                filled += [f"{part['service']}/{part['database']}" for part in parts]
            else:
                self._note_password(server)
            engine = registry.of(server)
            more = set(engine.names(server)) - {*server.names, engine.common}
            undeclared += [f"{server.service}/{name}" for name in sorted(more)]
        return {"filled": filled, "undeclared": undeclared}

    def finish(self) -> dict[str, Any]:
        """Remove what is left of the old containers and networks, say so in the old folder, and close the journal."""
        found = self.found
        back.remove([one["Id"] for one in found.containers])
        back.remove_networks([network["Id"] for network in found.networks])
        spec = load(path_of(self.stack))
        unused = left.unused_volumes(found, spec)
        left.leave_note(self.stack, found, self.kept, unused)
        data = self.journal.result("data") or {}
        self.journal.remove()
        return {"left": unused, "folder": self.kept, "report": left.report(spec, self.kept, data, unused)}

    def undo(self) -> tuple[bool, dict[str, Any]]:
        """Bring the old deployment back, on the data as it is; the stack's own containers and links go."""
        done: dict[str, Any] = {"started": []}
        if self.journal.there:
            self.journal.know(going_back=True)
            done = back.undo(self.stack, self.found, self.journal)
        started = ", ".join(done["started"])
        said = f"The old deployment runs again ({started}). Nothing of it was lost."
        if not started:
            imported = "Nothing of what was imported is left on the host."
            said = "The old deployment was not touched." if self._project else imported
        return bool(started), {**done, "said": said}

    def _room(self, found: Found, by_dump: Sequence[plan.Server]) -> list[str]:
        """A complaint when the disk is too small for what goes through a dump: dump, new files, and as much again."""
        needed = 3 * sum(found.existing.bytes[found.existing.volumes[server.volume]] for server in by_dump)
        free = shutil.disk_usage(self.kept).free
        if needed <= free:
            return []
        return [f"dumping and filling databases needs about {size(needed)} on the disk, {size(free)} are free"]

    def _check_volumes(self) -> None:
        """Refuse a release that would not mount what was decided: its services would start without their data."""
        mounted = {volume.name: volume.docker_name for volume in load(path_of(self.stack)).volumes}
        wrong = [name for name, wanted in self.journal.facts["volumes"].items() if mounted.get(name) != wanted]
        if wrong:
            raise AdoptionError(
                f"the release does not mount the volumes that were decided on ({', '.join(sorted(wrong))}): is the file"
                " of settings that this run wrote part of the inventory?"
            )

    def _make_volumes(self, spec: Spec) -> None:
        """Make the new volumes, remembered before they are made, and unpack what comes from archives."""
        names = {volume.name: volume.docker_name for volume in spec.volumes}
        made = self.journal.facts.get("made", [])
        # Those that Compose will make count too: what is left of them would look like a deployment of somebody else's.
        self.journal.know(made=[*made, *(name for name in names.values() if mountpoint(name) is None)])
        for name in self.journal.facts["new"]:
            place = make_volume(self.stack, name, names[name])
            archive = self.journal.facts.get("archives", {}).get(name)
            if archive:
                archives.unpack(archive["path"], archive["root"], place)
            elif name == archives.UPLOADS and not has_files(place):
                archives.mark(place)
            sync_file_system(place)

    def _note_password(self, server: Server) -> None:
        """Remember what files that were taken over know of their password: the deployment sets the inventory's."""
        known = self.journal.facts["servers"].get(server.service)
        if known:
            old = servers.old_server(self.found, known["volume"], server.service, known["user"]).container
            kept = registry.of(server).kept_password(server)
            self.journal.know(digests={old: kept, **self.journal.facts.get("digests", {})})


def _stop(containers: Sequence[str]) -> None:
    there = [one["Id"] for one in inspect("container", containers) if one["State"]["Running"]]
    if there:
        run(["docker", "stop", "--time", str(STOP_SECONDS), *there])


def _by_bytes(work: Adoption) -> Deadline:
    """Six hours, and a second for each megabyte that there is: so long that only what hangs is ended."""
    return Deadline.of_step(6 * HOUR + work.bytes / SLOWEST, SETTING)


def _hours(number: int) -> Callable[[Adoption], Deadline]:
    return lambda _work: Deadline.of_step(number * HOUR, SETTING)


STEPS = (
    # No limit: it finds out by itself how much there is to dump, and the old deployment serves meanwhile.
    Step("save", Adoption.save, again=True),
    # It pulls images.
    Step("weigh", Adoption.weigh, limit=_hours(3)),
    Step("unpack", Adoption.unpack, again=True, limit=_by_bytes),
    Step("stop", Adoption.stop, serves=STOPPED, limit=_by_bytes),
    Step("data", Adoption.data, limit=_by_bytes),
    # It ends the journal.
    Step("finish", Adoption.finish, again=True, limit=_hours(1)),
)
BEGINNINGS = ("save", "unpack")
UNDO = "undo"
