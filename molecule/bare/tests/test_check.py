"""A check before the first run works on a bare host, tells the truth and writes nothing."""

from support import playbook, tree


def test_check_and_diff_on_a_bare_host_finish_write_nothing_and_show_no_secret(host):
    host.check_output("mkdir -p /srv/photos")
    before = tree.of(host)
    checked = playbook.run("site", "bare", options=("--check", "--diff"))
    assert checked.rc == 0, checked.output
    assert tree.of(host) == before
    assert not host.exists("docker")
    assert checked.changed >= 4
    for promised in ("compose.prod.yaml", "Caddyfile", "daemon.json", "photo-sync.slice"):
        assert promised in checked.output
    assert [name for name, secret in playbook.secrets().items() if secret in checked.output] == []


def test_a_name_that_does_not_lead_to_the_host_yet_and_a_variable_of_nobodys_are_said_and_stop_nobody(host):
    """Before a move, and at a restore, it leads elsewhere; the certificate waits for it."""
    name = {"stack_domain": "photos.nowhere.test", "stack_tls": "acme", "stack_acme_email": "ann@nowhere.test"}
    checked = playbook.run("site", "bare", {**name, "backup_keep": 3}, ("--check",))
    assert checked.rc == 0, checked.output
    said = " ".join(checked.output.split())
    assert "[WARNING]: bare: stack_domain: photos.nowhere.test does not resolve" in said
    assert "no certificate can be had until it does" in said
    assert "[WARNING]: bare: backup_keep: is not a setting of the role backup, and does nothing" in said
