# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Registries that are served while a test runs, and what the docker command would have left on the host."""

import json
import ssl
import subprocess
import threading

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.preflight import registry_client
from preflight.registries import Registry


@pytest.fixture
def start():
    """Start registries that end with the test; with ``tls`` they speak it."""
    running = []

    def begin(tls=None):
        server = Registry()
        if tls:
            server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
        running.append(server)
        return server

    yield begin
    for server in running:
        server.ended.set()
        server.shutdown()
        server.server_close()


@pytest.fixture
def registry(start):
    """A registry that holds one image."""
    server = start()
    server.holds.add("photos/server:1")
    return server


@pytest.fixture
def certificate(tmp_path):
    """A certificate for 127.0.0.1 that nobody signed: its file, and a server's side of TLS."""
    file, key = str(tmp_path / "server.crt"), str(tmp_path / "server-key.txt")
    wanted = ["-subj", "/CN=registry", "-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    subprocess.run(["openssl", "req", *kind, *wanted, "-out", file, "-keyout", key], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file, key)
    return file, context


@pytest.fixture
def docker_home(tmp_path, monkeypatch):
    """Write what ``docker login`` would have left."""
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))

    def write(config):
        (tmp_path / "config.json").write_text(json.dumps(config))

    write({})
    return write


@pytest.fixture(autouse=True)
def short_patience(monkeypatch):
    """Let silence be noticed soon."""
    monkeypatch.setattr(registry_client, "ANSWER_SECONDS", 1)
