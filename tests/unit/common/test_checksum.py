# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A dump's checksum is taken while it is saved."""

import hashlib
import subprocess
from typing import Any, ClassVar

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup import verify
from ansible_collections.photosync.vps.plugins.module_utils.common.checksum import summed
from ansible_collections.photosync.vps.plugins.module_utils.common.log import silent
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.engine import PostgreSQL


def test_the_same_comes_out_and_its_sum_is_known() -> None:
    argv = ["sh", "-c", "head -c 3000000 /dev/zero; printf end"]
    with summed(argv) as dump:
        done = subprocess.run(dump.argv, stdout=subprocess.PIPE, check=True)
        assert done.stdout == b"\0" * 3_000_000 + b"end"
        assert dump.found() == hashlib.sha256(done.stdout).hexdigest()


@pytest.mark.parametrize("command", ["echo half; exit 4", "echo half; kill -9 $$"])
def test_a_command_that_fails_fails_and_has_no_sum(command: str) -> None:
    with summed(["sh", "-c", command]) as dump:
        done = subprocess.run(dump.argv, stdout=subprocess.PIPE, check=False)
        assert done.returncode in (4, 1)
        assert dump.found() == ""


def test_a_reader_that_goes_away_ends_the_command() -> None:
    with summed(["yes"]) as dump, subprocess.Popen(dump.argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
        assert run.stdout
        run.stdout.read(10)
        run.stdout.close()
        assert run.wait(10) != 0
        assert dump.found() == ""


class Repository:
    """One whose dumps are all the same."""

    environment: ClassVar[dict[str, str]] = {}

    def dump_argv(self, _snapshot: str, _filename: str) -> list[str]:
        """Print the dump."""
        return ["printf", "the dump"]


@pytest.mark.parametrize(
    ("sha256", "said"),
    [
        (hashlib.sha256(b"the dump").hexdigest(), []),
        (None, []),
        ("0" * 64, ["database custom-postgres/grouping: its dump has another checksum than the manifest says"]),
    ],
)
def test_verification_tells_a_dump_that_is_not_the_one_that_was_made(
    monkeypatch: pytest.MonkeyPatch, manifest: dict[str, Any], sha256: str | None, said: list[str]
) -> None:
    server = Server("custom-postgres", "postgres", ("grouping",), "c0ffee")
    monkeypatch.setattr(registry, "servers", lambda _document: [server])
    monkeypatch.setattr(PostgreSQL, "read_argv", lambda *_given: ["cat"])
    (part, _other) = manifest["databases"]
    manifest["databases"] = [{**part, **({"sha256": sha256} if sha256 else {})}]
    read, unread = verify._dumps(Repository(), manifest, {}, silent)
    assert (len(read), unread) == (0 if said else 1, said)
