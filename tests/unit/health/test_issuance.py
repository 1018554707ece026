# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Why a certificate is not there yet, found in the log of the Caddy that asks for it. Lines are Caddy 2.11's."""

import json

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health.issuance import last_trouble

DNS = "HTTP 400 urn:ietf:params:acme:error:dns - no valid A records found for photos.test"
UNTRUSTED = "performing request: tls: failed to verify certificate: x509: certificate signed by unknown authority"


def line(error=DNS, **more):
    entry = {"level": "error", "ts": 1000.5, "logger": "tls.obtain", "msg": "could not get certificate from issuer"}
    return json.dumps(dict(entry, identifier="photos.test", issuer="acme-v02.api", error=error, **more))


RETRY = json.dumps({"level": "error", "ts": 1000.6, "msg": "will retry", "error": "[photos.test] Obtain: " + DNS})
INFO = json.dumps({"level": "info", "identifier": "photos.test", "error": "none"})


def test_the_last_failure_is_told_with_its_age():
    trouble = last_trouble([line("older"), line(), RETRY, INFO], "photos.test")
    assert trouble.told(1012.5) == "Caddy asked for it 12 s ago: " + DNS
    assert not trouble.hopeless


@pytest.mark.parametrize("log", [[INFO, "panic: not JSON", "[1]", "", RETRY], [line().replace("photos", "other")]])
def test_a_log_without_failure_of_this_name_tells_nothing(log):
    assert last_trouble(log, "photos.test") is None


def test_an_authority_that_is_not_trusted_is_beyond_waiting():
    trouble = last_trouble([line(UNTRUSTED)], "photos.test")
    assert trouble.hopeless
    assert trouble.told(1000.5).startswith("Caddy does not trust the authority that it asked 0 s ago: performing")


def test_a_log_whose_times_are_no_numbers_is_read_all_the_same():
    entry = json.dumps(dict(json.loads(line()), ts="2026-11-24 08:00:00"))
    assert last_trouble([entry], "photos.test").told(5.0) == "Caddy asked for it the last time: " + DNS
