# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the kernel and the engine say of kills, in their own words."""

import json

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health import oom_cgroup, oom_reading

ID = "a5312eff0f5b66755aa9410c4015acb698e14c15487920f6eb8d5c59ed000935"
OTHER = "b" * 64

VERSION_1 = f"""\
9:name=systemd:/crowd.slice/docker-{ID}.scope
8:pids:/crowd.slice/docker-{ID}.scope
4:memory:/crowd.slice/docker-{ID}.scope
2:cpuacct,cpu:/crowd.slice/docker-{ID}.scope
0::/crowd.slice/docker-{ID}.scope
"""
VERSION_2 = f"0::/photo.slice/photo-sync.slice/docker-{ID}.scope\n"

# As Linux 6 writes it, of a container that reached its own limit.
OWN_LIMIT = (
    f"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset={ID},mems_allowed=0,oom_memcg=/docker/{ID},"
    f"task_memcg=/docker/{ID},task=sh,pid=24958,uid=0"
)
SLICES_LIMIT = (
    f"oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=docker-{ID}.scope,mems_allowed=0,"
    f"oom_memcg=/crowd.slice,task_memcg=/crowd.slice/docker-{ID}.scope,task=python3,pid=81,uid=0"
)
WHOLE_HOST = (
    f"oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=docker-{ID}.scope,mems_allowed=0,global_oom,"
    f"task_memcg=/crowd.slice/docker-{ID}.scope,task=python3,pid=81,uid=0"
)


def record(message):
    return json.dumps({"__REALTIME_TIMESTAMP": "1795509116509004", "MESSAGE": message})


@pytest.mark.parametrize(
    ("text", "folder"),
    [
        (VERSION_1, f"/sys/fs/cgroup/memory/crowd.slice/docker-{ID}.scope"),
        (VERSION_2, f"/sys/fs/cgroup/photo.slice/photo-sync.slice/docker-{ID}.scope"),
        (f"4:memory:/docker/{ID}\n", f"/sys/fs/cgroup/memory/docker/{ID}"),
        (f"0::/docker/{ID}/init.scope\n", f"/sys/fs/cgroup/docker/{ID}"),
        (f"4:memory:/docker/{OTHER}\n0::/\n", ""),
        ("", ""),
    ],
)
def test_a_containers_memory_is_found_in_both_versions_of_cgroups(text, folder):
    assert oom_cgroup.folder_of(text, ID) == folder


@pytest.fixture
def group(tmp_path, monkeypatch):
    """The cgroup of a container, with control files of these names and texts."""

    def make(**files):
        folder = tmp_path / f"docker-{ID}.scope"
        folder.mkdir()
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
        monkeypatch.setattr(oom_cgroup, "folder_of", lambda _text, _identifier: str(folder))
        return oom_cgroup.read(1, ID)

    return make


V2 = "low 0\nhigh 0\nmax 71\noom {own}\noom_kill {kills}\noom_group_kill 0\n"
V1 = "oom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n"


@pytest.mark.parametrize(
    ("files", "kills", "own_limit"),
    [
        ({"memory__events": V2.format(own=2, kills=3)}, 3, True),
        ({"memory__events": V2.format(own=0, kills=1)}, 1, False),
        ({"memory__oom_control": V1.format(kills=2), "memory__failcnt": "259\n"}, 2, True),
        ({"memory__oom_control": V1.format(kills=1), "memory__failcnt": "0\n"}, 1, False),
    ],
    ids=["v2", "v2, for the sake of others", "v1", "v1, for the sake of others"],
)
def test_either_version_of_cgroups_counts_kills_and_says_whether_the_own_limit_was_reached(
    group, files, kills, own_limit
):
    assert group(**files) == oom_cgroup.Memory(kills, own_limit)


def test_a_container_that_does_not_run_has_no_counters():
    assert oom_cgroup.read(0, ID) is None


def test_a_cgroup_that_vanishes_under_the_reader_has_no_counters(group):
    assert group() is None


@pytest.mark.parametrize(("message", "own_limit"), [(OWN_LIMIT, True), (SLICES_LIMIT, False), (WHOLE_HOST, False)])
def test_a_kill_in_the_kernels_log_names_its_container_and_whose_limit_it_was(message, own_limit):
    (kill,) = oom_reading.kill_of_record(record(message))
    assert kill == oom_reading.Kill(ID, 1795509116.509004, own_limit)


@pytest.mark.parametrize(
    "line",
    [
        record(
            "oom-kill:constraint=CONSTRAINT_NONE,global_oom,task_memcg=/system.slice/ssh.service,task=sshd,pid=1,uid=0"
        ),
        record("Out of memory"),
        record([79, 79, 77]),
        "no JSON",
        "[]",
    ],
)
def test_what_is_no_kill_in_a_container_is_not_taken_for_one(line):
    assert list(oom_reading.kill_of_record(line)) == []


def test_a_host_without_a_journal_has_no_kernel_log(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list(oom_reading.kernel_log(0)) == []


@pytest.fixture
def inspected():
    """A container as the engine describes it, with these changes of its state."""

    def document(**state):
        running = {"Status": "running", "Running": True, "OOMKilled": False, "ExitCode": 0, "Pid": 0}
        times = {"StartedAt": "2026-11-24T08:32:22.5Z", "FinishedAt": "0001-01-01T00:00:00Z"}
        return {
            "Id": ID,
            "State": {**running, **times, **state},
            "Config": {"Labels": {"com.docker.compose.service": "hog"}},
            "HostConfig": {"Memory": 67108864},
            "RestartCount": 2,
        }

    return document


def test_a_container_that_lies_dead_was_killed_once_more_than_anybody_has_counted(inspected):
    dead = {"Running": False, "OOMKilled": True, "ExitCode": 137, "FinishedAt": "2026-11-24T08:33:00Z"}
    found = oom_reading.container_of(inspected(**dead))
    assert found.died == found.started + 37.5
    assert (found.service, found.limit, found.restarts, found.kills) == ("hog", 67108864, 2, None)


def test_the_engines_flag_on_a_container_that_lives_on_is_no_death(inspected):
    # It is also set on a survivor when a group above runs out of memory, and when a child was killed.
    document = inspected(OOMKilled=True)
    document["HostConfig"]["Memory"] = 0
    found = oom_reading.container_of(document)
    assert (found.died, found.limit) == (None, None)


def test_an_event_of_the_engine_is_a_kill_at_its_moment_for_a_reason_that_it_does_not_tell():
    event = {"Action": "oom", "Actor": {"ID": ID}, "timeNano": 1795509116509004928}
    assert oom_reading.kill_of_event(event) == oom_reading.Kill(ID, pytest.approx(1795509116.509), None)


def test_an_engine_that_does_not_answer_is_no_look(monkeypatch):
    monkeypatch.setattr(oom_reading, "ask", lambda _path: None)
    assert oom_reading.look("photo-sync", 0) is None
