# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What may be wrong in an inventory or with a host, and what site says of it before anything changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from support import playbook, tree

GOOD_SERVICE = {
    "name": "extra",
    "image": "depot.test:5000/photosync/nginx:1",
    "healthcheck": {"test": ["CMD", "true"]},
}


def with_service(name, **fields):
    """Variables that add a service which would be good but for these fields."""
    return {"catalogue_services": [{**GOOD_SERVICE, "name": name, **fields}]}


# Variables, and the words that the report must hold: the setting, the service where one is concerned.
BAD = {
    "placeholder secret": (
        {
            "stack_secrets": {
                "immich_db_password": "CHANGE_ME",
                "custom_db_password": "x" * 24,
                "backup_repository_password": "y" * 24,
            }
        },
        ["immich_db_password", "immich-postgres"],
    ),
    "malformed domain": ({"stack_domain": "photos..example"}, ["stack_domain", "photos..example"]),
    "malformed e-mail": (
        {"stack_tls": "acme", "stack_acme_email": "admin at home"},
        ["stack_acme_email", "admin at home"],
    ),
    "missing media path": ({"stack_media_path": "/srv/nowhere"}, ["stack_media_path", "/srv/nowhere", "immich-server"]),
    "duplicate service": ({"catalogue_services": [GOOD_SERVICE, GOOD_SERVICE]}, ["catalogue_services", "extra"]),
    "unknown dependency": (with_service("reader", depends_on={"feeds": {}}), ["depends_on (reader)", "feeds"]),
    "dependency cycle": (
        {
            "catalogue_services": [
                dict(GOOD_SERVICE, name="one", depends_on={"two": {}}),
                dict(GOOD_SERVICE, name="two", depends_on={"one": {}}),
            ]
        },
        ["depends_on", "one", "two"],
    ),
    "unknown volume": (
        with_service("keeper", backup={"volumes": ["keeper-dta"]}),
        ["backup.volumes (keeper)", "keeper-dta"],
    ),
    "volume that no backup holds": (with_service("writer", volumes=["notes:/data"]), ["backup (writer)", "notes"]),
    "clashing routes": (
        with_service("second-api", route={"paths": ["/api/*"], "port": 80}),
        ["route.paths (second-api)", "api-gateway"],
    ),
    "clashing ports": (
        {"catalogue_services": [{"name": "caddy", "ports": ["80:80", "443:443", "443:443/udp", "0.0.0.0:443:8443"]}]},
        ["ports (caddy)", "443/tcp"],
    ),
    "size that is none": (
        with_service("greedy", deploy={"resources": {"limits": {"memory": "lots"}}}),
        ["deploy.resources.limits.memory (greedy)", "lots"],
    ),
    "duration that is none": (
        with_service("slow", stop_grace_period="a while"),
        ["stop_grace_period (slow)", "a while"],
    ),
    "room that is no size": ({"resource_limits_host_reserve": "some"}, ["resource_limits_host_reserve", "some"]),
    "reservations that do not fit": (
        with_service("extra", deploy={"resources": {"reservations": {"memory": "900G"}}}),
        ["reservations", "extra", "900"],
    ),
    "disk too small": ({"preflight_free_disk": "900T"}, ["preflight_free_disk", "/var/lib/docker"]),
    "image that its registry does not have": (
        with_service("typo", image="depot.test:5000/photosync/ngnix:1"),
        ["image (typo)", "depot.test:5000/photosync/ngnix:1 cannot be pulled", "has no such image"],
    ),
    "registry that is not there": (
        with_service("lost", image="registry.nowhere.test/feeds:1"),
        ["image (lost)", "registry.nowhere.test cannot be found"],
    ),
    "misspelt variables of roles": (
        {"backup_retenton": {"keep_last": 1}, "docker_versoin": "29", "restore_pont": "x"},
        ["did you mean backup_retention?", "did you mean docker_version?", "did you mean restore_point?"],
    ),
    "an hour that there is none": (
        {"backup_schedule": {"hour": "25", "minute": "10"}},
        ["backup_schedule", "cron has no hour '25'"],
    ),
    "a drill that never comes": (
        {"backup_drill_schedule": {"day": "31", "month": "2"}},
        ["backup_drill_schedule", "so it would never come"],
    ),
    "a retention that keeps nothing": (
        {"backup_retention": {"keep_last": 0}},
        ["backup_retention", "keep_last has to be 1 or more, not 0"],
    ),
    "a relative repository": ({"backup_repository": "backup/here"}, ["backup_repository", "write the whole path"]),
    "a misspelt kind of repository": (
        {"backup_copies": [{"name": "nas", "repository": "sftpp:ann@nas:/x"}]},
        ["backup_copies", "did you mean sftp:?"],
    ),
    "a command that is no list": ({"backup_on_failure": "mail -s failed root"}, ["backup_on_failure", "list of words"]),
    "a text that is no truth value": ({"resource_limits_fit": "no"}, ["resource_limits_fit", "would count as true"]),
    "a number that is none": ({"stack_health_timeout": "soon"}, ["stack_health_timeout", "not of type int"]),
    "a choice that there is none": ({"docker_source": "snap"}, ["docker_source", "upstream"]),
    "production without a place for backups": ({"backup_repository": ""}, ["backup_repository", "backup_enabled"]),
}

