# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Compare what was put back with the manifest: every row of every table, every file with owner, mode and content."""

from __future__ import annotations

import shlex

from ansible_collections.photosync.vps.plugins.module_utils.breakglass.data import by_hand, saved
from ansible_collections.photosync.vps.plugins.module_utils.breakglass.model import Commands, Section
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

FILES = """\
show() { # bytes that no terminal shows as bash takes them
    local line
    while IFS= read -r line; do
        case ${line@Q} in '$'*) echo "${line@Q}" ;; *) echo "$line" ;; esac
    done
}
files() { # volume, the engine's name for it
    volume=$(jq -ce --arg name "$1" '.volumes[] | select(.name == $name)' manifest.json) &&
    folder=$(docker volume inspect --format '{{.Mountpoint}}' "$2") &&
    place=$(snapshot "$(jq -r .tree <<<"$volume")"):$(jq -r .path <<<"$volume") &&
    diff --text <(paste -d ' ' <(restic ls --json "$place" | jq -r '
        def bit($at; $worth): (.mode // 0 | . / $at | floor) % 2 * $worth;
        def digit($at): (.mode // 0 | . / $at | floor) % 8 | tostring;
        def special: bit(8388608; 4) + bit(4194304; 2) + bit(1048576; 1)
            | if . == 0 then "" else tostring end;
        def mode: special + digit(64) + digit(8) + digit(1) | sub("^0+(?=.)"; "");
        select((.message_type // .struct_type) == "node")
        | "\\({file: "f", dir: "d", symlink: "l"}[.type] // .type) \\(.uid):\\(.gid)"
            + " \\(if .type == "symlink" then "-" else mode end)",
        (.path | split("\\n")[1:][] | select(. != "") | "+")') \\
        <(restic ls --quiet "$place" | sed '/^$/d') | LC_ALL=C sort) \\
    <(find "$folder" -mindepth 1 \\( -type l -printf '%y %U:%G - /%P\\0' \\) \\
        -o -printf '%y %U:%G %m /%P\\0' | sed -z 's/\\n*$//; s/\\n\\n*/\\n+ /g' |
        tr '\\0' '\\n' | LC_ALL=C sort) | show &&
    restic restore "$place" --target "$folder" --overwrite always --delete \\
        --dry-run -vv --json | jq -r 'select(.message_type == "verbose_status")
        | select(.action == "updated" or .action == "deleted") | .item' |
        diff --text /dev/null - | show &&
    echo "$1: the same"
}"""


def section(number: int, spec: Spec) -> Section:
    """The step that proves the data while nothing but the database servers runs."""
    compared = [shlex.join(["files", volume.name, volume.docker_name]) for volume in saved(spec)]
    blocks = [Commands(known.compare) for known in by_hand(spec)]
    if compared:
        blocks.append(Commands("\n".join([FILES, *compared])))
    return Section(
        f"{number}. Compare with the manifest",
        (
            "Every table's rows are counted and hashed, every file's content is read. A line that begins with `<` is"
            " what the point holds, one with `>` what is here; names that cannot be shown are quoted for bash. A `>`"
            " with a path alone is a file of other content, or one too many, where `\N{REPLACEMENT CHARACTER}` stands"
            " for a byte that is no UTF-8. Go on only when each ends with `the same`.",
            *blocks,
        ),
    )
