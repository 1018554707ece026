# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a host is: its distribution, its packages, its memory; each reader parses text that can be shown in a test."""

from __future__ import annotations

import ipaddress
import os
import shlex

# Which hosts are supported, and whether the distribution's own packages bring Docker Compose v2.
SUPPORTED = {
    ("debian", "12"): False,
    ("debian", "13"): True,
    ("ubuntu", "22.04"): True,
    ("ubuntu", "24.04"): True,
}
# Distributions that are supported by what their documentation says, and that nobody has run this on yet.
UNTRIED = frozenset({"ubuntu"})


def parse_os_release(text: str) -> dict[str, str]:
    """Return id, version and codename from the text of /etc/os-release."""
    values = {}
    for line in text.splitlines():
        key, separator, value = line.partition("=")
        if separator and not key.lstrip().startswith("#"):
            values[key.strip()] = " ".join(shlex.split(value))
    return {
        "id": values.get("ID", ""),
        "version": values.get("VERSION_ID", ""),
        "codename": values.get("VERSION_CODENAME", ""),
        "name": values.get("PRETTY_NAME", ""),
    }


def parse_packages(text: str) -> dict[str, str]:
    """Return the version of each installed package, from the text of /var/lib/dpkg/status."""
    installed = {}
    for paragraph in text.split("\n\n"):
        fields = _fields(paragraph)
        if fields.get("Status", "").endswith(" ok installed"):
            installed[fields["Package"]] = fields.get("Version", "")
    return installed


def parse_architecture(text: str) -> str:
    """Return Debian's name of the host's architecture: that of dpkg itself, in the text of /var/lib/dpkg/status."""
    for paragraph in text.split("\n\n"):
        fields = _fields(paragraph)
        if fields.get("Package") == "dpkg":
            return fields.get("Architecture", "")
    return ""


def parse_memory(text: str) -> int:
    """Return the bytes of memory from the text of /proc/meminfo."""
    for line in text.splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    return 0


def parse_addresses(fib_trie: str, if_inet6: str) -> list[str]:
    """Return the addresses of the interfaces but the loopback's, from the texts of these files in /proc/net."""
    found, address = set(), ""
    for line in fib_trie.splitlines():
        words = line.split()
        if words[:1] == ["|--"]:
            address = words[1]
        elif words == ["/32", "host", "LOCAL"]:
            found.add(address)
    found |= {str(ipaddress.ip_address(bytes.fromhex(line.split()[0]))) for line in if_inet6.splitlines()}
    return sorted(one for one in found if not ipaddress.ip_address(one).is_loopback)


def read_text(path: str) -> str:
    """Return the text of a file, or nothing where there is no such file."""
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read()
    except OSError:
        return ""


def has_systemd() -> bool:
    """Say whether systemd is process 1 and answers."""
    return read_text("/proc/1/comm").strip() == "systemd" and os.path.isdir("/run/systemd/system")


def _fields(paragraph: str) -> dict[str, str]:
    fields = {}
    for line in paragraph.splitlines():
        key, separator, value = line.partition(": ")
        if separator and not key.startswith(" "):
            fields[key] = value
    return fields
