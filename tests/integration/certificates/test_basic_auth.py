"""A site that asks for a password: who gets in, and where the password is not."""

import shlex

import pytest
from integration.certificates.stack import STACK

PASSWORD = "wonderland-1865-tea"
PEOPLE = {"stack_basic_auth": {"alice": PASSWORD}}
# Everything that a machine keeps but the layers of images.
KEPT = "/etc /home /mnt /opt /root /run /srv /tmp /usr/local /var --exclude-dir=overlay2"


@pytest.fixture(scope="module")
def guarded(issued):
    """The site with a password, and the run that brought it; open again afterwards."""
    run = issued.site.deploy("--diff", **PEOPLE)
    assert run.rc == 0, run.output
    yield issued.site, run
    assert issued.site.deploy().rc == 0


def holding(site, word):
    """Files and logs of the machine that hold a word."""
    word = shlex.quote(word)
    script = f"grep -rlF {word} {KEPT} 2>/dev/null; journalctl --no-pager | grep -qF {word} && echo the journal"
    logs = f"for one in $(docker ps -q); do docker logs $one 2>&1 | grep -qF {word} && echo the log of $one; done; true"
    return site.machine.sh(f"{script}; {logs}").splitlines()


@pytest.mark.parametrize(
    ("credentials", "status"),
    [("", 401), ("alice:wonderland-1865-te", 401), ("bob:" + PASSWORD, 401), ("alice:" + PASSWORD, 200)],
    ids=["nobody", "a wrong password", "a wrong name", "alice"],
)
def test_only_who_knows_a_name_and_its_password_gets_in(guarded, credentials, status):
    site, _run = guarded
    assert site.ask(credentials).status == status


def test_health_is_checked_behind_the_door(guarded):
    site, _run = guarded
    assert site.health()[0] == 0
    assert site.deploy(playbook="health", **PEOPLE).rc == 0


def test_the_next_run_changes_nothing(guarded):
    site, _run = guarded
    run = site.deploy(**PEOPLE)
    assert (run.rc, run.changed) == (0, 0), run.output


def test_the_password_is_nowhere_on_the_machine_and_its_hash_where_it_has_to_be(guarded):
    site, _run = guarded
    site.ask("alice:" + PASSWORD)
    assert holding(site, PASSWORD) == []
    caddyfile = site.machine.sh(f"cat /opt/{STACK}/config/caddy/Caddyfile")
    digest = next(line.split()[1] for line in caddyfile.splitlines() if line.strip().startswith("alice "))
    # Caddy keeps a copy of the configuration that it runs with, in a volume that only root reads.
    volume = f"/var/lib/docker/volumes/{STACK}_caddy_config/"
    found = [path for path in holding(site, digest) if not path.startswith(volume)]
    assert found == [f"/opt/{STACK}/config/caddy/Caddyfile", f"/opt/{STACK}/{site.current()}/Caddyfile"]


def test_nobody_but_root_reads_the_hash(guarded):
    site, _run = guarded
    read = f"setpriv --reuid=nobody --clear-groups cat /opt/{STACK}/config/caddy/Caddyfile"
    said = site.machine.sh(read, check=False)
    assert "Permission denied" in said


def test_neither_password_nor_hash_are_in_the_output_of_a_run_with_diff(guarded):
    _site, run = guarded
    assert "import people" in run.output
    assert PASSWORD not in run.output and "$2b$" not in run.output


def test_services_do_not_see_who_came_in(guarded):
    site, _run = guarded
    site.ask("alice:" + PASSWORD)
    seen = site.machine.sh(f"docker logs {STACK}-reader-1 2>&1 | grep 'GET / '")
    assert "alice" not in seen and "health-probe" not in seen
