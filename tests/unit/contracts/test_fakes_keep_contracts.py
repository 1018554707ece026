# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The fakes do what the engine relies on restic, Docker and PostgreSQL for; ``tests/integration`` asks those."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from support.contracts import cases, database, docker, restic
from support.contracts.place import Place
from support.fakes.world import World

CASES = {
    f"{module.__name__.rpartition('.')[2]}-{name}": case
    for module in (restic, docker, database)
    for name, case in cases(module).items()
}


class Faked(Place):
    """A place in a world."""

    def __init__(self, world: World):
        super().__init__(world.path("place"), world.described)
        self.world = world

    def damage(self, restic: Restic) -> None:
        repository = self.world.restic.repositories[restic.environment["RESTIC_REPOSITORY"]]
        repository.damaged.update(one.id for one in repository.snapshots)

    @contextmanager
    def locked(self, restic: Restic, stale: bool) -> Iterator[None]:
        repository = self.world.restic.repositories[restic.environment["RESTIC_REPOSITORY"]]
        repository.locked = "stale" if stale else "held"
        yield
        repository.locked = ""


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_fake(case: Callable[[Place], None], tmp_path: Path) -> None:
    with World(tmp_path) as world:
        case(Faked(world))
