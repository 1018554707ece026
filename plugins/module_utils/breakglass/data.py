# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put files and databases back: files into volumes as Compose would make them, each dump into a new database."""

from __future__ import annotations

import shlex

from ansible_collections.photosync.vps.plugins.module_utils.breakglass.model import Commands, Item, Section
from ansible_collections.photosync.vps.plugins.module_utils.breakglass.point import FOLDER
from ansible_collections.photosync.vps.plugins.module_utils.common import shell_lines
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import ByHand
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import PROJECT_LABEL
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, Volume

# Bytes of free memory that any host of such a stack has: what one index may take follows from it.
START = ["docker", "compose", "up", "--detach", "--wait", "--wait-timeout", "300", "--no-deps"]
# Of everything that is in the point, whatever the sheet knew when it was laid.
SERVERS = "SERVERS=$(jq -r '[(.databases + (.roles // []))[].service] | unique[]' manifest.json)"
FILL = """\
fill() {{ # volume, the engine's name for it
    volume=$(jq -ce --arg name "$1" '.volumes[] | select(.name == $name)' manifest.json) &&
    docker volume create --label {project}={stack} \\
        --label {label}="$1" "$2" &&
    folder=$(docker volume inspect --format '{{{{.Mountpoint}}}}' "$2") &&
    place=$(snapshot "$(jq -r .tree <<<"$volume")"):$(jq -r .path <<<"$volume") &&
    restic restore "$place" --target "$folder" &&
    chown "$(jq -r '"\\(.root.uid):\\(.root.gid)"' <<<"$volume")" "$folder" &&
    chmod "$(printf %o "$(jq .root.mode <<<"$volume")")" "$folder"
}}"""


def saved(spec: Spec) -> list[Volume]:
    """The volumes whose files a point holds."""
    return [volume for volume in spec.volumes if volume.backup not in ("database", "rebuildable")]


def files(number: int, spec: Spec) -> Section:
    """The step that fills the volumes, certificates among them."""
    function = FILL.format(stack=shlex.quote(spec.stack), project=PROJECT_LABEL, label=engine.VOLUME_LABEL)
    fills = [shlex.join(["fill", volume.name, volume.docker_name]) for volume in saved(spec)]
    return Section(
        f"{number}. Put the files and the certificates back",
        (
            "Each volume is made as Compose would make it, and filled with owners, modes and times as they were.",
            Commands("\n".join([function, *fills])),
        ),
    )


def dumps(number: int, spec: Spec) -> Section:
    """The step that starts the database servers alone and fills them."""
    start = shell_lines.filled([*START, "$SERVERS"], before="COMPOSE_FILE=compose.yaml ")
    items: list[Item] = [
        "The servers come up alone, and without the limits of production: building an index takes more memory"
        " than serving. No other service may run before its data is there.",
        Commands(f"cd {FOLDER}\n{SERVERS}\ncd {shlex.quote(spec.root)}/current\n{start}\ncd {FOLDER}"),
    ]
    for known in by_hand(spec):
        items += [known.words, Commands(known.fill)]
    return Section(f"{number}. Put the databases back", tuple(items))


def by_hand(spec: Spec) -> list[ByHand]:
    """What each engine of the stack's database servers says of them."""
    names = dict.fromkeys(entry.engine for entry in spec.databases)
    found = [
        registry.engine(name).by_hand([entry for entry in spec.databases if entry.engine == name], spec.stack)
        for name in names
    ]
    return [known for known in found if known]
