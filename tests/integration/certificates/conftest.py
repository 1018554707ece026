"""A machine on which the stack of ``stack.py`` was deployed while its authority did not answer yet.

The files of this folder tell one story, in the order of their names; each of them can begin it too.
"""

import base64
import http.client
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from integration.certificates import stack
from support import throwaway
from support.playbook import Run


@dataclass(frozen=True)
class Answer:
    """What a visitor gets: the status, and the serial of the certificate that was verified."""

    status: int
    serial: str


class Site:
    """The stack on its machine, and its authority."""

    def __init__(self, machine: throwaway.Machine, authority: stack.Authority):
        self.machine = machine
        self.authority = authority
        self.first_run = self.deploy(playbook="site")

    def deploy(self, *options: str, playbook: str = "deploy", **settings: Any) -> Run:
        """Run a playbook with other settings than the inventory's."""
        return self.machine.play(playbook, settings, *options)

    def health(self) -> tuple[int, str]:
        """The exit code and the words of the host command."""
        # Two streams arrive in any order.
        said = self.machine.sh(f"{stack.STACK} health >/root/said 2>&1; code=$?; cat /root/said; echo code $code")
        words, _code, number = said.rpartition("code ")
        return int(number), words

    def ask(self, credentials: str = "") -> Answer:
        """Ask from outside, under the site's name, trusting its authority and nobody else."""
        context = ssl.create_default_context(cafile=str(self.authority.root))
        plain = socket.create_connection((self.machine.address, 443), timeout=20)
        with context.wrap_socket(plain, server_hostname=stack.DOMAIN) as secure:
            connection = http.client.HTTPConnection(stack.DOMAIN)
            connection.sock = secure
            basic = "Basic " + base64.b64encode(credentials.encode()).decode()
            connection.request("GET", "/", headers={"Authorization": basic} if credentials else {})
            return Answer(connection.getresponse().status, str((secure.getpeercert() or {})["serialNumber"]))

    def current(self) -> str:
        """The release that serves."""
        return self.machine.sh(f"readlink /opt/{stack.STACK}/current").strip()


@pytest.fixture(scope="session")
def roots(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The root of the family's authority, and one of somebody else's."""
    folder = tmp_path_factory.mktemp("roots")
    return {name: stack.make_root(folder, name) for name in ("family", "other")}


@pytest.fixture(scope="session")
def site(roots: dict[str, Path]) -> Iterator[Site]:
    """Deployed, with nobody who would issue a certificate."""
    with throwaway.machine("certificates", stack.variables()) as machine:
        authority = stack.Authority(machine, roots["family"])
        authority.lay_out()
        stack.put(machine, "/etc/ssl/other.crt", roots["other"].read_text())
        found = Site(machine, authority)
        assert found.first_run.rc == 0, found.first_run.output
        yield found


@dataclass(frozen=True)
class Issued:
    """The site with its certificate, and how long the first one took, in seconds."""

    site: Site
    seconds: float


@pytest.fixture(scope="session")
def issued(site: Site) -> Issued:
    """The authority has come, and Caddy was told to ask at once."""
    site.authority.start()
    site.machine.sh(f"{stack.STACK} restart caddy")
    began = time.monotonic()
    while time.monotonic() - began < 60:
        try:
            if site.ask().status == 200:
                break
        except OSError:
            time.sleep(0.2)
    return Issued(site, time.monotonic() - began)
