"""Sizes, durations, mounts and ports, as Compose writes them."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common.units import parse_duration, parse_size
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.mounts import (
    Mount,
    Port,
    parse_mount,
    parse_port,
    published,
)


@pytest.mark.parametrize(
    ("text", "size"),
    [("1024", 1024), ("6b", 6), ("1k", 1024), ("512M", 512 * 1024**2), ("1.5g", 1536 * 1024**2), ("2GB", 2 * 1024**3)],
)
def test_a_size_is_read(text, size):
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "lots", "-1M", "1X", "M", "1 M G"])
def test_what_is_no_size_is_refused(text):
    with pytest.raises(ValueError, match="is not a size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("30s", 30), ("1m30s", 90), ("1.5h", 5400), ("1us", 1e-6)]
)
def test_a_duration_is_read(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("text", ["", "30", "s", "1d", "30 s", "-1s"])
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("text", "mount", "named", "read_only"),
    [
        ("data:/data", Mount("data", "/data", ""), True, False),
        ("data:/data:ro", Mount("data", "/data", "ro"), True, True),
        ("/srv/photos:/data:ro,z", Mount("/srv/photos", "/data", "ro,z"), False, True),
    ],
)
def test_a_mount_is_read(text, mount, named, read_only):
    found = parse_mount(text)
    assert (found, found.named, found.read_only) == (mount, named, read_only)


@pytest.mark.parametrize("text", ["/data", "data", "data:data", "./data:/data", "~/data:/data", ":/data", ""])
def test_what_is_no_mount_is_refused(text):
    with pytest.raises(ValueError, match="is not"):
        parse_mount(text)


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("80:8080", Port("", 80, 8080, "tcp")),
        ("443:443/udp", Port("", 443, 443, "udp")),
        ("192.0.2.1:80:80", Port("192.0.2.1", 80, 80, "tcp")),
        ("[::1]:80:80", Port("::1", 80, 80, "tcp")),
    ],
)
def test_a_port_is_read_and_written_again(text, port):
    assert parse_port(text) == port
    assert port.short() == text


@pytest.mark.parametrize(
    "text", ["80", "80:", ":80", "a:80", "80:80/icmp", "70000:80", "80-90:80-90", "host:80:80", "0:80"]
)
def test_what_is_no_port_is_refused(text):
    with pytest.raises(ValueError, match="is not"):
        parse_port(text)


def test_development_publishes_on_the_hosts_own_address_whatever_the_entry_says():
    entry = {"ports": [], "dev": {"ports": ["0.0.0.0:5433:5432"]}}
    assert [port.short() for port in published(entry, "development")] == ["127.0.0.1:5433:5432"]
