# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Images that builds start from go with what they were made for, and what can be gone back to can be built."""

from __future__ import annotations

import pytest
from support import throwaway

pytestmark = pytest.mark.full

SOURCE = """
mkdir -p /srv/built/web
printf 'FROM front\\nRUN test "$SHADE" != broken && printf %s "$SHADE" >/usr/share/nginx/html/index.html\\n' \
    >/srv/built/web/Dockerfile
"""
LISTED = "docker image ls --filter reference=small/{} --format '{{{{.Repository}}}}:{{{{.Tag}}}}'"


def built(shade):
    """The web server, built on a base that knows a shade."""
    build = {"context": "web", "base_images": {"front": throwaway.image("nginx")}, "environment": {"SHADE": shade}}
    return {"name": "web", "image": None, "build": build}


def bases(site):
    return set(site.machine.sh(LISTED.format("base")).split())


def deploy(site, shade, **settings):
    return site.deploy(built(shade), stack_source_path="/srv/built", **settings)


def page(site):
    return site.machine.sh("docker exec small-web-1 cat /usr/share/nginx/html/index.html")


def test_bases_go_with_what_they_were_made_for_and_a_rollback_still_builds(site):
    site.good()
    site.machine.sh(SOURCE)
    site.machine.sh(f"docker tag {throwaway.image('nginx')} other/base:1")
    assert deploy(site, "red").rc == 0
    red, (first,) = site.current(), bases(site)
    failed = deploy(site, "broken")
    assert failed.rc != 0 and site.current() == red
    assert bases(site) == {first}
    assert deploy(site, "blue").rc == 0
    assert len(bases(site)) == 2 and first in bases(site)
    site.machine.sh(f"{LISTED.format('web')} | xargs docker image rm --force; docker builder prune --all --force")
    back = site.machine.play("rollback", {"stack_rollback_to": red})
    assert back.rc == 0, back.output
    assert page(site) == "red"
    for colour in ("green", "yellow"):
        run = site.deploy({"name": "web", "environment": {"COLOUR": colour}}, stack_releases_keep=1)
        assert run.rc == 0, run.output
    assert bases(site) == set()
    assert site.machine.sh("docker image ls --quiet other/base:1").strip()
