# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs on the host: a web server that answers /<milliseconds> after so long."""

import http.server
import time


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        time.sleep(int(self.path[1:]) / 1000)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_arguments):
        """Quiet."""


Server(("127.0.0.1", 18098), Handler).serve_forever()
