"""The authority is there: the certificate comes within seconds, and is verified by chain and name."""

import shlex


def test_the_certificate_is_in_place_within_seconds(issued):
    assert issued.site.ask().status == 200
    assert issued.seconds < 30


def test_the_next_run_is_healthy_and_changes_nothing(issued):
    run = issued.site.deploy()
    assert (run.rc, run.changed) == (0, 0), run.output
    assert "PENDING" not in run.output
    assert issued.site.health()[0] == 0


def test_a_certificate_that_is_not_trusted_fails_the_check_which_says_so(issued):
    wrong = {"stack_acme_ca_root": "/etc/ssl/other.crt", "stack_health_timeout": 5}
    run = issued.site.deploy(playbook="health", **wrong)
    assert run.rc != 0
    assert "the certificate for feeds.test is not trusted" in " ".join(run.output.split())


def test_an_authority_that_caddy_does_not_trust_fails_the_run_and_what_served_before_serves_again(issued):
    before = issued.site.current()
    run = issued.site.deploy(stack_domain="other.test", stack_acme_ca_root="/etc/ssl/other.crt")
    said = " ".join(run.output.split())
    assert run.rc != 0
    assert "Caddy does not trust the authority" in said and "x509" in said
    assert "was rolled back" in said and issued.site.current() == before
    assert issued.site.ask().status == 200


def test_an_authoritys_root_that_is_not_there_is_refused_before_anything_changes(issued):
    before = issued.site.current()
    run = issued.site.deploy(stack_acme_ca_root="/etc/ssl/none.crt")
    said = " ".join(run.output.split())
    assert run.rc != 0 and "Nothing was changed" in said
    assert "stack_acme_ca_root" in said and "/etc/ssl/none.crt on the host cannot be read" in said
    assert issued.site.current() == before


def test_the_root_is_read_only_for_the_entry_point(issued):
    write = shlex.quote("echo x >>/etc/ssl/acme-ca-root.crt")
    assert "Read-only file system" in issued.site.machine.sh(f"docker exec feeds-caddy-1 sh -c {write}", check=False)
