# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Make a restore point while the stack goes on serving: databases, then files, then the manifest that makes it one.

Only services whose volumes are saved cold stand still, each while its own are read.
"""

from __future__ import annotations

import datetime
import json
import os
import secrets
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, Optional

from ansible_collections.photosync.vps.plugins.module_utils.backup import (
    anomaly,
    baseline,
    config_files,
    databases,
    disk_space,
    leftout,
    manifest,
    ownership,
    quiesce,
    volumes,
)
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.listing import FILES, WARM, repository
from ansible_collections.photosync.vps.plugins.module_utils.backup.lock import exclusive
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.common.meter import Meter
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.notify import results
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic, ensure_installed
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import UNREADABLE_SOURCE, ResticError
from ansible_collections.photosync.vps.plugins.module_utils.stack import host_command
from ansible_collections.photosync.vps.plugins.module_utils.stack import paths as stack_paths
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# What a point is made of, in this order; each is told as "saving <name>" when it begins.
ORDER = ("databases", "files", "cold", "manifest")
# A living folder loses files between being listed and being read; the next pass reads little and sees it as it is then.
PASSES = 3


class Made(NamedTuple):
    """A new point: its manifest, and all of the stack's snapshots in the repository as they were just then."""

    manifest: dict[str, Any]
    snapshots: list[dict[str, Any]]


def create(
    spec: Spec,
    settings: Settings,
    reason: Optional[str] = None,
    progress: Progress = silent,
    safety_for: str = "",
) -> Made:
    """Make one point. A failure leaves nothing that would be offered as one.

    :param safety_for: ID of the point that will be restored next; this one is then never taken for the latest.
    """
    with exclusive(spec.state_dir, "backup"):
        # Before anything is started again: nothing may run on half of a restore.
        ownership.refuse_half(spec)
        disk_space.refuse_inside(spec, settings)
        restic = repository(settings, spec.stack, owns_lock=True)
        for service in quiesce.start_again(spec):
            progress(f"{service}: started again, which a backup that broke off had stopped")
        versions = {"restic": ensure_installed()}
        with ThreadPoolExecutor() as beside:
            tools = {"docker": beside.submit(engine.version), "compose": beside.submit(engine.compose_version)}
            servers = beside.submit(databases.ask, spec)
            files = beside.submit(disk_space.saved_bytes, spec)
            known = ownership.open_repository(restic, spec, settings, progress=progress)
            versions.update({name: answer.result() for name, answer in tools.items()})
            asked = servers.result()
            sizes = files.result()
        disk_space.refuse_full(settings.repository, _needed(spec, sum(sizes.values()), asked, known))
        making = _Making(restic, spec, settings, asked, sizes, progress, safety_for)
        refuse_backwards(known, making.begun)
        return making.make(reason, versions, known)


def _needed(spec: Spec, file_bytes: int, asked: list[databases.Asked], known: list[dict[str, Any]]) -> int:
    """Bytes that the repository needs for the next point."""
    database_bytes = sum(database.bytes for one in asked for database in one.holding.saved)
    last = results.read(spec.state_dir)["operations"].get(results.BACKUP, {})
    first = not any(point["complete"] for point in known)
    return disk_space.needed(file_bytes, database_bytes, first, last.get("file_bytes"))


def refuse_backwards(known: list[dict[str, Any]], now: datetime.datetime) -> None:
    """Raise PointError where the clock is behind the newest point: the one made now would not be the latest."""
    times = [datetime.datetime.fromisoformat(point["time"]) for point in known if point["complete"]]
    newest = max(times, default=now)
    if newest > now:
        raise PointError(
            f"it is {now.isoformat(sep=' ', timespec='seconds')} by this host's clock, and the newest restore point is"
            f" of {newest.isoformat(sep=' ')}: one made now would not be the latest. Set the clock right"
            " (timedatectl), or, if that point is the one that is wrong, remove its snapshots with restic forget"
        )


