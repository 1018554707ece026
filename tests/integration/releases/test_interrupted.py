"""Whatever is killed, and whenever: what served goes on serving, and the next run ends as if nothing had happened."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time

import pytest
from integration.releases import small
from support import playbook
from support.kinds import shown_by

# Before which the controller dies, as site prints them.
TASKS = ["Configure the Docker daemon", "Write and validate the release"]
COLOURS = iter(f"colour-{number}" for number in range(1000))


def other_web():
    """The web service in a colour that it never had."""
    return {"name": "web", "environment": {"COLOUR": next(COLOURS)}}


class Run:
    """A playbook that runs while the test looks on."""

    def __init__(self, site, changed, name="site"):
        argv = site.machine.argv(name, "--extra-vars", json.dumps({"catalogue_services": small.services(changed)}))
        self.lines: list[str] = []
        self.process = subprocess.Popen(
            argv,
            cwd=playbook.ROOT,
            env=playbook.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        self.lines.extend(iter(self.process.stdout.readline, ""))

    def wait_for(self, words):
        """Return as soon as the run prints these words; fails when it ends without."""
        deadline = time.monotonic() + 120
        while not any(words in line for line in list(self.lines)):
            assert self.process.poll() is None and time.monotonic() < deadline, "".join(self.lines)
            time.sleep(0.01)

    def kill(self):
        """The controller loses its power."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._reader.join()


def assert_next_run_converges(site, changed):
    run = site.deploy(changed, playbook="site")
    assert run.rc == 0, run.output
    assert site.serves()
    assert f"COLOUR={changed['environment']['COLOUR']}" in site.environment("web")
    assert set(site.containers()) == {"caddy", "web", "database"}
    again = site.deploy(changed, playbook="site")
    assert again.changed == 0, again.output


@pytest.mark.parametrize("task", shown_by("Write and validate the release", TASKS))
def test_a_controller_killed_before_the_task(site, task):
    changed = other_web()
    run = Run(site, changed)
    run.wait_for(task)
    run.kill()
    assert site.serves()
    assert_next_run_converges(site, changed)


def test_a_deployment_killed_on_the_host_while_compose_recreates(site):
    changed = other_web()
    site.machine.sh(
        "nohup sh -c 'until grep -qs Recreate /run/photosync/*; do sleep 0.01; done;"
        " pkill -9 -f [A]nsiballZ_stack_deploy; pkill -9 docker-compose' >/dev/null 2>&1 &"
    )
    site.deploy(changed)
    assert_next_run_converges(site, changed)


def test_a_host_command_that_is_killed(site):
    site.good()
    site.machine.sh("timeout --signal=KILL 0.7 small restart || true; timeout --signal=KILL 0.7 small up || true")
    said = site.machine.sh("small up")
    assert "UNHEALTHY" not in said and site.serves()


@pytest.mark.full
def test_a_docker_daemon_that_is_killed_in_the_middle_of_a_deployment(site):
    changed = other_web()
    run = Run(site, changed, "deploy")
    run.wait_for("Pull, build, switch")
    site.machine.sh("systemctl kill --signal=KILL docker.service")
    run.process.wait()
    assert_next_run_converges(site, changed)


def test_after_a_reboot_everything_comes_back_by_itself(site):
    site.good()
    site.machine.reboot()
    said = site.machine.sh("small health --wait 90")
    assert "UNHEALTHY" not in said
