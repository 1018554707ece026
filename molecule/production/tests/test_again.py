"""The second run, the check, and drift."""

import pytest
from support import playbook, tree

DRIFT = {
    "an edited Caddyfile": ("/opt/photo-sync/config/caddy/Caddyfile", "echo '# edited' >> {}"),
    "an edited Compose file": ("/opt/photo-sync/current/compose.yaml", "echo '# edited' >> {}"),
    "an env file readable by all": ("/opt/photo-sync/current/env/immich-server.env", "chmod 644 {}"),
    "a removed host command": ("/usr/local/bin/photo-sync", "rm {}"),
    "an edited daemon.json": ("/etc/docker/daemon.json", "sed -i s/10m/99m/ {}"),
    "an edited slice": ("/etc/systemd/system/photo-sync.slice", "sed -i s/MemoryMax=.*/MemoryMax=1M/ {}"),
    "another hour in cron": ("/etc/cron.d/photo-sync-backup", "sed -i 's/^10 3/10 4/' {}"),
    "another repository password": ("/etc/photo-sync/restic-password", "echo x > {}"),
    "a backup configuration readable by all": ("/etc/photo-sync/backup.json", "chmod 644 {}"),
}
LOOK = "stat -c '%a %U' {} && sha256sum {}"


def states(host):
    return {kind: host.run(LOOK.replace("{}", path)).stdout for kind, (path, _command) in DRIFT.items()}


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
    before = states(host)
    for path, command in DRIFT.values():
        host.check_output(command.format(path))
    drifted = states(host)
    return before, drifted, playbook.run("site", "production", options=("--diff",)), states(host)


@pytest.mark.parametrize("kind", DRIFT)
def test_drift_is_reported_and_repaired_by_the_next_run(repaired, kind):
    before, drifted, run, after = repaired
    assert before[kind] and drifted[kind] != before[kind]
    assert run.rc == 0, run.output
    assert DRIFT[kind][0].rpartition("/")[2] in run.output
    assert after[kind] == before[kind]


def test_after_all_repairs_a_run_changes_nothing(host, repaired):
    assert playbook.run("site", "production").changed == 0


@pytest.mark.parametrize("tag", ["docker", "stack_stage", "resource_limits", "backup_schedule"])
def test_a_run_of_one_tag_works_and_changes_nothing(host, tag):
    run = playbook.run("site", "production", options=(f"--tags={tag}",))
    assert run.rc == 0, run.output
    assert run.changed == 0