class _Making:
    """One point while it is being made."""

    def __init__(
        self,
        restic: Restic,
        spec: Spec,
        settings: Settings,
        asked: list[databases.Asked],
        sizes: dict[str, int],
        progress: Progress,
        safety_for: str,
    ):
        self.restic = restic
        self.spec = spec
        self.settings = settings
        self.asked = asked
        self.sizes = sizes
        self.progress = progress
        self.safety_for = safety_for
        self.begun = datetime.datetime.now().astimezone()
        self.id = manifest.new_id(self.begun, secrets.token_hex(2))
        self.durations: dict[str, float] = {}
        self.snapshots: list[dict[str, Any]] = []
        self.files_before = ""

    def make(self, reason: Optional[str], versions: dict[str, str], known: list[dict[str, Any]]) -> Made:
        made: dict[str, Any] = {
            "schema": manifest.SCHEMA,
            "id": self.id,
            "time": self.begun.isoformat(timespec="seconds"),
            "host": self.settings.host,
            "stack": self.spec.stack,
            "mode": self.spec.mode,
            "collection_version": self.spec.collection_version,
            "release": os.path.basename(os.path.realpath(self._current())),
            "reason": reason,
            "tools": versions,
        }
        self.files_before = next((point["files_snapshot"] for point in reversed(known) if point["files_snapshot"]), "")
        with ThreadPoolExecutor() as beside:
            before = beside.submit(self._before, known)
            images = beside.submit(engine.images, self.spec.stack)
            made.update(self._timed("databases", self._databases))
            made.update(self._timed("files", self._files))
            made["volumes"] += self._timed("cold", self._cold)
        made.update(images=images.result(), durations=self.durations)
        self.progress("saving manifest")
        made.update(self._compared(before.result(), made))
        self._note_trees(made)
        lacking = manifest.problems(made) + manifest.uncovered(made, self.spec)
        if lacking:
            raise PointError(f"the point would be incomplete and was not made: {'; '.join(lacking)}")
        text = json.dumps(made, indent=2, sort_keys=True)
        tags = self._tags("manifest") + manifest.tree_tags(made) + manifest.safety_tags(self.safety_for)
        tags += anomaly.tags(made["suspect"]) + leftout.tags(made["left_out"])
        # Before there is a point: a host that is killed in between would be refused its own repository.
        ownership.remember(self.spec, self.settings)
        saved = self.restic.backup_text(text, manifest.FILENAME, tags, self.settings.host)
        self.progress(f"restore point {self.id} is complete")
        if made["left_out"]:
            self.progress(leftout.sentence(leftout.said(made["left_out"])))
        for found in made["suspect"]:
            self.progress(f"restore point {self.id} is SUSPECT: {found}")
        own = {"id": saved["snapshot_id"], "tags": tags, "hostname": self.settings.host}
        return Made(made, [*self.snapshots, own])

    def _before(self, known: list[dict[str, Any]]) -> Optional[dict[str, Any]]:
        """The manifest that this point is compared with. Not to be able to is no reason to make no point."""
        try:
            return baseline.manifest_before(self.restic, known, self.spec)
        except (ResticError, PointError) as error:
            self.progress(f"not compared with the point before, whose manifest cannot be read: {error}")
            return None

    def _compared(self, before: Optional[dict[str, Any]], made: dict[str, Any]) -> dict[str, Any]:
        found = anomaly.reasons(before, made, self.settings.suspect) if before else []
        return {"compared_with": before["id"] if before else None, "suspect": found}

    def _current(self) -> str:
        return os.path.join(self.spec.root, "current")

    def _tags(self, part: str) -> list[str]:
        return manifest.tags(self.spec.stack, self.id, part)

    def _timed(self, name: str, work: Callable[[], Any]) -> Any:
        self.progress(f"saving {name}")
        start = time.monotonic()
        result = work()
        self.durations[name] = round(time.monotonic() - start, 2)
        return result

    def _databases(self) -> dict[str, Any]:
        saving = databases.Dumping(self.restic, self.settings.host, self._tags("database"), self.progress)
        dumped = saving.save(self.asked)
        left_out = leftout.of_stack(self.spec, self.settings.extra_paths) + dumped.left_out
        return {"databases": dumped.saved, "left_out": left_out}

    def _files(self) -> dict[str, Any]:
        wanted = [volume for volume in self.spec.volumes if volume.backup == "files"]
        with ThreadPoolExecutor() as pool:
            parts = list(pool.map(volumes.describe, wanted))
        paths = self._configuration()
        try:
            # After the dumps: a role made since does no harm, one that is missing leaves tables without owners.
            kept = databases.write_roles(self.spec.state_dir, self.asked)
            files = [entry[key] for entry in kept for key in ("file", "sql", "after")]
            saved = [part["path"] for part in parts] + paths + self._carried() + files
            snapshot = self._save(saved, self._meter(parts))["snapshot_id"]
        finally:
            databases.clear_roles(self.spec.state_dir)
        with ThreadPoolExecutor(1) as beside:
            listing = beside.submit(self._listed)
            volumes.count(self.restic, parts, snapshot, self.progress)
            self.snapshots = listing.result()
        return {"volumes": parts, "configuration": {"paths": paths, "snapshot": snapshot}, "roles": kept}

    def _cold(self) -> list[dict[str, Any]]:
        parts = [part for group in quiesce.groups(self.spec.volumes) for part in self._standing_still(group)]
        if parts:
            self.snapshots = self._listed()
        return parts

    def _standing_still(self, group: quiesce.Group) -> list[dict[str, Any]]:
        parts = [volumes.describe(volume) for volume in group.volumes]
        paths = [part["path"] for part in parts]
        if engine.running_services(self.spec.stack) & group.services:
            self._ahead(paths, self._meter(parts))
        with quiesce.standing_still(self.spec, group.services, self.progress) as stopped:
            begun = time.monotonic()
            meter = self._meter(parts)
            saved = self.restic.backup(paths, self._tags("cold"), self.settings.host, on_bytes=meter.at)
            copying = round(time.monotonic() - begun, 2)
        volumes.count(self.restic, parts, saved["snapshot_id"], self.progress)
        for part in parts:
            part["cold"] = {"stopped": stopped, "seconds": copying}
        return parts

    def _ahead(self, paths: list[str], meter: Meter) -> None:
        """Save what is there while it still changes: what stands still then has little left to be read."""
        try:
            self.restic.backup(paths, self._tags(WARM), self.settings.host, on_bytes=meter.at)
        except ResticError as error:
            if error.rc != UNREADABLE_SOURCE:
                raise

    def _meter(self, parts: list[dict[str, Any]]) -> Meter:
        """What tells how far the saving of these volumes is."""
        names = [part["name"] for part in parts]
        return Meter(self.progress, f"volumes {', '.join(names)}", sum(self.sizes.get(name, 0) for name in names))

    def _save(self, paths: list[str], meter: Meter) -> dict[str, Any]:
        for passes_left in reversed(range(PASSES)):
            try:
                return self.restic.backup(paths, self._tags(FILES), self.settings.host, self.files_before, meter.at)
            except ResticError as error:
                if error.rc != UNREADABLE_SOURCE or not passes_left:
                    raise
        raise AssertionError("not reached")

    def _configuration(self) -> list[str]:
        wanted = [
            os.path.realpath(self._current()),
            os.path.join(self.spec.root, "config"),
            self.spec.etc_dir,
        ]
        return [os.path.normpath(path) for path in wanted + self.settings.extra_paths if os.path.exists(path)]

    def _carried(self) -> list[str]:
        """The collection, the host command and the break-glass sheet: with these, restic alone is enough to begin."""
        stack = self.spec.stack
        wanted = [config_files.collection_file(stack), host_command.path_of(stack)]
        wanted += stack_paths.sheet(self.spec.state_dir).values()
        return [path for path in wanted if os.path.exists(path)]

    def _listed(self) -> list[dict[str, Any]]:
        return self.restic.snapshots([f"stack={self.spec.stack}"])

    def _note_trees(self, made: dict[str, Any]) -> None:
        # A backup's summary names the snapshot but not its content's hash, by which a copy elsewhere is known too.
        trees = {entry["id"]: entry.get("tree") for entry in self.snapshots}
        for part in made["databases"] + made["volumes"] + [made["configuration"]]:
            part["tree"] = trees.get(part["snapshot"])
