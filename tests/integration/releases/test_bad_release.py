"""A release that does not work: afterwards the one before serves and is current, and nothing is left over."""

from __future__ import annotations

import pytest
from support import throwaway
from support.kinds import shown_by

# What is wrong with the release, and the words that must tell it.
AFTER_THE_SWITCH = {
    "exits at once": (
        {"name": "web", "command": ["sh", "-c", "echo no such f; exit 3"]},
        ["exit code 3", "no such f"],
    ),
    "is killed for lack of memory": (
        {
            "name": "web",
            "command": ["sh", "-c", "tail -c 200M /dev/zero | tail"],
            "deploy": {"resources": {"limits": {"memory": "20M"}}},
        },
        ["137", "memory"],
    ),
}
BEFORE_THE_SWITCH = {
    "an image that cannot be pulled": ({"name": "web", "image": "depot.test:5000/photosync/none:1"}, ["web", "none:1"]),
    "an invalid Compose file": ({"name": "web", "devices": ["nonsense:a:b:c:d"]}, ["Compose", "devices"]),
    "a build that fails": (
        {"name": "web", "image": None, "build": {"context": "web"}},
        ["web", "exit code: 7"],
    ),
}


@pytest.fixture(scope="module", autouse=True)
def source(site):
    """A source folder whose only service does not build."""
    image = throwaway.image("nginx")
    site.machine.sh(f"mkdir -p /srv/source/web && printf 'FROM {image}\\nRUN exit 7\\n' >/srv/source/web/Dockerfile")


def assert_back(site, before, run, words):
    assert run.rc != 0
    assert [word for word in words if word not in run.output] == [], run.output
    assert site.current() == before
    assert site.serves()
    assert set(site.containers()) == {"caddy", "web", "database"}
    assert "COLOUR=blue" in site.environment("web")


@pytest.mark.parametrize("kind", shown_by("exits at once", AFTER_THE_SWITCH))
def test_after_a_service_that(site, kind):
    before = site.good()
    changed, words = AFTER_THE_SWITCH[kind]
    run = site.deploy(changed, stack_health_timeout=20)
    assert_back(site, before, run, [*words, "was rolled back", before])


@pytest.mark.parametrize("kind", shown_by("an image that cannot be pulled", BEFORE_THE_SWITCH))
def test_nothing_was_touched_by(site, kind):
    before, containers = site.good(), site.containers()
    changed, words = BEFORE_THE_SWITCH[kind]
    run = site.deploy(changed, stack_source_path="/srv/source")
    assert_back(site, before, run, words)
    assert site.containers() == containers


# The stack's folder on a file system of its own that has no room left.
FILL = """
set -e
mkdir -p /mnt/small
mount -t tmpfs -o size=4M tmpfs /mnt/small
cp -a /opt/small/. /mnt/small
mount --bind /mnt/small /opt/small
head -c 8M /dev/zero >/opt/small/filler 2>/dev/null || true
"""


def test_a_full_disk_leaves_the_old_release_serving(site):
    before, containers = site.good(), site.containers()
    site.machine.sh(FILL)
    try:
        run = site.deploy({"name": "web", "environment": {"COLOUR": "red" * 20000}})
        assert_back(site, before, run, ["No space left on device"])
        assert site.containers() == containers
    finally:
        site.machine.sh("umount /opt/small /mnt/small")
