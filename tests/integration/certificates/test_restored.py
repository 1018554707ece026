"""A restored certificate is used again: asking for another one would meet the authority's limits."""

from integration.certificates.stack import STACK

WIPE = f"""
{STACK} down
docker volume rm {STACK}_caddy_data {STACK}_caddy_config
rm -rf /opt/{STACK} /etc/{STACK} /var/lib/{STACK} /usr/local/bin/{STACK} /etc/cron.d/{STACK}*
"""


def test_a_restored_stack_serves_with_the_certificate_it_had_and_asks_for_none(issued):
    site = issued.site
    site.machine.sh(f"{STACK} backup --reason 'before the disaster'")
    before, orders = site.ask(), site.authority.orders()
    site.machine.sh(WIPE)
    run = site.deploy(playbook="restore")
    assert run.rc == 0, run.output
    assert "PENDING" not in run.output
    assert site.ask() == before
    assert site.authority.orders() == orders
    assert site.health()[0] == 0
