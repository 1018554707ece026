"""Limits as the kernel enforces them, not as a file states them."""

import json

import pytest

MIB = 1024 * 1024
GIB = 1024 * MIB

# Memory limit in bytes and CPU limit in cores, from the description of photo-sync.
LIMITS = {
    "caddy": (256 * MIB, 0.5),
    "api-gateway": (512 * MIB, 1.0),
    "web-ui": (128 * MIB, 0.5),
    "immich-server": (2 * GIB, 2.0),
    "immich-machine-learning": (4 * GIB, 2.0),
    "grouping-service": (1 * GIB, 1.0),
    "dedup-service": (2 * GIB, 2.0),
    "custom-postgres": (1 * GIB, 1.0),
    "immich-postgres": (1 * GIB, 1.0),
    "custom-redis": (256 * MIB, 0.5),
    "immich-redis": (512 * MIB, 0.5),
}


def kernel(host, service, controller, *names):
    """First of the named control files of a service's cgroup: version 1 keeps a tree a controller, version 2 one."""
    container = host.check_output(f"docker inspect -f '{{{{.Id}}}}' photo-sync-{service}-1")
    scope = f"docker-{container}.scope"
    found = host.check_output(
        f"find /sys/fs/cgroup/{controller} /sys/fs/cgroup -type d -name {scope} 2>/dev/null | head -1"
    )
    for name in names:
        file = host.file(f"{found}/{name}")
        if file.exists:
            return file.content_string.strip(), found
    raise AssertionError(f"none of {names} in {found}")


@pytest.mark.parametrize("service", LIMITS)
def test_memory_is_capped(host, service):
    value, _scope = kernel(host, service, "memory", "memory.limit_in_bytes", "memory.max")
    assert int(value) == LIMITS[service][0]


@pytest.mark.parametrize("service", LIMITS)
def test_cpu_is_capped_and_never_above_the_hosts_cores(host, service):
    cores = int(host.check_output("nproc"))
    value, _scope = kernel(host, service, "cpu", "cpu.cfs_quota_us", "cpu.max")
    assert int(value.split()[0]) == int(min(LIMITS[service][1], cores) * 100_000)


@pytest.mark.parametrize("service", LIMITS)
def test_the_number_of_processes_is_capped_in_the_stacks_own_slice(host, service):
    value, scope = kernel(host, service, "pids", "pids.max")
    assert value != "max" and int(value) <= 4096
    assert "/photo.slice/photo-sync.slice/" in scope


def test_the_slice_leaves_memory_to_the_host(host):
    total = int(host.check_output("awk '/MemTotal/ {print $2}' /proc/meminfo")) * 1024
    folder = "/photo.slice/photo-sync.slice"
    paths = [f"/sys/fs/cgroup/memory{folder}/memory.limit_in_bytes", f"/sys/fs/cgroup{folder}/memory.max"]
    limit = next(int(host.file(path).content_string) for path in paths if host.file(path).exists)
    assert total - 1024 * MIB <= limit < total - 256 * MIB


@pytest.mark.parametrize("service", LIMITS)
def test_logs_rotate_at_three_times_ten_megabytes(host, service):
    told = json.loads(
        host.check_output(f"docker inspect -f '{{{{json .HostConfig.LogConfig}}}}' photo-sync-{service}-1")
    )
    assert told == {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "3"}}
