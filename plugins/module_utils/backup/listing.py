# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The points in a repository, from one look at its snapshots."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.backup import anomaly, choice, foreign, leftout
from ansible_collections.photosync.vps.plugins.module_utils.backup import manifest as manifests
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Mistaken, PointError, Settings
from ansible_collections.photosync.vps.plugins.module_utils.backup.foreign import tag_of, tags_of
from ansible_collections.photosync.vps.plugins.module_utils.common.log import Progress, silent
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError

LATEST = choice.LATEST
# A snapshot that belongs to a point and clears the mark that it is suspect.
ACCEPTED = "accepted"
# One of volumes that were then saved cold: no part of the point, it only saved time.
WARM = "warm"
# The part of a point that holds volumes and configuration, as they are while the stack serves.
FILES = "files"


def repository(
    settings: Settings, stack: str, owns_lock: bool = False, read_only: bool = False, name: str = ""
) -> Restic:
    """The repository that is called ``name``, or has this number; the one that ``settings`` name without."""
    chosen = settings.at(name)
    return Restic(
        chosen.repository,
        chosen.password_file,
        chosen.environment,
        cache_dir=f"/var/cache/{stack}/restic",
        owns_lock=owns_lock,
        read_only=read_only or settings.read_only,
    )


def list_points(settings: Settings, stack: str, name: str = "", progress: Progress = silent) -> list[dict[str, Any]]:
    """All points of a stack, oldest first: id, time, host, complete, bytes and more. Writes nothing, locks nothing.

    :param progress: told of snapshots that are no part of a sound point.
    """
    snapshots = repository(settings, stack, read_only=True, name=name).snapshots([f"stack={stack}"])
    foreign.tell(snapshots, progress)
    return points_of(snapshots)