# The same for what is wrong with the host: a script that makes it so, one that undoes it, variables, words.
HOLDER = "systemd-run --quiet --unit=holder-{0} python3 -c 'import socket, time; s = {1}; time.sleep(900)'"
BAD_HOSTS = {
    "port 80 held by another process": (
        HOLDER.format("80", 'socket.create_server(("", 80))'),
        "systemctl stop holder-80",
        {},
        ["port 80/tcp is held", "ports (caddy)", "python3, holder-80.service"],
    ),
    "port 443 held by another process": (
        HOLDER.format("443", 'socket.create_server(("127.0.0.1", 443))'),
        "systemctl stop holder-443",
        {},
        ["port 443/tcp is held", "ports (caddy)", "holder-443.service"],
    ),
    "port 443 of HTTP/3 held by another process": (
        HOLDER.format("udp", 'socket.socket(type=socket.SOCK_DGRAM); s.bind(("", 443))'),
        "systemctl stop holder-udp",
        {},
        ["port 443/udp is held", "ports (caddy)", "holder-udp.service"],
    ),
    "registry that does not answer": (
        HOLDER.format("registry", 'socket.create_server(("127.0.0.1", 5999))'),
        "systemctl stop holder-registry",
        with_service("waiting", image="127.0.0.1:5999/feeds:1"),
        ["image (waiting)", "127.0.0.1:5999 does not answer within 10 s"],
    ),
    "unsupported distribution": (
        "sed -i.kept 's/^VERSION_ID=.*/VERSION_ID=\"11\"/' /usr/lib/os-release",
        "mv /usr/lib/os-release.kept /usr/lib/os-release",
        {},
        ["inventory", "Debian GNU/Linux 13", "use Debian 12 or 13"],
    ),
    "engine and Compose too old": (
        """
        cd $(mktemp -d)
        for package in docker-ce=5:20.10.24~3 docker-compose-plugin=2.20.3-1; do
            mkdir -p tree/DEBIAN
            printf 'Package: %s\\nVersion: %s\\n' "${package%=*}" "${package#*=}" >tree/DEBIAN/control
            printf 'Architecture: all\\nMaintainer: Nobody <n@o.test>\\nDescription: old\\n' >>tree/DEBIAN/control
            if [ "${package%=*}" = docker-ce ]; then install -D -m 755 /bin/true tree/usr/bin/docker; fi
            dpkg-deb --build tree package.deb >/dev/null && dpkg --install package.deb >/dev/null
            rm -r tree
        done
        """,
        "dpkg --purge docker-ce docker-compose-plugin",
        {},
        ["docker_version", "20.10.24", "stack_build.base_images", "docker_source", "Compose 2.20.3-1"],
    ),
    "clock two hours ahead": (
        """
        apt-get update -qq && apt-get install -y -qq --no-install-recommends faketime >/dev/null
        printf '#!/bin/sh\\nexec faketime -f +2h /usr/bin/python3 "$@"\\n' >/root/python-ahead
        chmod 755 /root/python-ahead
        """,
        "apt-get purge -y -qq faketime libfaketime; rm -r /root/python-ahead /var/lib/apt/lists/*",
        {"ansible_python_interpreter": "/root/python-ahead"},
        ["preflight_clock_tolerance", "ahead of the controller's", "systemd-timesyncd"],
    ),
}


@contextmanager
def made_bad(sh: Callable[[str], str], kind: str) -> Iterator[None]:
    """A host that will not do for this reason, as long as it lasts."""
    make, undo = BAD_HOSTS[kind][:2]
    sh(make)
    try:
        yield
    finally:
        sh(undo)


def assert_refused(
    sh: Callable[[str], str],
    site: Callable[[dict[str, Any]], playbook.Run],
    variables: dict[str, Any],
    words: list[str],
) -> playbook.Run:
    """The playbook says these words, and the host is as it was.

    :param sh: runs a script on the host.
    :param site: runs the playbook with variables.
    """
    before = sh(tree.SCRIPT)
    refused = site(variables)
    assert refused.rc != 0
    assert [word for word in words if word not in refused.output] == []
    assert refused.changed == 0
    assert sh(tree.SCRIPT) == before
    return refused
