# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What restic is told and what its answers mean."""

import io
import os
import tracemalloc
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed, Completed
from ansible_collections.photosync.vps.plugins.module_utils.restic import client as module
from ansible_collections.photosync.vps.plugins.module_utils.restic import errors as answers
from ansible_collections.photosync.vps.plugins.module_utils.restic.client import Restic, parse_version
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError, explain

SECRET = "rest:https://user:hunter2@backup.example.org/"
Answer = tuple[int, str, str]


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Callable[[list[Answer]], list[dict[str, Any]]]:
    """Stand in for restic: answers in order, and what it was asked."""

    def install(answers: list[Answer]) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = []

        def run(argv: list[str], **options: Any) -> Completed:
            asked.append({"argv": argv, **options})
            return Completed(argv, *answers[min(len(asked), len(answers)) - 1])

        def stream(argv: list[str], on_line: Callable[[str], None], env: dict[str, str]) -> Completed:
            done = run(argv, env=env)
            for line in io.StringIO(done.stdout):
                on_line(line)
            return Completed(argv, done.rc, "", done.stderr)

        monkeypatch.setattr(module, "run", run)
        monkeypatch.setattr(module, "stream", stream)
        return asked

    return install


def repository(**options: Any) -> Restic:
    return Restic(SECRET, "/etc/x/restic-password", {"AWS_SECRET_ACCESS_KEY": "hunter3"}, "/var/cache/x", **options)


SUMMARY = '{"message_type":"status"}\n{"message_type":"summary","snapshot_id":"abc","total_bytes_processed":1}\n'


def test_every_snapshot_is_tagged_carries_the_host_and_no_secret_is_ever_in_the_arguments(calls: Any) -> None:
    asked = calls([(0, SUMMARY, "")])
    restic = repository()
    restic.backup(["/data"], ["stack=s", "point=p"], "web1")
    restic.backup_output(["docker", "exec", "x"], "x.dump", ["stack=s"], "web1")
    restic.backup_text("{}", "manifest.json", ["stack=s"], "web1")
    assert " ".join(asked[0]["argv"]) == "restic backup --json --host web1 --tag stack=s --tag point=p -- /data"
    assert "hunter" not in str([call["argv"] for call in asked])
    assert all(call["env"]["RESTIC_REPOSITORY"] == SECRET for call in asked)
    assert all(call["env"]["RESTIC_PASSWORD_FILE"] == "/etc/x/restic-password" for call in asked)
    assert all(call["env"]["AWS_SECRET_ACCESS_KEY"] == "hunter3" for call in asked)


def test_how_far_it_is_is_handed_on_while_it_saves_and_restores(calls: Any) -> None:
    saving = '{"message_type":"status","percent_done":0.5,"bytes_done":7}\n' + SUMMARY
    restoring = '{"message_type":"status","percent_done":0.5,"bytes_restored":8}\n' + SUMMARY
    calls([(0, saving, ""), (0, saving, ""), (0, restoring, "")])
    heard: list[int] = []
    restic = repository()
    restic.backup(["/data"], [], "web1", on_bytes=heard.append)
    restic.backup_output(["pg_dump"], "x.dump", [], "web1", heard.append)
    restic.restore("abc", "/data", "/here", heard.append)
    assert heard == [7, 0, 7, 0, 8, 0]


@pytest.fixture
def many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A restic that says one thing 20,000 times, and that it is done."""

    def install(line: str) -> None:
        command = tmp_path / "restic"
        command.write_text(
            f"#!/bin/sh\nyes '{line}' | head -n 20000\necho '{SUMMARY.splitlines()[1]}'\n", encoding="utf-8"
        )
        command.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return install


def peak(work: Callable[[], object]) -> int:
    """Bytes that are held at once, at most."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_many_files_take_no_more_memory_than_few(many: Callable[[str], None]) -> None:
    found: Counter[str] = Counter()
    many('{"message_type":"node","type":"file","path":"/photos/1.jpg","size":1}')
    assert peak(lambda: repository().nodes("abc", lambda node: found.update([node["type"]]))) < 1_000_000
    assert found == {"file": 20000}
    many('{"message_type":"verbose_status","action":"unchanged","item":"/photos/1.jpg","size":1}')
    assert peak(lambda: repository().differences("abc", "/photos", "/here")) < 1_000_000


