"""Development mode: plain HTTP, everything on 127.0.0.1 and nowhere else, no limits."""

import json

import pytest
from support import outside

# Service and the port at which a developer finds it on the host.
DATABASES = ["immich-postgres", "custom-postgres", "immich-redis", "custom-redis"]


def containers(host):
    ids = host.check_output("docker ps -q --filter label=com.docker.compose.project=photo-sync").split()
    return json.loads(host.check_output("docker inspect " + " ".join(ids)))


def test_nothing_but_ssh_is_reachable_from_outside(host):
    assert outside.open_ports(host) == [22]


def test_every_published_port_is_bound_to_the_loopback_address(host):
    bound = [
        binding["HostIp"]
        for container in containers(host)
        for bindings in (container["HostConfig"]["PortBindings"] or {}).values()
        for binding in bindings
    ]
    assert len(bound) >= len(DATABASES)
    assert set(bound) == {"127.0.0.1"}


@pytest.mark.parametrize("service", DATABASES)
def test_a_developer_reaches_the_databases_on_the_host_itself(host, service):
    bindings = {
        c["Config"]["Labels"]["com.docker.compose.service"]: c["HostConfig"]["PortBindings"] for c in containers(host)
    }
    port = next(iter(bindings[service].values()))[0]["HostPort"]
    assert host.socket(f"tcp://127.0.0.1:{port}").is_listening


def test_the_site_answers_over_plain_http(host):
    assert host.check_output("curl -fsS -o /dev/null -w '%{http_code}' http://127.0.0.1/") == "200"
    assert json.loads(host.check_output("curl -fsS http://127.0.0.1/health"))["status"] == "ok"


def test_no_container_is_limited(host):
    limits = [(c["HostConfig"]["Memory"], c["HostConfig"]["NanoCpus"]) for c in containers(host)]
    assert set(limits) == {(0, 0)}


def test_the_release_holds_the_development_file_and_not_productions(host):
    names = host.check_output("ls /opt/photo-sync/current").split()
    assert "compose.override.yaml" in names and "compose.prod.yaml" not in names


def test_everything_is_healthy_by_the_host_command_too(host):
    told = host.run("photo-sync health --json")
    assert told.rc == 0, told.stdout
