# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Find the latest complete restore point with restic and jq alone, and take its configuration out."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from ansible_collections.photosync.vps.plugins.module_utils.backup import anomaly, listing, manifest
from ansible_collections.photosync.vps.plugins.module_utils.breakglass.model import Commands, Item, Section
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# Where the sheet's commands keep what they find.
FOLDER = "/root/break-glass"
# A point is complete when its manifest names the tree of every part, and the repository has a snapshot of each. What
# somebody else has laid there, under whatever name, is none.
COMPLETE = f"""\
def tags($key): [(.tags // [])[] | select(startswith($key + "=")) | ltrimstr($key + "=")];
group_by(tags("point")[0])[] | [.[].tree[:{manifest.TREE_CHARACTERS}]] as $there
| any(.[]; tags("part") == ["{listing.ACCEPTED}"]) as $accepted | .[]
| select(tags("part") == ["manifest"] and tags("before-restore") == [])
| select(tags("point")[0] // "" | test("^{manifest.ID_FORM}$"))
| select(tags("tree") != [] and tags("tree") - $there == [])
| select($accepted or tags("{anomaly.TAG}") == [])
| [tags("point")[0], .time[:16], .hostname, .id] | @tsv"""
FIND = """\
mkdir -p {folder}
chmod 0700 {folder}
cd {folder}
restic snapshots --json --tag stack={stack} >snapshots.json
jq -r '
{complete}
' snapshots.json | tee points.tsv
read -r POINT _ _ MANIFEST <<<"$(tail -n 1 points.tsv)"
restic dump "$MANIFEST" /{filename} >manifest.json
jq -er 'select(.schema == {schema}) | "chosen: \\(.id) of \\(.time), made by \\(.host)"' manifest.json
jq -r '.left_out[] | "left out: \\(.what) (\\(.why))"' manifest.json
snapshot() {{ # of the part whose tree is $1; a copy has the same trees under other names
    jq -er --arg point "point=$POINT" --arg tree "$1" \\
        'first(.[] | select(.tree == $tree and (.tags | index($point)))) | .id' snapshots.json
}}
restic check"""
CONFIGURATION = """\
CONFIGURATION=$(snapshot "$(jq -r .configuration.tree manifest.json)")
RELEASE=$(jq -r .release manifest.json)
restic restore "$CONFIGURATION" --target / \\
    --include {root}/releases/"$RELEASE" \\
    --include {root}/config --include {etc}
ln -sfn "releases/$RELEASE" {root}/current
ls -l {root}/current/"""


def finding(number: int, spec: Spec) -> Section:
    """The step that chooses a point."""
    commands = FIND.format(
        folder=FOLDER,
        stack=spec.stack,
        complete=COMPLETE,
        filename=manifest.FILENAME,
        schema=manifest.SCHEMA,
    )
    return Section(
        f"{number}. Find the latest complete restore point",
        (
            "Every snapshot of a point carries its ID; the manifest is stored last and names all parts. The list shows"
            " the complete points that are not suspect, the oldest first; the last line is taken. For an earlier one"
            " write its ID in place of `tail -n 1`: `grep 20261120T`. `restic check` looks whether the repository is"
            " whole; it may take minutes. What the point does not hold is listed as left out.",
            Commands(commands),
        ),
    )


def configuration(number: int, spec: Spec, extra_paths: Sequence[str]) -> Section:
    """The step that puts the release with its secrets back, and lays aside what else was saved."""
    given = {"root": quote(spec.root), "etc": quote(spec.etc_dir)}
    items: list[Item] = [
        "Compose files, Caddy's configuration, environment files and secrets, all as they were.",
        Commands(CONFIGURATION.format(**given)),
    ]
    if extra_paths:
        included = " ".join(f"--include {quote(path)}" for path in extra_paths)
        items += [
            f"What `backup_extra_paths` added is laid into `{FOLDER}/extra`, to be put back by hand.",
            Commands(f'restic restore "$CONFIGURATION" --target {FOLDER}/extra \\\n    {included}'),
        ]
    return Section(f"{number}. Put the configuration and the secrets back", tuple(items))
