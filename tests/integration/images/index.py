"""A package index for npm and pip that asks for a password, in front of those that everybody may read.

index.py NAME ADDRESS PORT CREDENTIALS NPM_REGISTRY PIP_INDEX CERTIFICATE, where CREDENTIALS is a file with
USER:PASSWORD. /simple/… is pip's, everything else npm's. Each answered request is one line on standard output. It is
the name server of builds as well, since pip verifies no certificate for a bare address: it knows NAME, and asks this
machine's own name server for all others.
"""

import base64
import re
import shutil
import socket
import ssl
import sys
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

NAME, ADDRESS, PORT, CREDENTIALS, NPM, PIP, CERTIFICATE = sys.argv[1:]
WANTED = "Basic " + base64.b64encode(Path(CREDENTIALS).read_bytes().strip()).decode()


def answer_names() -> None:
    """Answer questions for names, one at a time."""
    with open("/etc/resolv.conf", encoding="ascii") as stream:
        other = re.findall(r"^nameserver (\S+)$", stream.read(), re.MULTILINE)[0]
    asked = b"".join(bytes([len(part)]) + part.encode() for part in NAME.split(".")) + b"\0"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((ADDRESS, 53))
        while True:
            question, who = server.recvfrom(4096)
            if asked in question:
                server.sendto(own(question, 12 + len(asked)), who)
                continue
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as way:
                way.settimeout(5)
                way.sendto(question, (other, 53))
                try:
                    server.sendto(way.recv(65535), who)
                except TimeoutError:
                    continue


def own(question: bytes, end: int) -> bytes:
    """The answer for our name: its address of the old kind, and none of the new."""
    wants_address = question[end : end + 2] == b"\0\1"
    count = b"\0\1" if wants_address else b"\0\0"
    record = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4" + socket.inet_aton(ADDRESS)
    head = question[:2] + b"\x81\x80\0\1" + count + b"\0\0\0\0"
    return head + question[12 : end + 4] + (record if wants_address else b"")


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


threading.Thread(target=answer_names, daemon=True).start()
server = ThreadingHTTPServer(("0.0.0.0", int(PORT)), Index)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(CERTIFICATE)
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
