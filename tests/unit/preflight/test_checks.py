# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Everything that stands in a stack's way is said before anything changes, with setting, service and remedy."""

from dataclasses import replace

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.host.engine import Engine
from ansible_collections.photosync.vps.plugins.module_utils.host.sockets import Listener, Port
from ansible_collections.photosync.vps.plugins.module_utils.preflight.checks import notes_of, problems_of
from ansible_collections.photosync.vps.plugins.module_utils.preflight.memory import memory_table
from ansible_collections.photosync.vps.plugins.module_utils.preflight.model import (
    GIBIBYTE,
    MEBIBYTE,
    Host,
    Image,
    Refusal,
    Request,
)

TRIXIE = {"id": "debian", "version": "13", "codename": "trixie", "name": "Debian GNU/Linux 13 (trixie)"}
BOOKWORM = {"id": "debian", "version": "12", "codename": "bookworm", "name": "Debian GNU/Linux 12 (bookworm)"}
UPSTREAM = Engine(installed=True, source="upstream", version="28.5.1", compose_version="2.40.0")
DISTRIBUTION = Engine(installed=True, source="distribution", version="26.1.5+dfsg1", compose_version="2.26.1")

REQUEST = Request(
    stack="photo-sync",
    ports=(Port("caddy", 80), Port("caddy", 443), Port("caddy", 443, "udp")),
    media_path="/srv/photos",
    media_services=("immich-server", "dedup-service"),
    reservations={"immich-server": GIBIBYTE, "caddy": 64 * MEBIBYTE},
    docker_source="upstream",
    free_disk=5 * GIBIBYTE,
)
BARE = Host(distribution=TRIXIE, cpus=4, memory_bytes=16 * GIBIBYTE, disk_free=100 * GIBIBYTE)


MISSING = Refusal("ghcr.io", "has no such image or version", "correct its name or its version", whole=False)
AWAY = Refusal("ghcr.io", "does not answer within 10 s", "check its name")


def asked(request=REQUEST, host=BARE, **changes):
    """Return the problems after changing fields of the request or of the host."""
    wanted = {name: value for name, value in changes.items() if hasattr(request, name)}
    found = {name: value for name, value in changes.items() if name not in wanted}
    return problems_of(replace(request, **wanted), replace(host, **found))


def only(problems):
    """Return the one problem that there is."""
    assert len(problems) == 1, problems
    return problems[0]


PROXIES = tuple(Listener(port, "tcp", "0.0.0.0", pid=5, command="docker-proxy") for port in (80, 443))
OURS = tuple(Listener(port, "tcp", "0.0.0.0", container="c", project="photo-sync") for port in (80, 443))
LEAST = {"immich-server": 640 * MEBIBYTE, "caddy": 32 * MEBIBYTE}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"engine": UPSTREAM},
        {"engine": DISTRIBUTION},
        {"engine": replace(UPSTREAM, cgroup_driver="systemd")},
        {"engine": replace(UPSTREAM, published=OURS), "listeners": PROXIES},
        {"engine": replace(UPSTREAM, version="20.10.24"), "docker_version": "28.5"},
        {"engine": DISTRIBUTION, "docker_version": "26.1"},
        {"engine": DISTRIBUTION, "docker_version": "26.1.5"},
        {"distribution": BOOKWORM},
        {"distribution": BOOKWORM, "engine": UPSTREAM},
        {"distribution": BOOKWORM, "docker_source": ""},
        {"media": "missing", "media_services": ()},
        {"disk_free": GIBIBYTE, "deployed": True},
        {"memory_bytes": GIBIBYTE, "reservations": {}},
        {"memory_bytes": GIBIBYTE, "minimums": LEAST, "memory_reserve": 300 * MEBIBYTE},
    ],
    ids=lambda changes: ", ".join(changes) or "a bare supported host",
)
def test_there_is_no_problem_with(changes):
    assert asked(**changes) == []


