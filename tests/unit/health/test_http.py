# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""HTTP checks against real servers: what is healthy, what is not, and what is said about it."""

import json
import os
import socket
import ssl
import threading
import time

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.health import http_probe
from ansible_collections.photosync.vps.plugins.module_utils.health.report import report

READY = 'a lot before {"ready": true}'
DEGRADED = '{"status": "degraded", "redis": "down"}'
WRONG = "status is degraded, wanted ok; redis is down, wanted up; age is absent, wanted 1"


@pytest.mark.parametrize(
    ("status", "body", "target", "reason", "error"),
    [
        (200, "", {}, "ok", ""),
        (503, DEGRADED, {}, "status", f"status 503, wanted 200; body: {DEGRADED}"),
        (404, "", {"status": ["200-499"]}, "ok", ""),
        (404, "", {"status": ["2xx", "404"]}, "ok", ""),
        (404, "", {"status": ["2xx", "403"]}, "status", "status 404, wanted "),
        (308, "", {}, "status", "redirects to https://elsewhere.example/"),
        (200, READY, {"body": r'"ready":\s*true'}, "ok", ""),
        (200, READY, {"body": "^ready"}, "body", "a lot before"),
        (200, "<html>a single-page application</html>", {"json": {"status": "ok"}}, "json", "not JSON"),
        (200, DEGRADED, {"json": {"status": "ok", "redis": "up", "age": 1}}, "json", WRONG),
        (500, "\x1b[2Jcleared\x07\nsecond line", {}, "status", "body: cleared second line"),
        (403, "unknown token abc1234", {"headers": {"Authorization": "Token abc1234"}}, "status", "unknown token ***"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_answer_is_judged_and_what_is_wrong_with_it_is_quoted(site, look, status, body, target, reason, error):
    site.status, site.body = status, body
    site.headers = {"Location": "https://elsewhere.example/"} if status == 308 else {}
    result = look(kind="http", url=site.url, **target)
    assert (result.healthy, result.reason, len(site.requests)) == (reason == "ok", reason, 1)
    assert error in result.error and (error or not result.error)
    assert (result.details["status"], result.details["address"]) == (status, f"127.0.0.1:{site.port}")
    assert result.latency_ms > 0


def test_path_query_method_and_headers_are_sent(site, look):
    look(kind="http", url=site.url + "deep/path?full=1", method="POST", headers={"X-Probe": "yes", "Host": "a.example"})
    (_at, method, path, headers) = site.requests[0]
    assert (method, path, headers["X-Probe"], headers["Host"]) == ("POST", "/deep/path?full=1", "yes", "a.example")


def test_proxies_of_the_environment_are_not_used(site, look, monkeypatch, free_port):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port}")
    assert look(kind="http", url=site.url).healthy


@pytest.mark.parametrize(
    ("wanted", "healthy"),
    [
        ({"status": "ok"}, True),
        ({"services.1.state": "up"}, True),
        ({"count": 3, "deep.flag": True}, True),
        ({"count": "3", "deep.flag": "True"}, True),
        ({"nothing": None}, True),
        ({"status": "OK"}, False),
        ({"services.2.state": "up"}, False),
        ({"status.deeper": "ok"}, False),
        ({"absent": None}, False),
        ({"deep.flag": False}, False),
    ],
)
def test_values_of_a_json_answer_are_compared(site, look, wanted, healthy):
    document = {"status": "ok", "services": [{"state": "down"}, {"state": "up"}], "count": 3, "deep": {"flag": True}}
    site.body = json.dumps(dict(document, nothing=None))
    assert look(kind="http", url=site.url, json=wanted).healthy is healthy


def test_secrets_in_headers_appear_nowhere_even_when_the_server_repeats_them(site, look):
    secret = "s3cr3t-" + "x" * 300
    site.status, site.body = 401, "go away {Authorization}"
    settings = {"kind": "http", "url": site.url, "headers": {"Authorization": "Bearer " + secret}}
    shown = [look(**settings), look(**settings, status=["401"], body="welcome")]
    site.body = '{{"who": "{Authorization}"}}'
    shown.append(look(**settings, status=["401"], json={"who": "me"}))
    site.headers = {"Location": "/login?from=" + secret}
    shown.append(look(**settings))
    assert [result.healthy for result in shown] == [False] * 4
    assert "s3cr3t" not in repr(shown) and "s3cr3t" not in json.dumps(report(shown))


def test_headers_of_a_file_are_sent_and_appear_nowhere(site, look, tmp_path):
    file = tmp_path / "probe.headers"
    file.write_text("Authorization: Basic aGVhbHRoOmh1c2g=\n\nX-Probe: from the file\n")
    site.status, site.body = 401, "go away {Authorization}"
    settings = {"kind": "http", "url": site.url, "headers_file": str(file)}
    result = look(**settings, headers={"X-Probe": "its own"})
    (_at, _method, _path, headers) = site.requests[0]
    assert (headers["Authorization"], headers["X-Probe"]) == ("Basic aGVhbHRoOmh1c2g=", "its own")
    assert result.error.endswith("body: go away ***")
    assert "aGVhbHRoOmh1c2g" not in json.dumps(report([result]))
    file.write_text("Authorization: Basic changed")
    look(**settings)
    assert site.requests[1][3]["Authorization"] == "Basic changed"


@pytest.mark.parametrize("content", [None, "no colon and a s3cr3t", "bad name: s3cr3t", "X: fine\nY: \x00s3cr3t"])
def test_a_file_of_headers_that_cannot_be_used_is_named_without_what_is_in_it(site, look, tmp_path, content):
    file = tmp_path / "probe.headers"
    if content is not None:
        file.write_text(content)
    result = look(kind="http", url=site.url, headers_file=str(file))
    assert result.reason == "headers_file" and str(file) in result.error
    assert "s3cr3t" not in result.error and not site.requests


def test_nobody_listening_is_named_with_the_address(look, free_port):
    result = look(kind="http", url=f"http://127.0.0.1:{free_port}/")
    assert (result.reason, result.error) == ("refused", f"connection refused by 127.0.0.1:{free_port}")


def test_a_name_that_does_not_resolve_is_named(look):
    result = look(kind="http", url="http://no-such-host.invalid/")
    assert result.reason == "name" and "no-such-host.invalid" in result.error


def test_a_silent_server_costs_the_timeout_and_no_more(site, look):
    site.delay = 3
    result = look(kind="http", url=site.url, timeout=0.3)
    assert result.reason == "timeout" and result.error == "no whole answer within 0.3 s"
    assert result.latency_ms < 600


def dripping(answer, pause):
    """A server that sends its answer one byte at a time."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _address = listener.accept()
        with connection, listener:
            connection.recv(1000)
            try:
                for byte in answer:
                    connection.sendall(bytes([byte]))
                    time.sleep(pause)
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{listener.getsockname()[1]}/"


def test_a_server_that_drips_its_answer_costs_the_timeout_and_no_more(look):
    url = dripping(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok" + b" " * 100, pause=0.1)
    result = look(kind="http", url=url, timeout=0.5)
    assert result.reason == "timeout"
    assert result.latency_ms < 900


@pytest.mark.parametrize(("answer", "reason"), [(b"", "closed"), (b"220 mail ready\r\n", "protocol")])
def test_a_server_that_speaks_something_else_is_told_apart(look, answer, reason):
    assert look(kind="http", url=dripping(answer, pause=0)).reason == reason


def trusted(tls_site, authority, **more):
    address = f"127.0.0.1:{tls_site.port}"
    return dict({"kind": "http", "url": tls_site.url, "connect_to": address, "ca_file": authority.file}, **more)


def test_a_site_can_be_checked_by_address_before_its_name_points_there(tls_site, authority, look):
    result = look(**trusted(tls_site, authority))
    assert result.healthy
    assert tls_site.requests[0][3]["Host"] == f"photos.test:{tls_site.port}"


def test_an_authority_in_a_volume_is_found_wherever_the_engine_has_its_volumes(tls_site, authority, look, monkeypatch):
    folder, name = os.path.split(authority.file)
    volumes = {"/volumes/small_caddy_data": {"Mountpoint": folder}}
    monkeypatch.setattr(http_probe, "ask", volumes.get)
    assert look(**trusted(tls_site, authority, ca_file=name, ca_volume="small_caddy_data")).healthy
    missing = look(**trusted(tls_site, authority, ca_file=name, ca_volume="other"))
    assert missing.reason == "ca_file"
    assert missing.error == f"the engine knows no volume other, in which ca_file {name} is to lie"


def test_a_host_header_names_no_port_that_is_the_usual_one(site, tls_site, authority, look):
    look(**trusted(tls_site, authority, url="https://photos.test/"))
    look(kind="http", url="http://photos.test/", connect_to=f"127.0.0.1:{site.port}")
    assert [one.requests[0][3]["Host"] for one in (tls_site, site)] == ["photos.test", "photos.test"]


SOON = {"min_days_valid": 21}
ADDRESS = {"url": "https://127.0.0.1:{port}/"}


@pytest.mark.parametrize(
    ("target", "reason", "error"),
    [
        ({"min_days_valid": 14}, "ok", ""),
        (SOON, "certificate_expiry", "21 are wanted"),
        ({"json": {"ready": True}, "min_days_valid": 14}, "ok", ""),
        ({"json": {"ready": True}, **SOON}, "certificate_expiry", "21 are wanted"),
        ({"body": "ready", **SOON}, "certificate_expiry", "21 are wanted"),
        ({"ca_file": None}, "certificate", "not trusted"),
        ({"ca_file": None, "verify_tls": False}, "ok", ""),
        ({"url": "https://other.test:{port}/"}, "certificate", "other.test"),
        (ADDRESS, "certificate", "127.0.0.1"),
        ({**ADDRESS, "server_name": "photos.test"}, "ok", ""),
    ],
    ids=str,
)
def test_a_certificate_is_judged_by_its_name_authority_and_end_whatever_the_answer(
    tls_site, authority, look, target, reason, error
):
    tls_site.body = '{"ready": true}'
    wanted = {"url": tls_site.url, **target}
    result = look(**trusted(tls_site, authority, **{**wanted, "url": wanted["url"].format(port=tls_site.port)}))
    assert (result.healthy, result.reason) == (reason == "ok", reason)
    assert error in result.error
    assert reason == "certificate" or "ca_file" in target or 19 < result.details["days_valid"] <= 20


def test_how_much_of_its_life_a_certificate_has_left_counts_however_long_it_lives(
    tls_site, authority, look, monkeypatch
):
    days = 19 * 86400
    monkeypatch.setattr(http_probe.time, "time", lambda now=time.time: now() + days)
    result = look(**trusted(tls_site, authority, min_share_valid=0.04))
    assert result.healthy and result.details["share_valid"] == pytest.approx(0.05, abs=0.001)
    result = look(**trusted(tls_site, authority, min_share_valid=0.1))
    assert result.reason == "certificate_expiry"
    assert result.error.startswith("the certificate has 5.0% of its life left (1.0 days), 10% are wanted")


def test_an_expired_certificate_is_unhealthy_and_says_so(authority, look, serve):
    site = serve(tls=authority.certificate("photos.test", -1))
    url = f"https://127.0.0.1:{site.port}/"
    result = look(kind="http", url=url, server_name="photos.test", ca_file=authority.file)
    assert result.reason == "certificate" and "expired" in result.error


def test_an_authority_file_that_comes_later_is_used_as_soon_as_it_is_there(tls_site, authority, wait, tmp_path):
    late = tmp_path / "root.crt"
    threading.Timer(0.5, lambda: os.link(authority.file, late)).start()
    result = wait(**trusted(tls_site, authority, ca_file=str(late)))
    assert result.healthy and result.attempts > 1


def test_an_authority_file_that_is_missing_or_empty_is_named(tls_site, authority, look, tmp_path):
    empty = tmp_path / "empty.crt"
    empty.write_text("")
    for path in (str(tmp_path / "absent.crt"), str(empty)):
        result = look(**trusted(tls_site, authority, ca_file=path))
        assert result.reason == "ca_file" and path in result.error


def test_plain_http_where_tls_was_expected_is_told(site, look):
    result = look(kind="http", url=site.url.replace("http:", "https:"))
    assert result.reason == "tls" and "does not speak TLS" in result.error


def test_a_server_that_has_no_certificate_yet_is_told_apart_from_one_that_is_broken(look, serve):
    pending = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pending.sni_callback = lambda *_hello: ssl.ALERT_DESCRIPTION_INTERNAL_ERROR
    site = serve(tls=pending)
    result = look(kind="http", url="https://photos.test/", connect_to=f"127.0.0.1:{site.port}")
    assert result.reason == "certificate_pending"
    assert "no certificate for photos.test (yet)" in result.error