def points_of(snapshots: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Points from restic's list of snapshots; ``odd`` of a point are snapshots of it that nobody understands."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for snapshot in foreign.sound(snapshots):
        groups.setdefault(str(tag_of(snapshot, "point")), []).append(snapshot)
    strange: dict[str, list[str]] = {}
    for snapshot in snapshots:
        if foreign.why_odd(snapshot):
            for point in foreign.tags_of(snapshot, "point"):
                strange.setdefault(point, []).append(foreign.short(snapshot))
    return [_summary(point, groups[point], strange.get(point, [])) for point in sorted(groups)]


def _summary(point: str, snapshots: list[dict[str, Any]], strange: list[str]) -> dict[str, Any]:
    kept = [snapshot for snapshot in snapshots if tag_of(snapshot, "part") == manifests.PART]
    accepted = any(tag_of(snapshot, "part") == ACCEPTED for snapshot in snapshots)
    parts = [snapshot for snapshot in snapshots if tag_of(snapshot, "part") not in (manifests.PART, ACCEPTED, WARM)]
    missing = _missing(kept, parts)
    return {
        "id": point,
        "time": manifests.time_of(point).astimezone().isoformat(timespec="seconds"),
        "host": snapshots[0]["hostname"],
        "complete": not missing,
        "missing": missing,
        "databases": len([snapshot for snapshot in parts if tag_of(snapshot, "part") == "database"]),
        "bytes": sum(_bytes(snapshot) for snapshot in parts),
        "manifest": kept[0]["id"] if kept else None,
        "files_snapshot": next((snapshot["id"] for snapshot in parts if tag_of(snapshot, "part") == FILES), None),
        "before_restore": next((found for snapshot in kept for found in tags_of(snapshot, "before-restore")), None),
        "suspect": [] if accepted else [found for snapshot in kept for found in tags_of(snapshot, anomaly.TAG)],
        "accepted": accepted,
        "left_out": [found for snapshot in kept for found in tags_of(snapshot, leftout.TAG)],
        "snapshots": sorted(snapshot["id"] for snapshot in snapshots),
        "odd": strange,
    }


def _missing(kept: list[dict[str, Any]], parts: list[dict[str, Any]]) -> list[str]:
    """What a point lacks, from its manifests, of which it should have one, and its other parts."""
    if not kept:
        return ["manifest"]
    if foreign.contradict(kept):
        return [f"one manifest: it has {len(kept)} that differ"]
    if not tags_of(kept[0], "tree"):
        return ["list of its parts"]
    trees = {snapshot["tree"][: manifests.TREE_CHARACTERS] for snapshot in parts}
    return [f"snapshot of tree {tree}" for tree in tags_of(kept[0], "tree") if tree not in trees]


def _bytes(snapshot: dict[str, Any]) -> int:
    summary = snapshot.get("summary")
    found = summary.get("total_bytes_processed") if isinstance(summary, dict) else 0
    return found if isinstance(found, int) else 0


def choose(points: list[dict[str, Any]], wanted: str, stack: str) -> dict[str, Any]:
    """The point that ``wanted`` means: "latest", a time, or an ID or its unmistakable beginning."""
    complete = [point for point in points if point["complete"]]
    meant = choice.meant(points, wanted)
    if not meant and not complete:
        raise PointError(f"the repository holds no complete restore point of {stack}")
    if not meant and wanted == LATEST:
        known = ", ".join(point["id"] for point in complete[-10:])
        raise PointError(
            f"every complete restore point is suspect, or was kept before a restore: look at them with `{stack} points`"
            f" and name the one that you want; complete ones: {known}"
        )
    if len(meant) != 1:
        said = "several restore points begin" if meant else "no restore point begins"
        raise Mistaken(f"{said} with {wanted!r}; complete ones: " + ", ".join(point["id"] for point in complete[-10:]))
    if not meant[0]["complete"]:
        raise PointError(f"{meant[0]['id']} is incomplete ({', '.join(meant[0]['missing'])}) and cannot be used")
    return meant[0]


def load_manifest(
    restic: Restic, stack: str, wanted: str = LATEST, progress: Progress = silent
) -> tuple[dict[str, Any], dict[str, str]]:
    """The manifest of a complete point of this stack, and the tree of every snapshot that the repository has of it."""
    listed = restic.snapshots([f"stack={stack}"])
    foreign.tell(listed, progress)
    snapshots = foreign.sound(listed)
    point = choose(points_of(listed), wanted, stack)
    try:
        manifest = manifests.read(restic.dump(point["manifest"], manifests.FILENAME))
    except (ResticError, PointError) as error:
        raise PointError(f"{point['id']} cannot be relied on: its manifest cannot be read: {error}") from error
    if manifest["id"] != point["id"] or manifest["stack"] != stack:
        raise PointError(f"the manifest of {point['id']} is that of {manifest['stack']} {manifest['id']}")
    # Whether somebody has accepted it since is not in the manifest.
    passed_over = choice.passed_over(points_of(listed), wanted, point)
    known = {**at_home(manifest, snapshots), "suspect": point["suspect"], "passed_over": passed_over}
    return known, {snapshot["id"]: snapshot["tree"] for snapshot in snapshots if "tree" in snapshot}


def at_home(manifest: dict[str, Any], snapshots: list[dict[str, Any]]) -> dict[str, Any]:
    """The manifest with the snapshots as this repository calls them: a copy has the same trees under other IDs."""
    own = [snapshot for snapshot in snapshots if tag_of(snapshot, "point") == manifest["id"]]
    present = {snapshot["id"] for snapshot in own}
    by_tree = {snapshot.get("tree"): snapshot["id"] for snapshot in own}

    def called(part: dict[str, Any]) -> dict[str, Any]:
        return (
            part if part["snapshot"] in present else {**part, "snapshot": by_tree.get(part["tree"], part["snapshot"])}
        )

    return {
        **manifest,
        "databases": [called(part) for part in manifest["databases"]],
        "volumes": [called(part) for part in manifest["volumes"]],
        "configuration": called(manifest["configuration"]),
    }
