"""The second run, the check, and drift."""

from __future__ import annotations

import pytest
from support import playbook, tree

DRIFT = {
    "an edited Caddyfile": (
        "echo '# edited' >> /opt/photo-sync/config/caddy/Caddyfile",
        "/opt/photo-sync/config/caddy/Caddyfile",
    ),
    "an edited Compose file": (
        "echo '# edited' >> /opt/photo-sync/current/compose.yaml",
        "/opt/photo-sync/current/compose.yaml",
    ),
    "an env file readable by all": (
        "chmod 644 /opt/photo-sync/current/env/immich-server.env",
        "/opt/photo-sync/current/env/immich-server.env",
    ),
    "a removed host command": ("rm /usr/local/bin/photo-sync", "/usr/local/bin/photo-sync"),
    "an edited daemon.json": ("sed -i s/10m/99m/ /etc/docker/daemon.json", "/etc/docker/daemon.json"),
    "an edited slice": (
        "sed -i s/MemoryMax=.*/MemoryMax=1M/ /etc/systemd/system/photo-sync.slice",
        "/etc/systemd/system/photo-sync.slice",
    ),
    "another hour in cron": ("sed -i 's/^10 3/10 4/' /etc/cron.d/photo-sync-backup", "/etc/cron.d/photo-sync-backup"),
    "another repository password": ("echo x > /etc/photo-sync/restic-password", "/etc/photo-sync/restic-password"),
    "a backup configuration readable by all": ("chmod 644 /etc/photo-sync/backup.json", "/etc/photo-sync/backup.json"),
}


def state(host, path):
    return host.check_output(f"stat -c '%a %U' {path} && sha256sum {path}")


def test_a_check_of_a_running_host_changes_nothing_and_shows_no_secret(host):
    before = tree.of(host)
    checked = playbook.run("site", "production", {"stack_log_level": "debug"}, options=("--check", "--diff"))
    assert checked.rc == 0, checked.output
    assert tree.of(host) == before
    assert "LOG_LEVEL" in checked.output
    assert [name for name, secret in playbook.secrets().items() if secret in checked.output] == []


@pytest.fixture(scope="module")
def repaired(host):
    """Every managed file altered, and one run of site."""
    before = {kind: state(host, path) for kind, (_command, path) in DRIFT.items()}
    for command, _path in DRIFT.values():
        host.check_output(command)
    drifted = [
        kind
        for kind, (_command, path) in DRIFT.items()
        if host.run(f"stat -c '%a %U' {path} && sha256sum {path}").stdout != before[kind]
    ]
    return before, drifted, playbook.run("site", "production", options=("--diff",))


@pytest.mark.parametrize("kind", DRIFT)
def test_drift_is_reported_and_repaired_by_the_next_run(host, repaired, kind):
    before, drifted, run = repaired
    path = DRIFT[kind][1]
    assert kind in drifted
    assert run.rc == 0, run.output
    assert path.rsplit("/", 1)[1] in run.output
    assert state(host, path) == before[kind]


def test_after_all_repairs_a_run_changes_nothing(host, repaired):
    assert playbook.run("site", "production").changed == 0


@pytest.mark.parametrize("tag", ["docker", "stack_stage", "resource_limits", "backup_schedule"])
def test_a_run_of_one_tag_works_and_changes_nothing(host, tag):
    run = playbook.run("site", "production", options=(f"--tags={tag}",))
    assert run.rc == 0, run.output
    assert run.changed == 0
