# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Development on a host of one's own: what it shows, how fast it takes over a change, and that it leaves no trace."""

import time

import pytest
from integration.development.conftest import DEVELOPMENT

pytestmark = pytest.mark.full

SOURCE = "/opt/photo-sync/source/services"
BUILT = ("web-ui", "grouping-service")
CONTAINERS = "docker ps --all --no-trunc --format '{{.Names}} {{.ID}}' | sort"
PATIENCE_SECONDS = 120


def secret_in(picture, secret):
    return [name for name, found in picture.containers.items() if secret in str(found["environment"])]


def login(host, password):
    """What the server says to somebody who comes over the network with this password."""
    return host.vps.sh(
        f"""
        docker run --rm --network photo-sync_default --env PGPASSWORD={password} --entrypoint psql \
            $(docker inspect -f '{{{{.Image}}}}' photo-sync-custom-postgres-1) \
            --host custom-postgres --username postgres --tuples-only --command "SELECT 'let in'"
        """,
        check=False,
    )


def until(host, url, wanted):
    """Seconds until a URL answers with what is wanted."""
    started = time.monotonic()
    while wanted not in host.vps.sh(f"curl -fsS {url}", check=False):
        assert time.monotonic() - started < PATIENCE_SECONDS, host.vps.sh("cat /root/watch.log")
        time.sleep(0.1)
    return time.monotonic() - started


@pytest.fixture
def watching(host, development):
    """`photo-sync watch` runs, as in a terminal that somebody left open."""
    host.vps.sh(
        f"""
        setsid photo-sync watch >/root/watch.log 2>&1 </dev/null & echo $! >/root/watch.pid
        timeout {PATIENCE_SECONDS} sh -c 'until grep -q "Watch enabled" /root/watch.log; do sleep 0.1; done' \
            || {{ cat /root/watch.log; exit 1; }}
        """
    )
    yield
    host.vps.sh("kill -INT -- -$(cat /root/watch.pid); timeout 20 tail --pid $(cat /root/watch.pid) -f /dev/null")


def test_every_port_is_on_the_hosts_own_address(development):
    assert sorted(development.ports) == sorted(
        ["0.0.0.0:22", "[::]:22"] + [f"127.0.0.1:{port}" for port in (80, 8080, 8000, 5433, 6380)]
    )


def test_the_site_is_plain_http_and_its_page_knows_the_address_of_development(host, development):
    assert '"http://localhost:3000"' in host.get("http://127.0.0.1/")


def test_services_log_more_and_nothing_is_limited(development):
    assert "LOG_LEVEL=DEBUG" in development.containers["grouping-service"]["environment"]
    for name, found in development.containers.items():
        limits = {key: value for key, value in found["limits"].items() if key != "CgroupParent"}
        assert not any(limits.values()), name
    assert {"MemoryMax=infinity", "TasksMax=infinity"} <= set(development.lines)


def test_nothing_of_production_is_left(host, before, development):
    password = next(
        entry.partition("=")[2]
        for entry in before.containers["custom-postgres"]["environment"]
        if entry.startswith("POSTGRES_PASSWORD=")
    )
    assert secret_in(before, password) and not secret_in(development, password)
    assert "let in" in login(host, DEVELOPMENT["stack_secrets"]["custom_db_password"])
    assert "password authentication failed" in login(host, password)
    images = [{name: found.containers[name]["image"] for name in BUILT} for found in (before, development)]
    assert [name for name in BUILT if images[0][name] == images[1][name]] == []
    assert [path for path in development.files if "prod" in path or path.startswith("/etc/")] == [
        "/etc/cron.d/.placeholder"
    ]


def test_a_changed_line_is_answered_within_seconds_by_the_same_container_of_the_same_image(host, watching):
    containers, images = host.vps.sh(CONTAINERS), host.vps.sh("docker images --no-trunc --quiet | sort")
    host.vps.sh(f"""sed -i 's/"status": "healthy"/"status": "healthy as changed"/' {SOURCE}/grouping/grouping.py""")
    seconds = until(host, "http://127.0.0.1:8000/health", "healthy as changed")
    print(f"a changed line was answered after {seconds:.1f} s")
    assert seconds < 30
    assert host.vps.sh(CONTAINERS) == containers
    assert host.vps.sh("docker images --no-trunc --quiet | sort") == images


def test_what_has_to_be_compiled_is_built_anew_and_only_what_stands_on_it_is_replaced(host, watching):
    others = f"{CONTAINERS} | grep -v -e web-ui -e caddy"
    containers = host.vps.sh(others)
    host.vps.sh(f"sed -i 's/This page/This changed page/' {SOURCE}/web/src/index.html")
    seconds = until(host, "http://127.0.0.1/", "This changed page")
    print(f"a changed page was built and served after {seconds:.1f} s")
    assert host.vps.sh(others) == containers


def test_after_watching_the_playbook_still_finds_nothing_to_change(host, development):
    assert host.play(DEVELOPMENT).changed == 0
    assert "This changed page" in host.get("http://127.0.0.1/")


def test_back_in_production_everything_is_as_if_development_had_never_been(before, after):
    assert after.difference(before) == []
    assert after.containers["custom-postgres"]["limits"]["Memory"] == 1 << 30


def test_what_was_changed_in_development_is_not_in_production(host, after):
    page = host.get("--resolve photo-sync.localhost:443:127.0.0.1 https://photo-sync.localhost/")
    assert "This page asks" in page and '"/"' in page
    answer = host.vps.sh("docker exec photo-sync-grouping-service-1 curl -fsS http://127.0.0.1:8000/health")
    assert '"healthy"' in answer


def test_developments_password_opens_nothing_in_production(host, after):
    assert "password authentication failed" in login(host, DEVELOPMENT["stack_secrets"]["custom_db_password"])


def test_watching_is_refused_in_production_with_the_reason(host, after):
    told = host.vps.sh("photo-sync watch; echo code $?")
    assert "runs in production" in told and "stack_mode: development" in told and "code 2" in told
