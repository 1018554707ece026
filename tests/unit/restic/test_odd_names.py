# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names are bytes: none is taken for another that JSON shows alike, and people can read and copy each."""

import contextlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import names
from ansible_collections.photosync.vps.plugins.module_utils.common.files import folder_bytes
from ansible_collections.photosync.vps.plugins.module_utils.restic import contents
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.restic.lookalikes import Lookalikes
from ansible_collections.photosync.vps.plugins.module_utils.restore import compare as prove
from hypothesis import given, settings
from hypothesis import strategies as some
from restic.test_restic import peak
from support.specs import make_spec

always = settings(database=None, derandomize=True, deadline=None, max_examples=100)
LATIN, LONG, LONGEST = b"bad\xffname.jpg", b"\xe9" * 200, b"\xff" * 255
LITERAL = "x\N{REPLACEMENT CHARACTER}".encode()
PLAIN = b"a b.jpg"


def shown(name: bytes) -> str:
    """A name in Go's JSON: at each place the character that begins there, or U+FFFD for one byte."""
    text = ""
    while name:
        for length in range(1, 5):
            with contextlib.suppress(UnicodeDecodeError):
                text += name[:length].decode()
                break
        else:
            text, length = text + "\ufffd", 1
        name = name[length:]
    return text


class Snapshot:
    """What was saved, and a restic that knows it: the ways it has been seen to answer."""

    def __init__(self, folder: str, own_line_feeds: bool = True):
        self.folder = os.fsencode(folder)
        self.saved = {path: self._look(path) for path in self._paths()}
        self.own_line_feeds = own_line_feeds
        self.environment: dict[str, str] = {}
        self.asked = 0

    def _paths(self) -> list[bytes]:
        found = [
            os.path.join(root, name)[len(self.folder) :]
            for root, folders, files in os.walk(self.folder)
            for name in (*folders, *files)
        ]
        return sorted(found, key=lambda path: path.split(b"/"))

    def _look(self, path: bytes) -> dict[str, Any]:
        state = os.lstat(self.folder + path)
        content: Any = None
        kind = {stat.S_IFREG: "file", stat.S_IFDIR: "dir", stat.S_IFLNK: "symlink"}[stat.S_IFMT(state.st_mode)]
        if kind == "file":
            content = Path(os.fsdecode(self.folder + path)).read_bytes()
        node = {"type": kind, "uid": state.st_uid, "gid": state.st_gid, "mode": state.st_mode & 0o777}
        return {**node, "content": content, **({"size": len(content)} if kind == "file" else {})}

    def nodes(self, _snapshot: str, hear: Callable[[dict[str, Any]], None], _folder: str) -> None:
        for path, node in self.saved.items():
            hear({**node, "path": shown(path)})

    def argv(self, words: list[str]) -> list[str]:
        return words

    @contextlib.contextmanager
    def reading(self, argv: list[str], _env: dict[str, str]) -> Iterator[Iterator[bytes]]:
        assert argv == ["ls", "--quiet", "abc:/saved"]
        self.asked += 1
        text = b"".join(map(self._printed, self.saved))
        yield (line + b"\n" for line in text[:-1].split(b"\n"))

    def _printed(self, path: bytes) -> bytes:
        return path if path.endswith(b"\n") and not self.own_line_feeds else path + b"\n"

    def differences(self, _snapshot: str, _folder: str, target: str, _on_bytes: Any) -> list[dict[str, Any]]:
        present = {path: self._look(path) for path in self._paths()}
        found = [
            {"action": "updated", "item": shown(path), "size": node["size"]}
            for path, node in self.saved.items()
            if node["type"] == "file" == present.get(path, node)["type"]
            and present.get(path, node)["content"] != node["content"]
        ]
        extra = [
            path for path in present if path not in self.saved and os.path.dirname(path) in ({b"/"} | {*self.saved})
        ]
        return found + [{"action": "deleted", "item": target + shown(path), "size": 0} for path in extra]

    def prove(self, serving: bool = False, rewritten: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        part = {"name": "v", "files": 0, "bytes": 0, "snapshot": "abc", "path": "/saved", "rewritten": list(rewritten)}
        spec: Any = make_spec(stack="s", volumes=[{"name": "v", "docker_name": "v"}])
        anything: Any = None
        with (
            mock.patch.object(prove, "repository", return_value=self),
            mock.patch.object(prove.engine, "mountpoint", return_value=os.fsdecode(self.folder)),
            mock.patch.object(contents, "reading", self.reading),
        ):
            return prove.prove(spec, anything, {"databases": [], "volumes": [part]}, serving=serving)


def lay(folder: Path, *paths: bytes, content: bytes = b"x") -> None:
    for path in paths:
        place = os.path.join(os.fsencode(folder), path)
        os.makedirs(os.path.dirname(place), exist_ok=True)
        Path(os.fsdecode(place)).write_bytes(content)


def at(folder: Path, path: bytes) -> bytes:
    return os.path.join(os.fsencode(folder), path)


def messages(found: list[dict[str, Any]]) -> list[str]:
    return sorted(entry["message"] for entry in found)


EVERY = (LATIN, LONG, LONGEST, LITERAL, PLAIN, b"f\xff/in\xfe/x\xff", b"\xfd" * 220 + b"/x", b"new\nline", b"end\n")


def test_names_of_any_bytes_and_links_are_proved_as_they_are(tmp_path: Path) -> None:
    lay(tmp_path, *EVERY, b"end\n\n", b"\n", b"d\n/x\n", b"\xff\n\xff\n", b"x\xfe", b"x\xff", "x\x85".encode())
    os.symlink(b"tar\xffget", at(tmp_path, b"link\xff"))
    assert Snapshot(str(tmp_path)).prove() == []


def test_restic_is_asked_a_second_time_only_for_names_that_json_cannot_show(tmp_path: Path) -> None:
    lay(tmp_path, PLAIN, b"new\nline", "é".encode())
    saved = Snapshot(str(tmp_path))
    assert (saved.prove(), saved.asked) == ([], 0)
    lay(tmp_path, LATIN)
    saved = Snapshot(str(tmp_path))
    assert (saved.prove(), saved.asked) == ([], 1)


def test_whatever_is_wrong_with_one_is_found_and_named(tmp_path: Path) -> None:
    alike = tuple(b"x" + byte for byte in (b"\xf0", b"\xf1", b"\xf2", b"\xf3", b"\xf4"))
    lay(tmp_path, *EVERY, *alike)
    lay(tmp_path, b"x\xf5", content=b"another size")
    saved = Snapshot(str(tmp_path))
    saved.saved[b"/x\xf0"].update(uid=7, gid=8)
    os.chmod(at(tmp_path, b"x\xf1"), 0o4711)
    os.unlink(at(tmp_path, b"x\xf2"))
    os.unlink(at(tmp_path, b"x\xf3"))
    os.mkdir(at(tmp_path, b"x\xf3"))
    lay(tmp_path, b"x\xf5", content=b"another SIZE")
    lay(tmp_path, b"x\xf6", LONG[:-1], b"f\xff/new\xff")
    shutil.rmtree(at(tmp_path, b"\xfd" * 220))
    os.unlink(at(tmp_path, LONGEST))
    me = f"{os.getuid()}:{os.getgid()}"
    long, folder, longest = r"\xe9" * 199, r"\xfd" * 220, r"\xff" * 255
    assert messages(saved.prove()) == sorted(
        [
            rf"volume v: /x\xf0: expected owner 7:8, found owner {me}",
            r"volume v: /x\xf1: expected mode 0644, found mode 4711",
            r"volume v: /x\xf2: expected a file, found nothing",
            r"volume v: /x\xf3: expected a file, found something else",
            r"volume v: /x\xf5: expected the content saved, found other content",
            r"volume v: /x\xf6: expected nothing, found a file that the point does not hold",
            rf"volume v: /{long}: expected nothing, found a file that the point does not hold",
            r"volume v: /f\xff/new\xff: expected nothing, found a file that the point does not hold",
            rf"volume v: /{folder}: expected a dir, found nothing",
            rf"volume v: /{folder}/x: expected a file, found nothing",
            rf"volume v: /{longest}: expected a file, found nothing",
        ]
    )


def test_owners_of_two_that_look_alike_are_not_exchanged_unseen(tmp_path: Path) -> None:
    lay(tmp_path, b"x\xfe", b"x\xff")
    saved = Snapshot(str(tmp_path))
    saved.saved[b"/x\xfe"]["mode"], saved.saved[b"/x\xff"]["mode"] = 0o600, 0o640
    os.chmod(at(tmp_path, b"x\xfe"), 0o640)
    os.chmod(at(tmp_path, b"x\xff"), 0o600)
    assert [entry["what"] for entry in saved.prove()] == [r"/x\xfe", r"/x\xff"]


def test_where_it_cannot_be_told_which_is_altered_all_that_may_be_are_named(tmp_path: Path) -> None:
    alike = [b"x" + bytes([byte]) for byte in range(0xF0, 0xF6)]
    lay(tmp_path, *alike)
    saved = Snapshot(str(tmp_path))
    lay(tmp_path, *alike[:2], content=b"y")
    (found,) = saved.prove()
    assert found["what"] == r"2 of /x\xf0, /x\xf1, /x\xf2 and 3 more"


@pytest.mark.parametrize(
    ("patterns", "told"),
    [
        ((), [r"/x\xff", r"/y\xfe"]),
        (("x*",), [r"/y\xfe"]),
        (("?\udcfe", "x?"), []),
        ((r"x\xff", r"y\xfe"), [r"/x\xff", r"/y\xfe"]),
    ],
)
def test_patterns_of_what_services_rewrite_are_held_against_the_names_themselves(
    tmp_path: Path, patterns: tuple[str, ...], told: list[str]
) -> None:
    lay(tmp_path, b"x\xff", b"y\xfe")
    saved = Snapshot(str(tmp_path))
    lay(tmp_path, b"x\xff", content=b"y")
    os.unlink(at(tmp_path, b"y\xfe"))
    lay(tmp_path, b"added\xff")
    found = saved.prove(serving=True, rewritten=patterns)
    assert sorted(entry["what"] for entry in found) == told


class Contradicting(Snapshot):
    """A restic that lists in another order the second time."""

    @contextlib.contextmanager
    def reading(self, argv: list[str], env: dict[str, str]) -> Iterator[Iterator[bytes]]:
        with super().reading(argv, env) as lines:
            yield reversed(list(lines))


def test_a_listing_that_contradicts_the_other_is_a_failure_and_no_proof(tmp_path: Path) -> None:
    lay(tmp_path, b"x\xff", b"y\xfe")
    with pytest.raises(ResticError, match="restic calls a file"):
        Contradicting(str(tmp_path)).prove()


def test_what_is_altered_under_a_name_that_was_not_found_out_is_told_all_the_same() -> None:
    action = {"action": "updated", "item": "/x\ufffd", "size": 1}
    (found,) = prove.altered("volume v", [action], Lookalikes([action["item"]]), ["*"])
    assert found["what"] == "/x\ufffd"


def test_a_path_that_nobody_can_ask_for_is_a_difference_and_no_crash(tmp_path: Path) -> None:
    lay(tmp_path, b"file")
    saved = Snapshot(str(tmp_path))
    node = saved.saved[b"/file"]
    saved.saved = {b"/file": node, b"/file/below": node, b"/" + b"\xff" * 256: node}
    kinds = [(entry["kind"], entry["what"][:12]) for entry in saved.prove()]
    assert kinds == [("missing", "/file/below"), ("unreadable", r"/\xff\xff\xf")]


def test_files_further_down_than_a_path_may_be_long_are_no_reason_to_weigh_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x" * 5000)
    here = os.open(tmp_path, os.O_RDONLY)
    for _level in range(20):
        os.mkdir("x" * 250, dir_fd=here)
        below = os.open("x" * 250, os.O_RDONLY, dir_fd=here)
        os.close(os.open("y" * 250, os.O_CREAT, dir_fd=below))
        os.close(here)
        here = below
    os.close(here)
    assert folder_bytes(str(tmp_path)) >= 5000


PIECES = [b"a", b"\xfd", b"\xfe", b"\n", b"\xc3", b"\xa9", b"\xef\xbf\xbd", b"\xe2\x80", b" "]
pieces = some.lists(some.sampled_from(PIECES), min_size=1, max_size=3).map(b"".join)
paths = some.lists(pieces, min_size=1, max_size=2).map(b"/".join)
damage = some.sampled_from(["none", "none", "missing", "mode", "kind", "altered"])


@always
@given(saved=some.dictionaries(paths, damage, max_size=8), more=some.sets(paths, max_size=3), feeds=some.booleans())
def test_of_any_tree_every_damage_is_found_and_nothing_else(
    saved: dict[bytes, str], more: set[bytes], feeds: bool
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept = {path: deed for path, deed in saved.items() if not any(other.startswith(path + b"/") for other in saved)}
        lay(folder, *kept)
        snapshot = Snapshot(name, feeds)
        expected = []
        for path, deed in kept.items():
            if deed in ("missing", "kind"):
                os.unlink(at(folder, path))
            if deed == "kind":
                os.mkdir(at(folder, path))
            elif deed == "mode":
                os.chmod(at(folder, path), 0o600)
            elif deed == "altered":
                lay(folder, path, content=b"y")
            expected += [(deed, names.readable(names.to_text(b"/" + path)))] if deed != "none" else []
        for path in more:
            if b"/" not in path and b"/" + path not in snapshot.saved:
                lay(folder, path)
                expected.append(("extra", names.readable(names.to_text(b"/" + path))))
        found = [(entry["kind"], entry["what"]) for entry in snapshot.prove()]
        unsure = [what for kind, what in found if kind == "altered" and what[0].isdigit()]
        sure = [entry for entry in found if entry[1] not in unsure]
        assert set(sure) <= set(expected)
        assert len(sure) + sum(int(what.split(" ")[0]) for what in unsure) == len(expected)


def test_many_names_that_json_cannot_show_take_no_more_memory_than_few(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = tmp_path / "restic"
    command.write_text(
        "#!/bin/bash\n"
        r"""case "$*" in *--json*) node='{"message_type":"node","type":"file","path":"/x\ufffd"}' ;;"""
        "\n*) node=$'/x\\xff' ;; esac\nyes \"$node\" | head -n 20000\n",
        encoding="utf-8",
    )
    command.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    heard: set[str] = set()
    restic = Restic("/r", "/p", {}, "/c")

    def hear(node: dict[str, Any]) -> None:
        heard.add(node["path"])

    assert peak(lambda: contents.exact_nodes(restic, "abc", "/saved", hear)) < 1_000_000
    assert heard == {"/x\udcff"}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (b"/2026/photo of us.jpg", "/2026/photo of us.jpg"),
        ("/Übung/写真😀".encode(), "/Übung/写真😀"),
        (b"/bad\xffname.jpg", r"/bad\xffname.jpg"),
        (rb"/bad\xffname.jpg", r"/bad\\xffname.jpg"),
        (b"/a\nb\tc\rd\x7fe\x1b[31m", r"/a\nb\tc\rd\x7fe\x1b[31m"),
        (b"/ a/b /  ", r"/\x20a/b\x20/\x20\x20"),
        ("/\u202egpj.exe\u0085\ufffd".encode(), "/\\xe2\\x80\\xaegpj.exe\\xc2\\x85\ufffd"),
        (b"/\xed\xa0\x80", r"/\xed\xa0\x80"),
    ],
)
def test_a_name_is_shown_so_that_a_shell_takes_it_as_what_it_is(name: bytes, text: str) -> None:
    assert names.readable(names.to_text(name)) == text
    printed = subprocess.run(["bash", "-c", f"printf %s $'{text}'"], stdout=subprocess.PIPE, check=True)
    assert printed.stdout == name


@always
@given(one=some.binary(max_size=6), other=some.binary(max_size=6))
def test_no_two_names_are_shown_alike_to_people(one: bytes, other: bytes) -> None:
    assert names.in_json(names.to_text(one)) == shown(one)
    assert names.to_bytes(names.to_text(one)) == one
    assert (names.readable(names.to_text(one)) == names.readable(names.to_text(other))) == (one == other)
