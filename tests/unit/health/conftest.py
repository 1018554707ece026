# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Real servers on the loopback interface, with certificates of an authority made for the test run."""

import contextlib
import http.server
import pathlib
import socket
import socketserver
import ssl
import subprocess
import threading
import time

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health.engine import check
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets


class Site:
    """What a server answers, and what it was asked; tests change the first and look at the second."""

    def __init__(self):
        self.status, self.body, self.headers, self.delay = 200, "", {}, 0.0
        self.requests = []
        self.answers = []

    def answer(self):
        return self.answers.pop(0) if self.answers else self.status


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        site = self.server.site
        site.requests.append((time.monotonic(), self.command, self.path, dict(self.headers)))
        time.sleep(site.delay)
        body = site.body.format(**self.headers).encode() if "{Authorization}" in site.body else site.body.encode()
        self.send_response(site.answer())
        for name, value in site.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_OPTIONS = answer

    def log_message(self, *_arguments):
        """Quiet."""


class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True
    request_queue_size = 1024

    def handle_error(self, request, client_address):
        """Clients that break off are part of the tests."""


@contextlib.contextmanager
def serving(port=0, tls=None):
    """A server at work; gives its site with its port."""
    server = Server(("127.0.0.1", port), Handler)
    server.site = Site()
    server.site.port = server.server_address[1]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def site():
    with serving() as running:
        running.url = f"http://127.0.0.1:{running.port}/"
        yield running


@pytest.fixture
def serve():
    """Start servers that end with the test."""
    with contextlib.ExitStack() as running:
        yield lambda **settings: running.enter_context(serving(**settings))


class Authority:
    """A certificate authority, through the openssl command."""

    def __init__(self, folder: pathlib.Path):
        self.folder = folder
        self.file = str(folder / "authority.crt")
        self.new_key("authority", "req", "-x509", "-subj", "/CN=test authority", "-days", "30", "-out", self.file)

    def new_key(self, name, *arguments):
        key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
        self.openssl(*arguments, *key, "-keyout", str(self.folder / (name + ".key")))

    @staticmethod
    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def certificate(self, host, days):
        """Settings of a server with a certificate for ``host`` that ends in so many days, or ended so many ago."""
        name = f"{host}-{days}"
        request, signed, names = (str(self.folder / (name + end)) for end in (".csr", ".crt", ".txt"))
        self.new_key(name, "req", "-new", "-subj", "/CN=" + host, "-out", request)
        pathlib.Path(names).write_text(f"subjectAltName=DNS:{host}", encoding="utf-8")
        signing = ["-CA", self.file, "-CAkey", str(self.folder / "authority.key"), "-CAcreateserial"]
        self.openssl("x509", "-req", "-in", request, "-out", signed, "-days", str(days), "-extfile", names, *signing)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(signed, str(self.folder / (name + ".key")))
        return context


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls_site(authority):
    """A site for photos.test with a certificate for twenty more days."""
    with serving(tls=authority.certificate("photos.test", 20)) as running:
        running.url = f"https://photos.test:{running.port}/"
        yield running


@pytest.fixture
def free_port():
    """A port that nothing listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


@pytest.fixture
def look():
    """Look once at one target and return its result."""

    def once(**settings):
        (result,) = check(parse_targets([settings]), deadline=None, wait=False)
        return result

    return once


@pytest.fixture
def wait():
    """Wait for one target and return its result."""

    def until_healthy(deadline=5.0, successes=1, **settings):
        (result,) = check(parse_targets([settings]), deadline=deadline, successes=successes)
        return result

    return until_healthy
