# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each mistake and each unfit host alone is refused by name, and leaves the host as it was."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.bad_input import BAD, BAD_HOSTS, assert_refused, made_bad
from support.playbook import ROOT
from support.throwaway import Machine, machine

pytestmark = pytest.mark.full


@pytest.fixture(scope="session")
def vps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """A bare machine with the demo's inventory."""
    disk: Path = tmp_path_factory.mktemp("disk")
    demo = ROOT / "inventories" / "demo"
    with machine("preflight", {}, "--disk", str(disk), inventories=(demo,), bare=True) as made:
        made.sh("mkdir -p /srv/photos")
        yield made


@pytest.mark.parametrize("kind", BAD)
def test_a_mistake_is_refused(vps: Machine, kind: str) -> None:
    assert_refused(vps.sh, lambda given: vps.play("site", given), *BAD[kind])


@pytest.mark.parametrize("kind", BAD_HOSTS)
def test_an_unfit_host_is_refused(vps: Machine, kind: str) -> None:
    with made_bad(vps.sh, kind):
        assert_refused(vps.sh, lambda given: vps.play("site", given), *BAD_HOSTS[kind][2:])
