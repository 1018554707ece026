# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs on the throwaway host: a server that writes down whatever is posted to it, one JSON object a line."""

from __future__ import annotations

import http.server
import json
import time


class Handler(http.server.BaseHTTPRequestHandler):
    """Hears everything; /slow takes a minute, /broken answers with an error, /elsewhere sends on."""

    def do_POST(self) -> None:
        """Write down who asked for what."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
        with open("/root/heard", "a", encoding="utf-8") as stream:
            stream.write(json.dumps({"path": self.path, "headers": dict(self.headers), "body": body}) + "\n")
        if self.path == "/slow":
            time.sleep(60)
        codes = {"/broken": 500, "/elsewhere": 302}
        self.send_response(codes.get(self.path, 200))
        self.send_header("Location", "/somewhere")
        self.end_headers()

    do_GET = do_POST


http.server.ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
