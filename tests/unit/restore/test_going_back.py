# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Each way back from a restore that was killed, itself killed and gone again, brings back what was before it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked
from support.night import Night


@pytest.fixture
def host(tmp_path: Path) -> Iterator[Night]:
    host = Night(tmp_path)
    host.night()
    host.alter(host.world.spoil)
    yield host
    host.close()


@pytest.mark.parametrize("at", [26, 34, 46])
@pytest.mark.parametrize(
    ("level", "only"),
    [("lost", ()), ("auto", ()), ("cold", ()), ("auto", ("web",)), ("cold", ("files",)), ("cold", ("databases",))],
)
def test_what_was_before_is_back_whatever_was_killed(host: Night, level: str, only: tuple[str, ...], at: int) -> None:
    point, confirm = host.complete()[-1]["id"], ["--confirm", host.world.confirmation]
    if level == "lost":
        host.lose()
    words = ["--safety", level] if level != "lost" else []
    host.restore(point, *words, *(["--only", *only] if only else []), *confirm, at=at)
    for killed in (7, 16, 0):
        if host.told():
            host.restore("--abandon", *confirm, at=killed)
            host.promises()
    assert not host.told(), host.said


def test_a_server_has_more_memory_while_it_is_filled_and_its_own_limit_at_the_end(host: Night) -> None:
    point, confirm = host.complete()[-1]["id"], ["--confirm", host.world.confirmation]
    server = next(one for one in host.world.docker.containers.values() if one.service == "database")
    server.memory, server.swap = 2**28, 2**29
    asked = Asked(point, host.world.confirmation)
    assert host.world.killed(
        lambda: restore.restore(host.world.target, host.world.settings, asked, host.world.hear),
        where="pg_restore: table",
    )
    assert server.memory > 2**28
    host.do("restore", "--abandon", *confirm)
    assert (server.memory, server.swap) == (2**28, 2**29)


def test_going_back_changes_nothing_until_it_is_confirmed_and_where_nothing_was_kept(host: Night) -> None:
    point, confirm = host.complete()[-1]["id"], ["--confirm", host.world.confirmation]
    assert host.do("restore", "--abandon", *confirm) == 1 and "nothing to go back from" in host.said
    host.restore(point, "--safety", "none", *confirm, at=27)
    state = host.world.state()
    assert host.do("restore", "--abandon", "--confirm", "world@elsewhere") == 1 and "nothing was changed" in host.said
    assert host.do("restore", "--abandon", *confirm) == 1 and "to go on with it: world restore" in host.said, host.said
    assert host.do("restore", "cold-20261101T000000Z", *confirm) == 1 and "no complete cold copy" in host.said
    assert host.world.state() == state and "there is no way back" in host.told()
    assert host.restore(*host.ways()[0]) == 0


def test_a_cold_copy_is_put_back_only_where_that_is_confirmed_and_ends_what_it_holds(host: Night) -> None:
    point, confirm = host.complete()[-1]["id"], ["--confirm", host.world.confirmation]
    assert host.restore(point, "--safety", "cold", *confirm) == 0
    (kept,) = host.copies
    state = host.world.state()
    assert host.do("restore", kept, "--confirm", "world@elsewhere") == 1
    assert "This host already holds data" in host.said and host.world.state() == state
    host.restore(point, "--safety", "none", *confirm, at=27)
    assert host.restore(kept, *confirm) == 0 and not host.told()
