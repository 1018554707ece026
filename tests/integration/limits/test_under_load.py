# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Limits under load, from the kernel's side: whoever takes more than its share is stopped, and nobody else."""

import pytest
from limits.conftest import MEBIBYTE, ROOM, STACK, TASKS

HOG_BYTES = 64 * MEBIBYTE
HOG_CORES = 0.25
HOG_PIDS = 40
NEIGHBOURS = ("left", "right")
# Two of these fit into the limits of the neighbours, and not into what all services have together.
EATER = "import time; eaten = bytearray(262 << 20); time.sleep(600)"
FULL_SPEED = "while True: pass"
NAPS = "while :; do sleep 61.5 & done"


def exec_in(service, command, options="", check=False):
    return f"docker exec {options} {STACK}-{service}-1 {command}" + ("" if check else " || true")


@pytest.fixture
def busy_host(at_peace):
    """Somebody outside of the stack who wants every core for himself."""
    at_peace.sh(
        f"for core in $(seq $(nproc)); do systemd-run --quiet --unit=busy-$core python3 -c '{FULL_SPEED}'; done"
    )
    yield at_peace
    at_peace.sh("systemctl stop 'busy-*'")


def test_a_hog_is_killed_at_its_limit_and_nobody_else_is(at_peace):
    before = {name: at_peace.oom_kills(name) for name in ("hog", *NEIGHBOURS)}
    ended = at_peace.sh(exec_in("hog", "python3 -c 'bytearray(200 << 20)'", check=True) + "; echo $?", check=False)
    assert ended.splitlines()[-1] == "137"
    assert at_peace.number("hog", "memory", "memory.max", "memory.limit_in_bytes") == HOG_BYTES
    assert at_peace.number("hog", "memory", "memory.peak", "memory.max_usage_in_bytes") <= HOG_BYTES
    after = {name: at_peace.oom_kills(name) for name in ("hog", *NEIGHBOURS)}
    assert after == {**before, "hog": before["hog"] + 1}


def test_all_services_together_cannot_take_what_the_host_keeps_for_itself(at_peace):
    before = sum(at_peace.oom_kills(name) for name in NEIGHBOURS)
    for name in NEIGHBOURS:
        at_peace.sh(exec_in(name, f'python3 -c "{EATER}"', "--detach"))
    try:
        at_peace.until(lambda: sum(at_peace.oom_kills(name) for name in NEIGHBOURS) > before, "a kill in the slice")
        assert at_peace.number("", "memory", "memory.max", "memory.limit_in_bytes") == ROOM * MEBIBYTE
        assert at_peace.number("", "memory", "memory.peak", "memory.max_usage_in_bytes") <= ROOM * MEBIBYTE
        # One of them had to go, so that the other could stay.
        assert at_peace.sh("pgrep -fc '[e]aten = bytearray'") == "1"
        (summary,) = [each for each in at_peace.health()["oom_kills"] if each["service"] in NEIGHBOURS]
        assert not summary["own_limit"]
        said = at_peace.sh(f"{STACK} health")
        assert "all services together need more memory than the host has for them" in said
    finally:
        at_peace.sh("pkill -f '[e]aten = bytearray' || true")


def test_a_spinner_gets_its_part_of_a_core_on_a_busy_host_and_no_more(busy_host):
    for name in ("hog", "left"):
        busy_host.sh(exec_in(name, f"timeout 60 python3 -c '{FULL_SPEED}'", "--detach"))
    try:
        stopped = stops(busy_host)
        hog, neighbour = shares_of_a_core(busy_host, ("hog", "left"), seconds=5)
        assert hog <= HOG_CORES * 1.1
        # A neighbour with a limit of a whole core shows what the machine outside leaves to anybody at the moment.
        if neighbour > 2 * HOG_CORES:
            assert hog >= 0.7 * HOG_CORES
            # It was the limit that held it back, and not the others: it was stopped in many of the periods of 0.1 s.
            assert stops(busy_host) - stopped >= 20
    finally:
        busy_host.sh("pkill -f '[t]imeout 60 python3' || true")


def stops(crowd):
    """Periods of 0.1 s in which the hog had used up its part before their end."""
    return crowd.number("hog", "cpu", "cpu.stat", key="nr_throttled")


def shares_of_a_core(crowd, services, seconds):
    """What services used of one core's time, by the kernel's accounting and the host's clock."""
    accounts = f"""
        used() {{
            for service in {" ".join(services)}; do
                scope=docker-$(docker inspect -f '{{{{.Id}}}}' {STACK}-$service-1).scope
                folder=$(find /sys/fs/cgroup/cpuacct /sys/fs/cgroup -type d -name $scope 2>/dev/null | head -1)
                cat $folder/cpuacct.usage 2>/dev/null || awk '$1 == "usage_usec" {{print $2 * 1000}}' $folder/cpu.stat
                echo $EPOCHREALTIME
            done
        }}
        used
        sleep {seconds}
        used
    """
    values = list(map(float, crowd.sh(accounts).split()))
    before, after = values[: len(values) // 2], values[len(values) // 2 :]
    spent = [(last - first) for first, last in zip(before, after, strict=True)]
    return [used / 1e9 / elapsed for used, elapsed in zip(spent[::2], spent[1::2], strict=True)]


def test_a_fork_bomb_stops_at_its_limit_and_the_host_still_forks(crowd):
    bomb = "bomb() { bomb | bomb & }; bomb; sleep 60"
    neighbours = {name: at for name, at in crowd.starts().items() if not name.endswith("-hog-1")}
    crowd.sh(exec_in("hog", f"sh -c '{bomb}'", "--detach"))
    try:
        crowd.until(lambda: crowd.number("hog", "pids", "pids.events", key="max") > 0, "a fork that was refused")
        assert crowd.number("hog", "pids", "pids.max") == HOG_PIDS
        # Health checks come into the group from outside, which the kernel lets through, up to their own end.
        assert crowd.number("hog", "pids", "pids.current") < 2 * HOG_PIDS
        assert crowd.sh("for number in $(seq 100); do /bin/true || exit; done; echo forked") == "forked"
        for name in NEIGHBOURS:
            assert crowd.sh(exec_in(name, "echo well", check=True)) == "well"
    finally:
        crowd.sh(f"docker restart --time 0 {STACK}-hog-1")
    assert {name: at for name, at in crowd.starts().items() if name in neighbours} == neighbours


def test_all_services_together_cannot_take_the_processes_that_the_host_needs(at_peace):
    try:
        for name in NEIGHBOURS:
            at_peace.sh(exec_in(name, f"sh -c '{NAPS}' 2>&1"))
        assert at_peace.number("", "pids", "pids.max") == TASKS
        # No fork goes beyond it; what Docker itself puts into a container, such as a probe, comes on top for a moment.
        assert TASKS - 5 <= at_peace.number("", "pids", "pids.current") <= TASKS + 5
        # The one that came second was stopped by what all have together, below its own limit.
        assert at_peace.number("right", "pids", "pids.current") < 120
        assert at_peace.sh("for number in $(seq 100); do /bin/true || exit; done; echo forked") == "forked"
    finally:
        at_peace.sh("pkill -f '[s]leep 61.5' || true")
