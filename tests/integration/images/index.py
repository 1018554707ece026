"""A package index for npm and pip that asks for a password, in front of those that everybody may read.

index.py PORT USER:PASSWORD NPM_REGISTRY PIP_INDEX CERTIFICATE: /simple/… is pip's, everything else npm's. Each answered
request is one line on standard output.
"""

from __future__ import annotations

import base64
import shutil
import ssl
import sys
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PORT, CREDENTIALS, NPM, PIP, CERTIFICATE = sys.argv[1:]
WANTED = "Basic " + base64.b64encode(CREDENTIALS.encode()).decode()


class Index(BaseHTTPRequestHandler):
    """Hands on what others hold."""

    def do_GET(self) -> None:
        """Answer with what the index behind it answers."""
        if self.headers.get("Authorization") != WANTED:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="packages"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        pip = self.path.startswith("/simple/")
        address = PIP.rstrip("/") + self.path.removeprefix("/simple") if pip else NPM.rstrip("/") + self.path
        accept = {"Accept": self.headers.get("Accept", "*/*")}
        try:
            with urllib.request.urlopen(urllib.request.Request(address, headers=accept), timeout=120) as answer:
                print(self.path, flush=True)
                self.send_response(200)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.end_headers()
                shutil.copyfileobj(answer, self.wfile)
        except urllib.error.HTTPError as error:
            self.send_error(error.code)

    def log_message(self, *_words: object) -> None:
        """Said by what is printed."""


server = ThreadingHTTPServer(("0.0.0.0", int(PORT)), Index)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
