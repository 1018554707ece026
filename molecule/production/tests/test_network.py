"""What the world can reach, and what it gets there."""

import json

import pytest
from support import outside


def test_only_ssh_http_and_https_accept_connections(host):
    assert outside.open_ports(host) == [22, 80, 443]


def test_http_leads_to_https(host):
    answer = outside.get(host, "/", plain=True)
    assert answer.status == 308
    assert answer.headers["location"] == f"https://{outside.DOMAIN}/"


def test_the_certificate_is_verified_and_the_front_page_is_the_web_ui(host):
    answer = outside.get(host, "/")
    assert answer.status == 200
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/", "/api/assets", "/health"])
@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("strict-transport-security", "max-age=31536000"),
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "strict-origin-when-cross-origin"),
    ],
)
def test_every_answer_carries_the_security_headers(host, path, header, value):
    assert outside.get(host, path).headers.get(header) == value


def test_public_health_is_the_gateways_answer_and_not_the_web_ui(host):
    answer = outside.get(host, "/health")
    assert answer.status == 200
    assert json.loads(answer.body)["status"] == "ok"


def test_the_api_reaches_immich_through_the_gateway(host):
    answer = outside.get(host, "/api/assets")
    assert answer.status == 200
    assert isinstance(json.loads(answer.body), (list, dict))


def test_a_dead_dedup_service_degrades_health_but_leaves_the_api_up(host):
    host.check_output("docker stop --time 1 photo-sync-dedup-service-1")
    try:
        assert outside.get(host, "/health").status == 503
        assert outside.get(host, "/api/assets").status == 200
        state = host.check_output("docker inspect -f '{{.State.Health.Status}}' photo-sync-api-gateway-1")
        assert state == "healthy"
        verdict = host.run("photo-sync health --json")
        assert verdict.rc == 1
        assert "dedup-service" in verdict.stdout
    finally:
        host.check_output("photo-sync up")
    assert outside.get(host, "/health").status == 200
