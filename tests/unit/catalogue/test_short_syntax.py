"""Sizes, durations, mounts and ports, as Compose writes them."""

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
    ("read", "text", "value"),
    [
        (parse_size, "1024", 1024),
        (parse_size, "6b", 6),
        (parse_size, "1k", 1024),
        (parse_size, "512M", 512 * 1024**2),
        (parse_size, "1.5g", 1536 * 1024**2),
        (parse_size, "2GB", 2 * 1024**3),
        (parse_duration, "500ms", 0.5),
        (parse_duration, "30s", 30),
        (parse_duration, "1m30s", 90),
        (parse_duration, "1.5h", 5400),
        (parse_duration, "1us", 1e-6),
        (parse_port, "80:8080", Port("", 80, 8080, "tcp")),
        (parse_port, "443:443/udp", Port("", 443, 443, "udp")),
        (parse_port, "192.0.2.1:80:80", Port("192.0.2.1", 80, 80, "tcp")),
        (parse_port, "[::1]:80:80", Port("::1", 80, 80, "tcp")),
    ],
)
def test_what_compose_writes_is_read(read, text, value):
    assert read(text) == (value if isinstance(value, Port) else pytest.approx(value))
    assert not isinstance(value, Port) or value.short() == text


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


NONE = [
    (parse_size, ["", "lots", "-1M", "1X", "M", "1 M G"]),
    (parse_duration, ["", "30", "s", "1d", "30 s", "-1s"]),
    (parse_mount, ["/data", "data", "data:data", "./data:/data", "~/data:/data", ":/data", ""]),
    (parse_port, ["80", "80:", ":80", "a:80", "80:80/icmp", "70000:80", "80-90:80-90", "host:80:80", "0:80"]),
]


@pytest.mark.parametrize(("read", "text"), [(read, text) for read, texts in NONE for text in texts])
def test_what_is_none_is_refused(read, text):
    with pytest.raises(ValueError, match="is not"):
        read(text)


def test_development_publishes_on_the_hosts_own_address_whatever_the_entry_says():
    entry = {"ports": [], "dev": {"ports": ["0.0.0.0:5433:5432"]}}
    assert [port.short() for port in published(entry, "development")] == ["127.0.0.1:5433:5432"]
