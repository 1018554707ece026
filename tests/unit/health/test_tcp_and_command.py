# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""TCP and command checks with real sockets and real processes."""

import os
import pathlib
import socket
import time

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health.engine import check
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets


def test_a_port_that_accepts_connections_is_healthy(look):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        result = look(kind="tcp", host="127.0.0.1", port=port)
    assert result.healthy and result.details["address"] == f"127.0.0.1:{port}"


def test_a_port_that_nothing_listens_on_is_not(look, free_port):
    result = look(kind="tcp", host="127.0.0.1", port=free_port)
    assert result.error == f"connection refused by 127.0.0.1:{free_port}"


def test_every_address_of_a_name_is_tried(look):
    """localhost has two addresses on most hosts; the service listens on one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        assert look(kind="tcp", host="localhost", port=listener.getsockname()[1]).healthy


def test_a_port_whose_queue_is_full_costs_the_timeout_and_no_more(look):
    with socket.create_server(("127.0.0.1", 0), backlog=0) as listener:
        address = listener.getsockname()
        held = [socket.socket() for _number in range(4)]
        for client in held:
            client.setblocking(False)
            client.connect_ex(address)
        result = look(kind="tcp", host="127.0.0.1", port=address[1], timeout=0.3)
        for client in held:
            client.close()
    assert result.reason == "timeout" and "no connection to 127.0.0.1" in result.error
    assert result.latency_ms < 600


@pytest.mark.parametrize(
    ("command", "error"),
    [
        (["true"], ""),
        (["test", "a $HOME 'b'", "=", "a $HOME 'b'"], ""),
        (["sh", "-c", 'test -z "$(cat)"'], ""),
        (["sh", "-c", "echo first; echo queue is full >&2; exit 3"], "exit code 3: first queue is full"),
        (["sh", "-c", "kill -9 $$"], "killed by signal 9"),
        (["/no/such/program"], "/no/such/program cannot be run"),
        (["/etc/passwd"], "/etc/passwd cannot be run"),
    ],
    ids=["ends with 0", "arguments as they are", "reads nothing", "fails", "is killed", "is not there", "is none"],
)
def test_a_command_is_healthy_when_it_ends_with_0_and_tells_why_otherwise(look, command, error):
    result = look(kind="command", command=command)
    assert result.healthy is (error == "") and result.error.startswith(error)
    assert result.error == error or error.endswith("run")
    assert "queue" not in error or result.details["rc"] == 3


def alive(pid_file: pathlib.Path) -> bool:
    try:
        os.kill(int(pid_file.read_text()), 0)
    except ProcessLookupError:
        return False
    state = pathlib.Path(f"/proc/{pid_file.read_text().strip()}/stat").read_text().split()[2]
    return state != "Z"


def eventually_gone(pid_file: pathlib.Path) -> bool:
    end = time.monotonic() + 2
    while alive(pid_file) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid_file)


def test_a_command_that_hangs_is_ended_with_all_that_it_started(look, tmp_path):
    pid_file = tmp_path / "pid"
    result = look(kind="command", command=["sh", "-c", f"sleep 60 & echo $! > {pid_file}; wait"], timeout=0.4)
    assert result.error == "no end of sh within 0.4 s"
    assert result.latency_ms < 1000
    assert eventually_gone(pid_file)


def test_no_command_runs_on_when_the_check_ends_early(tmp_path):
    pid_file = tmp_path / "pid"
    targets = parse_targets(
        [
            {"kind": "command", "timeout": 30, "command": ["sh", "-c", f"echo $$ > {pid_file}; sleep 60"]},
            {
                "kind": "command",
                "name": "first",
                "command": ["sh", "-c", f"until test -s {pid_file}; do :; done"],
            },
        ]
    )

    def interrupt(_progress):
        raise KeyboardInterrupt

    started = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        check(targets, deadline=30, on_progress=interrupt)
    assert time.monotonic() - started < 3
    assert eventually_gone(pid_file)


def test_a_command_that_says_gigabytes_does_not_fill_the_memory(look):
    result = look(kind="command", command=["sh", "-c", "yes | head -c 300000000; echo the end; exit 1"], timeout=20)
    assert result.error.endswith("the end") and len(result.error) < 400
