# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A certificate that is still to be issued: neither healthy nor a failure, and never hidden behind one another."""

import json
import ssl
import threading
import time

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health.engine import check
from ansible_collections.photosync.vps.plugins.module_utils.health.report import report
from ansible_collections.photosync.vps.plugins.module_utils.health.results import verdict
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets
from health.player import Play, compose, document

DNS = "HTTP 400 urn:ietf:params:acme:error:dns - no valid A records found"
UNTRUSTED = "tls: failed to verify certificate: x509: certificate signed by unknown authority"
FRONT = {"kind": "container", "name": "caddy", "project": "p", "service": "caddy"}


class Pending:
    """A site with TLS that has no certificate until it is ``issued``."""

    def __init__(self, serve, authority):
        self.issued = False
        self.context = authority.certificate("photos.test", 20)
        self.context.sni_callback = lambda *_hello: None if self.issued else ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
        self.site = serve(tls=self.context)
        self.target = {
            "kind": "http",
            "name": "site",
            "url": "https://photos.test/",
            "connect_to": f"127.0.0.1:{self.site.port}",
            "ca_file": authority.file,
            "certificate_from": "caddy",
        }

    def issue(self):
        self.issued = True


@pytest.fixture
def pending(serve, authority):
    return Pending(serve, authority)


@pytest.fixture
def docker(tmp_path):
    player = Play(tmp_path)
    player.holds(document("a" * 64, "p-caddy-1", "healthy", **compose("caddy")))
    return player


def job(seconds, name="job", ends=0):
    return {"kind": "command", "name": name, "command": ["sh", "-c", f"sleep {seconds}; exit {ends}"]}


def wait(targets, deadline=20.0, **more):
    started = time.monotonic()
    results = check(parse_targets(targets), deadline=deadline, **more)
    return results, time.monotonic() - started


def test_a_certificate_that_is_not_issued_in_time_is_pending_and_what_is_missing_and_what_to_do_is_said(pending):
    results, seconds = wait([pending.target, job(0)], accept_pending_after=0.6)
    assert 0.5 < seconds < 5
    found = report(results)
    assert (found["healthy"], found["verdict"], found["pending"]) == (False, "pending", ["site"])
    lines = found["msg"].splitlines()
    assert lines[0] == "PENDING: no certificate has been issued yet for photos.test."
    assert lines[1] == "All else is healthy (1 target). What the site answers is not known until then."
    assert "Caddy" not in results[0].error, "there is none to ask"
    for word in ("DNS", "80 and 443", "rateLimited", "restart"):
        assert word in found["msg"]


def test_its_time_begins_when_all_else_is_healthy(pending):
    results, seconds = wait([pending.target, job(1.2)], accept_pending_after=0.6)
    assert verdict(results) == "pending"
    assert seconds > 1.7


def test_a_certificate_that_is_issued_meanwhile_is_healthy(pending):
    threading.Timer(0.5, pending.issue).start()
    results, _seconds = wait([pending.target], accept_pending_after=15)
    assert verdict(results) == "healthy"
    assert results[0].began.startswith("the server has no certificate for photos.test (yet)")


def test_another_failure_beside_it_is_waited_for_and_is_a_failure(pending):
    results, seconds = wait([pending.target, job(0, ends=1)], deadline=1.2, accept_pending_after=0.1)
    assert verdict(results) == "unhealthy"
    assert seconds > 1


def test_without_being_accepted_it_is_waited_for_like_everything_else(pending):
    results, seconds = wait([pending.target], deadline=1.0)
    assert verdict(results) == "pending"
    assert seconds > 0.9


@pytest.mark.parametrize("url", ["https://other.test/", "https://photos.test/"], ids=["another name", "untrusted"])
def test_a_wrong_certificate_is_never_pending(pending, url, tmp_path):
    pending.issue()
    system = {"ca_file": pending.target["ca_file"]} if "other" in url else {"ca_file": None}
    results, _seconds = wait([{**pending.target, "url": url, **system}], deadline=0.5, accept_pending_after=0.1)
    assert verdict(results) == "unhealthy" and results[0].reason == "certificate"


def said(docker, error, name="photos.test"):
    entry = {"level": "error", "ts": time.time() - 5, "identifier": name, "error": error}
    docker.says("said", json.dumps(entry) + "\n")


def test_why_it_is_not_issued_is_told_in_caddys_words_without_secrets(pending, docker):
    said(docker, f"{DNS} for hush-hush-hush")
    more = {"docker": docker.path, "secrets": ["hush-hush-hush"]}
    results, _seconds = wait([FRONT, pending.target], accept_pending_after=0.2, **more)
    assert verdict(results) == "pending"
    assert "; Caddy asked for it " in results[1].error and results[1].error.endswith(f"s ago: {DNS} for ***")
    assert DNS in report(results)["msg"]


def test_an_authority_that_caddy_does_not_trust_is_a_failure_since_no_waiting_helps(pending, docker):
    said(docker, UNTRUSTED)
    results, _seconds = wait([FRONT, pending.target], accept_pending_after=0.2, docker=docker.path)
    assert verdict(results) == "unhealthy" and results[1].reason == "authority"
    assert "Caddy does not trust the authority" in results[1].error
