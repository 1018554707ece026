# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What browsers are told: what an application says itself, and where it says nothing, what is careful."""

from __future__ import annotations

import http.client
import socket
import ssl

from integration.releases import small

OWN = {
    "x-frame-options": "SAMEORIGIN",
    "referrer-policy": "same-origin",
    "strict-transport-security": "max-age=15552000; includeSubDomains",
}
CAREFUL = {
    "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin",
    "strict-transport-security": "max-age=31536000",
    "x-content-type-options": "nosniff",
}
CONFIGURATION = "/etc/nginx/conf.d/default.conf"


def told(site, path):
    """What a browser is told with an answer; of a header that came twice both values."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    plain = socket.create_connection((site.machine.address, 443), timeout=20)
    with context.wrap_socket(plain, server_hostname=small.DOMAIN) as secure:
        connection = http.client.HTTPConnection(small.DOMAIN)
        connection.sock = secure
        connection.request("GET", path)
        headers = connection.getresponse().headers
    return {name: ", ".join(headers.get_all(name, [])) for name in CAREFUL}


def test_an_applications_own_headers_pass_and_those_it_lacks_are_added(site):
    site.good()
    lines = "".join(f'add_header {name} "{value}" always; ' for name, value in OWN.items())
    one = f'add_header x-frame-options "{OWN["x-frame-options"]}" always;'
    site.machine.sh(
        f"docker exec small-web-1 sed -i.old '/index/a location /own {{ {lines} return 200; }}"
        f" location /one {{ {one} return 404; }}' {CONFIGURATION} && docker exec small-web-1 nginx -s reload && sleep 1"
    )
    try:
        assert told(site, "/own") == {**CAREFUL, **OWN}
        assert told(site, "/one") == {**CAREFUL, "x-frame-options": "SAMEORIGIN"}
        assert told(site, "/") == CAREFUL
        assert told(site, "/nothing-here") == CAREFUL
    finally:
        site.machine.sh(
            f"docker exec small-web-1 mv {CONFIGURATION}.old {CONFIGURATION} && docker exec small-web-1 nginx -s reload"
        )
