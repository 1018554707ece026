# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A registry on the loopback interface that can be told how to behave."""

import base64
import http.server
import json
import threading
import urllib.parse

TOKEN = "a-token-for-one-image"


class Registry(http.server.ThreadingHTTPServer):
    """What it holds (repository:version), whom it wants to see, what it answers instead, and what it was asked."""

    daemon_threads = True

    def __init__(self):
        super().__init__(("127.0.0.1", 0), _Handler)
        self.name = f"127.0.0.1:{self.server_address[1]}"
        self.holds = set()
        self.challenge, self.accounts, self.status = "", {}, None
        self.asked = []
        self.silent = False
        self.ended = threading.Event()

    def authorized(self, header):
        """Say whether a request may see manifests."""
        if self.challenge == "basic":
            return header in self.accounts.values()
        return header == "Bearer " + TOKEN if self.challenge else True

    def handle_error(self, request, client_address):
        """Clients that break off are part of the tests."""


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        server = self.server
        server.asked.append((self.command, self.path, self.headers.get("Authorization")))
        if server.silent:
            server.ended.wait()
        path = urllib.parse.urlsplit(self.path).path
        if server.status:
            self.answer(server.status)
        elif not server.authorized(self.headers.get("Authorization")):
            realm = 'realm="http://{0}/token",service="registry.test",scope="repository:{1}:pull"'
            name = path[len("/v2/") : path.index("/manifests/")]
            challenge = {"basic": 'Basic realm="here"', "bearer": "Bearer " + realm.format(server.name, name)}
            self.answer(401, {"WWW-Authenticate": challenge[server.challenge]})
        else:
            held = path[len("/v2/") :].replace("/manifests/", ":") in server.holds
            self.answer(200 if held else 404)

    def do_GET(self):
        server = self.server
        server.asked.append((self.command, self.path, self.headers.get("Authorization")))
        known = not server.accounts or self.headers.get("Authorization") in server.accounts.values()
        self.answer(200 if known else 401, {}, json.dumps({"token": TOKEN}).encode())

    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.asked.append((self.command, self.path, form))
        self.answer(200, {}, json.dumps({"access_token": TOKEN}).encode())

    def answer(self, status, headers=(), body=b""):
        self.send_response(status)
        for name, value in dict(headers, **{"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *_arguments):
        """Quiet."""


def basic(name, password):
    """Return the Authorization header of a plain login."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
