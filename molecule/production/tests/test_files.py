"""Who may read what on the host, and what containers may write."""

import json

import pytest
from support import playbook


@pytest.mark.parametrize(
    ("path", "mode"),
    [
        ("/opt/photo-sync", 0o700),
        ("/opt/photo-sync/current/env/immich-server.env", 0o600),
        ("/opt/photo-sync/current/env/custom-postgres.env", 0o600),
        ("/opt/photo-sync/current/compose.yaml", 0o600),
        ("/etc/photo-sync/backup.json", 0o600),
        ("/etc/photo-sync/restic-password", 0o600),
        ("/usr/local/bin/photo-sync", 0o755),
    ],
)
def test_files_belong_to_root_with_the_promised_mode(host, path, mode):
    file = host.file(path)
    assert (file.user, file.group, file.mode & 0o777) == ("root", "root", mode)


def test_a_user_without_rights_reads_no_secret(host):
    for secret in playbook.secrets().values():
        found = host.run(
            f"su -s /bin/sh nobody -c 'grep -rslF -- {secret} /etc /opt /var/lib /var/log /usr/local /tmp /home'"
        )
        assert found.stdout == ""


def test_no_secret_stands_on_a_command_line_or_in_a_log(host):
    seen = host.check_output(
        "ps axww -o args; journalctl --no-pager -q -o cat; cat /var/log/photo-sync/* 2>/dev/null || true"
    )
    assert [name for name, secret in playbook.secrets().items() if secret in seen] == []


@pytest.mark.parametrize("service", ["immich-server", "grouping-service", "dedup-service"])
def test_the_media_folder_is_read_only_in_containers(host, service):
    assert host.run(f"docker exec photo-sync-{service}-1 touch /data/photos/x").rc != 0
    assert mounts(host, service)["/data/photos"]["RW"] is False


def test_caddy_cannot_write_its_configuration(host):
    assert mounts(host, "caddy")["/etc/caddy"]["RW"] is False


def test_a_bare_docker_compose_ps_in_the_release_shows_the_whole_stack(host):
    told = host.check_output("cd /opt/photo-sync/current && docker compose ps --services")
    assert len(told.split()) == 11 and "caddy" in told.split()


def test_the_domain_and_the_right_settings_reach_the_containers(host):
    gateway = environment(host, "api-gateway")
    assert {"CACHE_EXPIRY", "DEDUPLICATION_API_URL", "IMMICH_API_URL", "GROUPING_API_URL", "REDIS_URL"} <= set(gateway)
    assert "TOKEN_CACHE_TTL" not in gateway and "DEDUP_API_URL" not in gateway
    assert gateway["IMMICH_API_URL"] == "http://immich-server:2283"
    assert "photo-sync.localhost" in host.check_output("docker exec photo-sync-caddy-1 cat /etc/caddy/Caddyfile")


def test_every_named_volume_is_the_projects_own(host):
    volumes = host.check_output("docker volume ls -q").split()
    assert {name for name in volumes if len(name) < 60} == {
        "photo-sync_caddy_data",
        "photo-sync_caddy_config",
        "photo-sync_immich-data",
        "photo-sync_immich-ml-cache",
        "photo-sync_immich-pgdata",
        "photo-sync_custom-pgdata",
    }


def mounts(host, service):
    told = host.check_output(f"docker inspect -f '{{{{json .Mounts}}}}' photo-sync-{service}-1")
    return {mount["Destination"]: mount for mount in json.loads(told)}


def environment(host, service):
    told = json.loads(host.check_output(f"docker inspect -f '{{{{json .Config.Env}}}}' photo-sync-{service}-1"))
    return dict(setting.split("=", 1) for setting in told)