@pytest.mark.parametrize("end", ["\x85", "\u2028"])
def test_a_name_with_what_unicode_takes_for_a_lines_end_is_not_left_out(calls: Any, end: str) -> None:
    calls([(0, f'{{"message_type":"node","path":"/a{end}b"}}\n{SUMMARY}', "")])
    heard: list[str] = []
    repository().nodes("abc", lambda node: heard.append(node["path"]))
    assert heard == [f"/a{end}b"]


def test_whoever_only_looks_takes_no_lock(calls: Any) -> None:
    asked = calls([(0, "[]", "")])
    assert repository(read_only=True).snapshots(["stack=s"]) == []
    assert asked[0]["argv"] == ["restic", "--no-lock", "snapshots", "--json", "--tag", "stack=s"]


@pytest.mark.parametrize(
    ("rc", "said"),
    [
        (1, "exit code 1"),
        (3, "a file could not be read"),
        (10, "there is no repository"),
        (11, "locked"),
        (12, "password is wrong"),
        (130, "exit code 130"),
        (77, "exit code 77"),
        (None, "it did not end"),
    ],
)
def test_every_code_but_zero_is_a_failure_in_plain_words(rc: int, said: str) -> None:
    assert said in explain(rc, "")


def test_what_restic_said_itself_is_handed_on() -> None:
    stderr = '{"message_type":"exit_error","code":12,"message":"Fatal: wrong password or no key found"}\n'
    assert explain(12, stderr).endswith("password is wrong: Fatal: wrong password or no key found")
    stderr = (
        '{"message_type":"error","error":{"message":"open /x: permission denied"},"during":"archival","item":"/x"}\n'
    )
    assert explain(3, stderr).endswith("/x: open /x: permission denied")
    assert explain(1, "plain text").endswith("plain text")


def test_why_a_command_could_not_be_saved_is_said_before_that_it_could_not() -> None:
    query = "x" * 10000
    stderr = (
        "subprocess docker: pg_dump: error: query failed: ERROR:  out of shared memory\n"
        f"subprocess docker: pg_dump: detail: Query was: {query}\n"
        '{"message_type":"exit_error","code":1,"message":"Fatal: command failed: exit status 1"}\n'
    )
    said = explain(1, stderr)
    assert "out of shared memory; pg_dump: detail" in said
    assert said.endswith("; Fatal: command failed: exit status 1")


@pytest.mark.parametrize(
    ("answer", "rc", "said"),
    [
        ((3, SUMMARY, ""), answers.UNREADABLE_SOURCE, "could not be read"),
        ((0, '{"message_type":"status"}\n', ""), 0, "without a summary"),
    ],
)
def test_a_snapshot_with_a_file_missing_or_without_a_summary_is_a_failure(
    calls: Any, answer: Answer, rc: int, said: str
) -> None:
    calls([answer])
    with pytest.raises(ResticError, match=said) as caught:
        repository().backup(["/data"], [], "web1")
    assert not rc or caught.value.rc == rc


def test_a_stale_lock_is_removed_only_by_the_owner_of_the_stacks_lock(calls: Any) -> None:
    asked = calls([(11, "", ""), (0, "", ""), (0, "[]", "")])
    assert repository(owns_lock=True).snapshots([]) == []
    assert [call["argv"][1] for call in asked] == ["snapshots", "unlock", "--retry-lock"]
    asked = calls([(11, "", "")])
    with pytest.raises(ResticError, match="another restic has locked"):
        repository().snapshots([])
    assert [call["argv"][1] for call in asked] == ["snapshots"]


def test_a_lock_that_is_alive_is_waited_for_after_those_that_are_dead_are_gone(calls: Any) -> None:
    asked = calls([(11, "", ""), (0, "", ""), (0, SUMMARY, "")])
    repository(owns_lock=True).backup(["/data"], [], "web1")
    assert [call["argv"][1] for call in asked] == ["backup", "unlock", "--retry-lock"]
    asked = calls([(11, "", ""), (0, "", ""), (0, "the file", "")])
    assert repository(owns_lock=True).dump("abc", "x.json") == "the file"
    # What it says of waiting would stand in the file.
    assert asked[2]["argv"][1:5] == ["--retry-lock", f"{module.LOCK_WAIT}s", "--quiet", "dump"]
    assert asked[2]["timeout"] == module.OPENING_TIMEOUT + module.LOCK_WAIT
    assert repository().dump_argv("abc", "x.dump")[1:5] == asked[2]["argv"][1:5]
    assert "--retry-lock" not in repository(read_only=True).dump_argv("abc", "x.dump")