@pytest.mark.parametrize(
    ("changes", "setting", "service", "said"),
    [
        ({"uid": 1000}, "ansible_become", None, "not as root"),
        ({"systemd": False}, "inventory", None, "systemd is not process 1"),
        ({"distribution": {"id": "debian", "version": "11", "name": "Debian 11"}}, "inventory", None, "runs Debian 11"),
        ({"distribution": {}}, "inventory", None, "an unknown system"),
        ({"shadowed": "/usr/bin/photo-sync"}, "stack_name", None, "would shadow /usr/bin/photo-sync"),
        ({"media": "missing"}, "stack_media_path", "immich-server, dedup-service", "/srv/photos does not exist"),
        (
            {"acme_ca_root": "/etc/ssl/family.crt", "authority_fault": "holds no certificate"},
            "stack_acme_ca_root",
            None,
            "/etc/ssl/family.crt on the host holds no certificate",
        ),
        ({"media": "other"}, "stack_media_path", "immich-server, dedup-service", "is not a directory"),
        ({"disk_free": 4 * GIBIBYTE}, "preflight_free_disk", None, "4.0 GiB are free"),
        ({"memory_bytes": GIBIBYTE}, "deploy.resources.reservations.memory", "immich-server, caddy", "reserve 1.1 GiB"),
        ({"engine": Engine(source="snap", installed=True)}, "docker_source", None, "comes from a snap"),
        ({"engine": Engine(source="podman", installed=True)}, "docker_source", None, "Podman"),
        ({"engine": Engine(config_error="not JSON")}, "docker_daemon_options", None, "cannot be kept: not JSON"),
        ({"engine": Engine(cgroup_driver="cgroupfs")}, "docker_daemon_options", None, "native.cgroupdriver=cgroupfs"),
        ({"engine": replace(UPSTREAM, compose_version="2.21.0")}, "docker_source", None, "2.21.0 on the host is older"),
        ({"engine": replace(UPSTREAM, version="20.10.24")}, "docker_version", None, "Docker 20.10.24 is too old"),
        ({"engine": replace(DISTRIBUTION, version="20.10.24")}, "docker_version", None, "base images"),
        (
            {"distribution": BOOKWORM, "engine": replace(UPSTREAM, version="20.10.24")},
            "docker_version",
            None,
            "Docker 20.10.24 is too old",
        ),
        ({"docker_version": "20.10"}, "docker_version", None, "Docker 20.10 is asked for"),
        ({"distribution": BOOKWORM, "docker_source": "distribution"}, "docker_source", None, "no Docker Compose v2"),
        ({"docker_version": "28.5", "engine": DISTRIBUTION}, "docker_version", None, "docker.io 26.1.5+dfsg1"),
        ({"docker_version": "26.1.50", "engine": DISTRIBUTION}, "docker_version", None, "docker.io 26.1.5+dfsg1"),
        (
            {"disk_free": 100 * MEBIBYTE, "deployed": True, "free_disk_later": 512 * MEBIBYTE},
            "preflight_free_disk_later",
            None,
            "100 MiB are free",
        ),
        (
            {
                "images": (Image("caddy", "caddy:2.11"), Image("web", "ghcr.io/x:v9")),
                "refusals": {"ghcr.io/x:v9": MISSING},
            },
            "image",
            "web",
            "ghcr.io/x:v9 cannot be pulled: ghcr.io has no such image or version",
        ),
        (
            {"images": (Image("web-ui", "node:20", "photo-sync/web-ui:1"),), "refusals": {"node:20": MISSING}},
            "build.base_images",
            "web-ui",
            "node:20 cannot be pulled",
        ),
    ],
)
def test_each_obstacle_is_named_with_its_setting_and_services(changes, setting, service, said):
    problem = only(asked(**changes))
    assert (problem["setting"], problem["service"]) == (setting, service)
    assert said in problem["message"]
    assert problem["fix"]


@pytest.mark.parametrize(
    ("held", "said", "fix"),
    [
        (
            Listener(80, "tcp", "::", pid=812, command="nginx", unit="nginx.service"),
            "process 812 (nginx, nginx.service)",
            "systemctl disable --now nginx.service",
        ),
        (Listener(80, "tcp", "0.0.0.0", pid=99, command="python3"), "process 99 (python3)", "kill 99"),
        (Listener(80, "tcp", "0.0.0.0"), "could not be named", "ss -lntup"),
    ],
)
def test_who_holds_a_port_is_named_with_how_to_stop_it(held, said, fix):
    problem = only(asked(listeners=(held,)))
    assert (problem["setting"], problem["service"]) == ("ports", "caddy")
    assert said in problem["message"] and "port 80/tcp" in problem["message"]
    assert fix in problem["fix"]


