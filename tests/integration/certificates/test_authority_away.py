"""Nobody issues the certificate yet: nothing is wrong with the release, so nothing fails and nothing is rolled back."""

import json

from integration.certificates.stack import DOMAIN, STACK


def test_the_run_succeeds_and_says_loudly_what_is_missing_and_why(site):
    said = " ".join(site.first_run.output.split())
    assert "[WARNING]" in said
    assert f"PENDING: no certificate has been issued yet for {DOMAIN}." in said
    assert "Caddy asked for it" in said and "connection refused" in said
    assert "ports 80 and 443" in said and "DNS" in said


def test_health_is_pending_with_an_exit_code_of_its_own(site):
    code, said = site.health()
    assert code == 3
    assert "PENDING" in said and "UNHEALTHY" not in said
    assert f"{STACK} restart caddy" in said
    report = json.loads(site.machine.sh(f"{STACK} health --json", check=False))
    assert (report["verdict"], report["pending"]) == ("pending", ["reader from outside"])


def test_the_release_serves_and_was_not_rolled_back(site):
    (release,) = json.loads(site.machine.sh(f"{STACK} releases --json"))
    assert (release["serves"], release["outcome"]) == ("serves", "healthy")
    running = site.machine.sh("docker ps --format '{{.Names}}'").split()
    assert {f"{STACK}-caddy-1", f"{STACK}-reader-1"} <= set(running)


def test_the_next_run_changes_nothing_and_says_it_again(site):
    run = site.deploy()
    assert (run.rc, run.changed) == (0, 0), run.output
    assert "PENDING" in run.output