@pytest.mark.parametrize(
    ("answered", "outcome"),
    [
        ([(1, "", "pack 21: file is too short"), (0, "{}", "")], answers.DAMAGED),
        (
            [(1, "", "x"), (1, "", "config or key 3b is damaged: ciphertext verification failed")],
            answers.DAMAGED,
        ),
        ([(1, "", "x"), (1, "", "Fatal: LoadRaw(<key/3b>): invalid data returned")], answers.DAMAGED),
        ([(1, "", "unable to open repository: connection refused"), (1, "", "refused")], answers.UNREACHABLE),
        ([(1, "", "Load(<data/2124a6>) failed: no route to host"), (10, "", "")], answers.UNREACHABLE),
        ([(10, "", "")], answers.UNREACHABLE),
        ([(12, "", "")], answers.UNREACHABLE),
        ([(11, "", ""), (0, "", ""), (11, "", "")], answers.BUSY),
    ],
)
def test_a_repository_that_is_busy_or_away_is_not_called_damaged(
    answered: list[Answer], outcome: str, calls: Any
) -> None:
    calls(answered)
    with pytest.raises(ResticError) as caught:
        repository(owns_lock=True).check()
    assert answers.outcome(caught.value) == outcome


def test_nothing_to_copy_is_nothing_to_do(calls: Any) -> None:
    asked = calls([(0, "", "")])
    repository().copy(repository(), [])
    assert asked == []


def test_of_what_it_says_again_and_again_until_its_time_is_over_the_last_is_told() -> None:
    stderr = "Stat(<config/>) returned error, retrying after 1.3s: Stat: first\n" * 3
    stderr += "Stat(<config/>) returned error, retrying after 4.131468019s: Stat: The signature does not match\n"
    failed = CommandFailed(["restic", "snapshots"], None, stderr=stderr, why="no end within 120 s")
    assert answers.unanswered(failed, 120.0) == "restic: no answer within 120 s: Stat: The signature does not match"
    missing = CommandFailed(["restic"], None, why="No such file or directory: 'restic'")
    assert "No such file" in answers.unanswered(missing, None)


NO_LOCK = "unable to create lock in backend: write /mnt/locks/x: no space left on device"


def test_a_repository_that_takes_no_lock_is_read_without_one_and_never_written_to(calls: Any) -> None:
    asked = calls([(1, "", NO_LOCK), (0, "[]", ""), (0, "{}", "")])
    restic = repository(owns_lock=True)
    assert restic.snapshots([]) == []
    assert [call["argv"][1] for call in asked] == ["snapshots", "--no-lock"]
    assert restic.dump_argv("abc", "x.dump")[1] == "--no-lock"
    asked = calls([(1, "", NO_LOCK)])
    with pytest.raises(ResticError, match="no space left"):
        repository(owns_lock=True).backup(["/data"], [], "web1")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("text", "version"),
    [("restic 0.18.0 compiled with go1.24.4 on linux/amd64", (0, 18, 0)), ("restic 0.16.4 (v0.16)\n", (0, 16, 4))],
)
def test_versions_are_read_from_what_restic_prints(text: str, version: tuple[int, ...]) -> None:
    assert parse_version(text) == version


@pytest.mark.parametrize(
    ("answer", "sufficient", "said"),
    [
        ((0, "restic 0.17.0 x", ""), True, ""),
        ((0, "restic 0.14.0 x", ""), False, "restic 0.14.0 is too old, 0.17.0 or newer"),
        ((0, "restic 1.2.3 x", ""), True, ""),
    ],
)
def test_a_restic_that_is_too_old_is_refused(calls: Any, answer: Answer, sufficient: bool, said: str) -> None:
    calls([answer])
    assert module.installed()["sufficient"] is sufficient
    if said:
        with pytest.raises(ResticError, match=said):
            module.ensure_installed()
