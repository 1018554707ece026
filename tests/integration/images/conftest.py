# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The small stack of all three kinds, deployed."""

from collections.abc import Iterator

import pytest
from integration.images.world import Site, world

# The tests in there belong to the repository that is deployed.
collect_ignore = ["repository"]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The stack, deployed once by the playbook site."""
    with world("images-scratch", tmp_path_factory.mktemp("repository") / "tree") as found:
        found.first = found.deploy("site")
        assert found.first.rc == 0, found.first.output
        yield found
