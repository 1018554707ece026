# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The break-glass sheet of a stack: every command that brings it back on a bare host without this collection.

It names what the stack is made of, from the same description that restores go by. What is only known when it is needed,
such as the latest point, its commands look up. So a printed sheet stays true until the stack itself changes, which the
number on it tells.
"""

from __future__ import annotations

import hashlib
import itertools
import shlex
from collections.abc import Iterator, Sequence

from ansible_collections.photosync.vps.plugins.module_utils.breakglass import (
    data,
    markdown,
    page,
    point,
    proof,
    repository,
    serving,
)
from ansible_collections.photosync.vps.plugins.module_utils.breakglass.model import (
    Commands,
    Item,
    Place,
    Section,
    Sheet,
    Table,
)
from ansible_collections.photosync.vps.plugins.module_utils.common import shell_lines
from ansible_collections.photosync.vps.plugins.module_utils.stack import host_command
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

NUMBER_LENGTH = 8
# Guessing a password by a number takes as long as so many hashes for each try.
ROUNDS = 100_000


def texts(
    spec: Spec, host: str, places: Sequence[Place], extra_paths: Sequence[str] = (), secrets: bool = True
) -> dict[str, str]:
    """The sheet as ``markdown`` and as ``html``, the same one for the same stack on any day.

    :param spec: the stack's description, as in ``stack.json``.
    :param host: the name under which the host makes restore points.
    :param places: the repositories, the first one first, with what opens them.
    :param extra_paths: what else of the host each point holds.
    :param secrets: whether what opens the repositories is on the sheet. The number on it is the same without.
    """
    shown = [repository.hidden(place) for place in places]
    unnumbered = markdown.render(build(spec, host, shown, extra_paths, ""))
    sheet = build(spec, host, places if secrets else shown, extra_paths, _number(unnumbered, places))
    return {"markdown": markdown.render(sheet), "html": page.render(sheet)}


def _number(text: str, places: Sequence[Place]) -> str:
    """What tells an old sheet from a new one, and an old password from a new one; it gives neither away."""
    opening = repr([(place.repository, place.password, sorted(place.environment.items())) for place in places])
    stretched = hashlib.pbkdf2_hmac("sha256", opening.encode(), text.encode(), ROUNDS)
    return stretched.hex()[:NUMBER_LENGTH]


def build(spec: Spec, host: str, places: Sequence[Place], extra_paths: Sequence[str], number: str) -> Sheet:
    """The sheet with this number on it; it is the same with and without secrets."""
    return Sheet(
        f"Break glass: {spec.stack} on {host}",
        tuple(_lead(spec, number)),
        tuple(_sections(spec, places, extra_paths)),
    )


def _lead(spec: Spec, number: str) -> Iterator[Item]:
    stack = spec.stack
    yield (
        f"Everything by hand, from a bare Debian 13 host to {spec.url or stack}, without Ansible and"
        " without the collection that set it up. With the inventory at hand `ansible-playbook photosync.vps.restore`"
        " does all of this by itself, and better; this sheet is for when there is none."
    )
    yield (
        f"Sheet {number}, collection {spec.collection_version}. It is true as long as `{stack} break-glass`"
        " says the same number. It does not know which point is the latest: its commands look that up."
    )
    yield (
        "As root, in one and the same `bash`, from top to bottom; each block has to end without an error before the"
        " next. Blocks with a dashed border (`text` in Markdown) are for the case that is named above them."
    )
    rows = tuple((service.name, "built from source" if service.build else service.image) for service in spec.services)
    yield Table(("Service", "Image"), rows)


def _sections(spec: Spec, places: Sequence[Place], extra_paths: Sequence[str]) -> Iterator[Section]:
    count = itertools.count(1)
    yield serving.install(next(count), spec, [place.repository for place in places])
    yield serving.bare(next(count), spec)
    yield repository.section(next(count), places)
    yield point.finding(next(count), spec)
    yield point.configuration(next(count), spec, extra_paths)
    if data.saved(spec):
        yield data.files(next(count), spec)
    yield serving.images(next(count), spec)
    if spec.databases:
        yield data.dumps(next(count), spec)
    if spec.databases or data.saved(spec):
        yield proof.section(next(count), spec)
    yield serving.start(next(count), spec)
    yield _afterwards(spec)


def _afterwards(spec: Spec) -> Section:
    stack = spec.stack
    carried = [host_command.path_of(stack), f"{spec.state_dir}/collection.tar.gz"]
    words = ["restic", "restore", '"$CONFIGURATION"', "--target", "/"]
    restoring = shell_lines.filled([*words, *(word for path in carried for word in ("--include", shlex.quote(path)))])
    commands = ["apt-get install --yes python3", f"cd {point.FOLDER}", restoring]
    commands += [f"{stack} take-over", f"{stack} backup --reason 'after break-glass'"]
    return Section(
        "Afterwards",
        (
            f"Lead {spec.domain or 'the name'} in DNS to this host. Shut the old one down, should it come back.",
            "**Nothing makes restore points here yet.** The point carries the command for that, and the collection's"
            " own archive for `ansible-galaxy collection install`. With an inventory, run `photosync.vps.site` on"
            " this host next: it sees to updates, limits, the nightly backup and the rest. Until then, by hand:",
            Commands("\n".join(commands), on_the_way=False),
            f"`{point.FOLDER}` holds no data. Remove it when all is well, and `unset RESTIC_PASSWORD`.",
        ),
    )
