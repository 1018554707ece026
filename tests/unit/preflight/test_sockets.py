# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Who holds a port: the kernel's tables, the processes behind them, the containers."""

import os
import socket

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import (
    Listener,
    Port,
    overlaps,
    parse_published,
    parse_sockets,
    read_listeners,
    unit_of,
)

# As a VPS shows them: sshd everywhere, a resolver on 127.0.0.53, one established connection to sshd.
TCP = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 55697 1
   1: 3500007F:0035 00000000:0000 0A 00000000:00000000 00:00000000 00000000   101        0 21001 1
   2: 030011AC:0016 010011AC:D2F0 01 00000000:00000000 02:0009C6CD 00000000     0        0 61234 1
"""
TCP6 = "head\n" + "".join(
    f"   {row}: {address} {'0' * 32}:0000 0A 00000000:00000000 00:00000000 00000000     0        0 5570{row} 1\n"
    for row, address in enumerate((f"{'0' * 32}:0050", f"{'0' * 24}01000000:01BB", f"{'0' * 16}FFFF00000100007F:1F90"))
)
UDP = """\
   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  190: 00000000:01BB 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 70001 1
"""


@pytest.mark.parametrize(
    ("text", "protocol", "found"),
    [
        (TCP, "tcp", ["0.0.0.0 22 55697", "127.0.0.53 53 21001"]),
        (TCP6, "tcp", [":: 80 55700", "::1 443 55701", "127.0.0.1 8080 55702"]),
        (UDP, "udp", ["0.0.0.0 443 70001"]),
    ],
)
def test_listening_sockets_are_told_from_connections_whatever_the_machines_byte_order(text, protocol, found):
    listeners = parse_sockets(text, protocol)
    assert [f"{one.address} {one.port} {one.inode}" for one in listeners] == found
    assert {one.protocol for one in listeners} == {protocol}


@pytest.mark.parametrize(
    ("wanted", "held", "collide"),
    [
        (("tcp", ""), ("tcp", "0.0.0.0"), True),
        (("tcp", ""), ("tcp", "127.0.0.1"), True),
        (("tcp", "127.0.0.1"), ("tcp", "::"), True),
        (("tcp", "127.0.0.1"), ("tcp", "127.0.0.1"), True),
        (("tcp", "::1"), ("tcp", "0:0:0:0:0:0:0:1"), True),
        (("tcp", "127.0.0.1"), ("tcp", "192.0.2.7"), False),
        (("udp", ""), ("tcp", "0.0.0.0"), False),
    ],
)
def test_addresses_collide_when_one_is_every_address_or_both_are_the_same(wanted, held, collide):
    assert overlaps(Port("caddy", 80, *wanted), Listener(80, *held)) is collide
    assert not overlaps(Port("caddy", 80, *wanted), Listener(8080, *held))


@pytest.mark.parametrize(
    ("cgroup", "unit"),
    [
        ("0::/system.slice/nginx.service\n", "nginx.service"),
        ("2:pids:/\n1:name=systemd:/system.slice/system-getty.slice/getty@tty1.service\n0::/\n", "getty@tty1.service"),
        ("0::/user.slice/user-1000.slice/session-3.scope\n", ""),
    ],
)
def test_the_service_that_holds_a_port_is_named_with_either_version_of_cgroups(cgroup, unit):
    assert unit_of(cgroup) == unit


def test_ports_of_containers_come_with_their_project():
    web = {"IP": "0.0.0.0", "PrivatePort": 8080, "PublicPort": 80, "Type": "tcp"}
    dns = {"IP": "::", "PrivatePort": 53, "PublicPort": 53, "Type": "udp"}
    labels, inside = {"com.docker.compose.project": "blog"}, {"PrivatePort": 9000, "Type": "tcp"}
    containers = [
        {"Names": ["/blog-web-1"], "Labels": labels, "Ports": [web, inside]},
        {"Names": ["/lonely"], "Labels": {}, "Ports": [dns]},
    ]
    assert parse_published(containers) == [
        Listener(80, "tcp", "0.0.0.0", container="blog-web-1", project="blog"),
        Listener(53, "udp", "::", container="lonely"),
    ]


def test_the_process_behind_a_real_socket_is_found():
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        found = read_listeners([Port("caddy", port), Port("caddy", port, "udp")])
    assert [(one.port, one.protocol, one.address, one.pid) for one in found] == [
        (port, "tcp", "127.0.0.1", os.getpid())
    ]
    assert found[0].command
