"""Caddy renews the certificate by itself, and nobody notices."""

import threading
import time

from integration.certificates.stack import STACK

CADDY = f"docker exec -i {STACK}-caddy-1"
# So that a certificate is due when it has lived six seconds longer than now; Caddy's own share is a third. The renewal
# then falls between two reloads, which are the test's own, and which may cost a visitor his connection.
DUE_SOON = f"""
set -o pipefail
seconds() {{ date --date "$(openssl x509 -noout -$1 <<<"$certificate" | cut -d= -f2)" +%s; }}
certificate=$({CADDY} sh -c 'cat /data/caddy/certificates/*/*/*.crt')
began=$(seconds startdate) ends=$(seconds enddate)
{CADDY} caddy adapt --config /etc/caddy/Caddyfile | python3 -c '
import json, sys, time
began, ends = map(int, sys.argv[1:])
document = json.load(sys.stdin)
for policy in document["apps"]["tls"]["automation"]["policies"]:
    policy["renewal_window_ratio"] = 1 - (time.time() - began + 6) / (ends - began)
json.dump(document, sys.stdout)' $began $ends >/root/due.json
{CADDY} sh -c 'cat >/tmp/due.json && caddy reload --config /tmp/due.json' </root/due.json
"""
AS_BEFORE = f"{CADDY} caddy reload --config /etc/caddy/Caddyfile --adapter caddyfile"


class Visitor(threading.Thread):
    """Asks again and again, with a new connection each time, and notes what it gets."""

    def __init__(self, site):
        super().__init__(daemon=True)
        self.site = site
        self.answers, self.failures = [], []
        self.over = threading.Event()

    def run(self):
        while not self.over.wait(0.02):
            try:
                self.answers.append(self.site.ask())
            except OSError as error:
                self.failures.append(error)

    def has_seen(self, serials, seconds):
        """Whether it comes to see so many certificates in time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and len({answer.serial for answer in self.answers}) < serials:
            time.sleep(0.1)
        return len({answer.serial for answer in self.answers}) >= serials


def test_a_certificate_that_is_due_is_renewed_while_the_site_answers_every_request(issued):
    site = issued.site
    before, orders = site.ask().serial, site.authority.orders()
    visitor = Visitor(site)
    site.machine.sh(DUE_SOON)
    try:
        visitor.start()
        renewed = visitor.has_seen(2, 60)
    finally:
        visitor.over.set()
        visitor.join()
        site.machine.sh(AS_BEFORE)
    assert renewed
    assert visitor.failures == []
    assert {answer.status for answer in visitor.answers} == {200}
    assert visitor.answers[0].serial == before != visitor.answers[-1].serial
    assert site.authority.orders() > orders
    assert site.health()[0] == 0