def test_another_projects_container_on_a_port_is_named_and_not_its_proxy_process():
    proxy = Listener(80, "tcp", "0.0.0.0", pid=5, command="docker-proxy", unit="docker.service")
    engine = replace(UPSTREAM, published=(Listener(80, "tcp", "0.0.0.0", container="blog-web-1", project="blog"),))
    problem = only(asked(engine=engine, listeners=(proxy,)))
    assert "container blog-web-1 of Compose project blog" in problem["message"]
    assert "docker stop blog-web-1" in problem["fix"]


def test_each_image_that_is_missing_is_a_problem_of_its_own():
    images = (Image("one", "ghcr.io/one:1"), Image("two", "ghcr.io/two:1"), Image("again", "ghcr.io/two:1"))
    problems = asked(images=images, refusals={image.image: MISSING for image in images})
    assert [problem["service"] for problem in problems] == ["one", "two, again"]


def test_a_registry_that_is_away_is_told_once_with_everything_that_is_wanted_of_it():
    images = (Image("one", "ghcr.io/one:1"), Image("two", "ghcr.io/two:1"), Image("two", "ghcr.io/one:1"))
    problem = only(asked(images=images, refusals={"ghcr.io/one:1": AWAY, "ghcr.io/two:1": AWAY}))
    assert problem["service"] == "one, two"
    assert problem["message"].startswith("ghcr.io/one:1, ghcr.io/two:1 cannot be pulled: ghcr.io does not answer")


def noted(**changes):
    """Return the notes after changing fields of the request or of the host."""
    wanted = {name: value for name, value in changes.items() if hasattr(REQUEST, name)}
    found = {name: value for name, value in changes.items() if name not in wanted}
    return notes_of(replace(REQUEST, **wanted), replace(BARE, **found))


def test_an_engine_of_another_source_is_kept_and_that_is_said():
    assert asked(engine=DISTRIBUTION) == []
    note = only(noted(engine=DISTRIBUTION))
    assert note["setting"] == "docker_source"
    assert "it is upstream, but Docker 26.1.5+dfsg1 of source distribution is installed, and is kept" in note["message"]


@pytest.mark.parametrize("engine", [Engine(), UPSTREAM])
def test_an_engine_of_the_source_that_is_asked_for_is_no_news(engine):
    assert noted(engine=engine) == []


def test_ubuntu_is_let_in_and_called_untried():
    ubuntu = {"id": "ubuntu", "version": "24.04", "codename": "noble", "name": "Ubuntu 24.04.3 LTS"}
    assert asked(distribution=ubuntu) == []
    assert "Ubuntu 24.04.3 LTS, on which nobody has tried this yet" in only(noted(distribution=ubuntu))["message"]


def test_what_the_host_keeps_for_itself_counts_against_reservations():
    room = {"memory_bytes": 2 * GIBIBYTE}
    assert asked(**room) == []
    assert "keeps 1.0 GiB for itself" in only(asked(memory_reserve=GIBIBYTE, **room))["message"]


def test_debian_12_with_its_own_engine_is_told_that_nothing_is_swapped():
    engine = Engine(installed=True, source="distribution", version="20.10.24")
    problem = only(asked(distribution=BOOKWORM, engine=engine))
    assert "never swapped" in problem["message"]
    assert "remove docker.io" in problem["fix"]


def test_all_problems_come_at_once():
    problems = asked(uid=1, media="missing", memory_bytes=1, listeners=(Listener(80, "tcp", "::"),), shadowed="/bin/x")
    assert [problem["setting"] for problem in problems] == [
        "ansible_become",
        "stack_name",
        "stack_media_path",
        "ports",
        "deploy.resources.reservations.memory",
    ]


def test_the_table_of_memory_starts_with_the_greediest():
    assert memory_table({"caddy": 64 * MEBIBYTE, "none": 0, "immich-server": 2 * GIBIBYTE}, {}).splitlines() == [
        "  SERVICE        RESERVES",
        "  immich-server   2.0 GiB",
        "  caddy            64 MiB",
        "  together        2.1 GiB",
    ]


def test_where_not_even_the_least_fits_the_report_says_who_wants_what_and_what_would_do():
    problem = only(asked(minimums=LEAST, memory_bytes=GIBIBYTE, memory_reserve=512 * MEBIBYTE))
    assert problem["message"].splitlines() == [
        "the services reserve 1.1 GiB, 672 MiB at the least, the host has 1.0 GiB and keeps 512 MiB for itself:",
        "  SERVICE        RESERVES  AT THE LEAST",
        "  immich-server   1.0 GiB       640 MiB",
        "  caddy            64 MiB        32 MiB",
        "  together        1.1 GiB       672 MiB",
    ]
