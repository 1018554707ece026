"""What a deployment does: it says so first, touches only what changed, and can be taken back."""

from __future__ import annotations

import json
import subprocess
import time

from integration.releases import small
from support import playbook

RED = {"name": "web", "environment": {"COLOUR": "red"}}
HEADER = {"name": "web", "route": {"paths": ["/*"], "port": 80, "probe": {"path": "/"}}}


def plan(run):
    """The printed plan: what becomes of each service, and why."""
    words = [line.strip(' ",').split(maxsplit=2) for line in run.output.splitlines()]
    steps = [line for line in words if len(line) > 1 and line[1] in ("keep", "reload", "restart", "create", "remove")]
    return {line[0]: " ".join(line[1:]) for line in steps}


def test_a_second_run_changes_nothing_and_says_nothing_of_a_plan(site):
    site.good()
    run = site.deploy(playbook="site")
    assert (run.rc, run.changed, plan(run)) == (0, 0, {})


def test_what_it_will_do_is_said_before_it_is_done_and_only_that_service_is_touched(site):
    site.good()
    before = site.containers()
    run = site.deploy(RED)
    assert run.rc == 0, run.output
    assert plan(run) == {"caddy": "keep", "web": "restart environment COLOUR changes", "database": "keep"}
    assert run.output.index("environment COLOUR changes") < run.output.index("Pull, build, switch")
    after = site.containers()
    assert [name for name in before if before[name] != after[name]] == ["web"]
    assert "COLOUR=red" in site.environment("web")


def test_a_check_says_the_same_and_does_nothing(site):
    before, containers = site.good(), site.containers()
    run = site.machine.play("deploy", {"catalogue_services": small.services(RED)}, "--check", "--diff")
    assert run.rc == 0, run.output
    assert plan(run)["web"] == "restart environment COLOUR changes"
    assert (site.current(), site.containers()) == (before, containers)


def test_a_changed_caddyfile_is_reloaded_without_touching_a_container(site):
    site.good()
    before = site.containers()
    run = site.deploy(HEADER)
    assert run.rc == 0, run.output
    assert plan(run) == {"caddy": "reload its configuration changes", "web": "keep", "database": "keep"}
    assert site.containers() == before
    assert "path /*" in site.machine.sh("cat /opt/small/config/caddy/Caddyfile")


def test_rollback_goes_back_to_the_release_before_and_the_next_run_forward_again(site):
    before = site.good()
    run = site.deploy(RED)
    assert run.rc == 0, run.output
    red = site.current()
    back = site.machine.play("rollback")
    assert back.rc == 0, back.output
    assert site.current() == before
    assert "COLOUR=blue" in site.environment("web")
    said = site.machine.sh(f"small rollback {red[:6]}")
    assert f"release {red} serves" in said
    assert "COLOUR=red" in site.environment("web")
    listed = json.loads(site.machine.sh("small releases --json"))
    assert {entry["release"]: entry["serves"] for entry in listed}[red] == "serves"


def test_a_deployment_that_goes_on_is_waited_for_by_name_and_one_that_was_killed_is_not(site):
    site.good()
    slow = {"name": "web", "healthcheck": {"test": ["CMD", "sh", "-c", "test -e /tmp/ready"], "start_period": "60s"}}
    argv = site.machine.argv("deploy", "--extra-vars", json.dumps({"catalogue_services": small.services(slow)}))
    first = subprocess.Popen(argv, cwd=playbook.ROOT, env=playbook.environment(), stdout=subprocess.DEVNULL)
    try:
        wait_for(site, "flock --nonblock /var/lib/small/deploy.lock true || echo held", "held")
        refused = site.deploy(RED, stack_lock_wait=0)
        assert refused.rc != 0
        assert "the deployment of release" in refused.output and "@" in refused.output and "since 20" in refused.output
        site.machine.sh("pkill -9 -f '[s]tack_deploy|[d]ocker-compose' || true")
    finally:
        first.wait()
    freed = site.deploy(RED, stack_lock_wait=0)
    assert freed.rc == 0, freed.output
    assert "COLOUR=red" in site.environment("web")


def wait_for(site, command, word):
    deadline = time.monotonic() + 60
    while word not in site.machine.sh(command, check=False):
        assert time.monotonic() < deadline, f"{command} never said {word}"
        time.sleep(0.2)
