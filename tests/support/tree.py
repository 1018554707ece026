"""A fingerprint of what a host keeps, to show that nothing changed."""

from __future__ import annotations

from typing import Any

# Where a sysadmin's and the collection's files lie, without what a running system writes by itself.
SCRIPT = (
    "find /etc /opt /usr/local /root /srv /var/lib /var/log/photo-sync -xdev "
    "-path /var/lib/systemd -prune -o -path /var/lib/docker -prune -o -path /var/lib/private -prune "
    "-o -path /root/.ansible -prune -o -printf '%p %y %m %u %s %T@\\n' 2>/dev/null | sort || true"
)


def of(host: Any) -> list[str]:
    """Every file, folder and link with kind, mode, owner, size and time of change."""
    return host.check_output(SCRIPT).splitlines()
