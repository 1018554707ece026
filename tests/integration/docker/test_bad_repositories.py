# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A repository that cannot be used is one clear error that names the setting, and apt works afterwards as before."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from integration.docker.packages import Repository, Server
from support.throwaway import Machine

LEFT = "ls /etc/apt/sources.list.d/docker* /etc/apt/keyrings/docker* /etc/apt/preferences.d/docker* 2>/dev/null || true"
# Throwaway machines may live on an archive of the past: only here the dates of a repository are looked at.
DATES = "/etc/apt/apt.conf.d/zz-dates"


@contextmanager
def dates_matter(vps: Machine) -> Iterator[None]:
    vps.sh(f'echo \'Acquire {{ Check-Date "true"; Check-Valid-Until "true"; }};\' >{DATES}')
    try:
        yield
    finally:
        vps.sh(f"rm {DATES}")


def refused(vps: Machine, settings: dict[str, Any]) -> str:
    """Return what the refused run says, once it is seen that it left nothing on the host."""
    with dates_matter(vps):
        run = vps.play("site", settings)
    assert run.rc != 0 and run.changed == 0, run.output
    assert run.output.count("fatal:") == 1
    assert vps.sh(LEFT) == ""
    assert [line for line in vps.sh("apt-get update 2>&1").splitlines() if line.startswith(("E:", "W:"))] == []
    assert vps.sh("dpkg-query --show 'docker*' 'containerd*' 2>/dev/null || true") == ""
    return run.output


def test_a_key_with_another_fingerprint_is_refused_with_both(vps: Machine, repository: Repository):
    said = refused(vps, replace(repository, fingerprint="9DC858229FC7DD38854AE2D88D81803C0EBFCD88").settings())
    assert "docker_key_fingerprint" in said
    assert repository.fingerprint in said and "9DC858229FC7DD38854AE2D88D81803C0EBFCD88" in said


@pytest.mark.full
@pytest.mark.parametrize(("option", "said"), [("--expired-key", "expired"), ("--stale", "is expired")])
def test_a_repository_whose_key_or_index_is_no_longer_valid_is_refused(vps: Machine, server: Server, option, said):
    found = refused(vps, server.publish(option.strip("-"), option).settings())
    assert "docker_repository_url" in found and said in found.lower()


def test_a_repository_signed_with_a_key_that_is_not_its_own_is_refused(
    vps: Machine, server: Server, repository: Repository
):
    forged = server.publish("forged", "--key-of", "good/linux")
    said = refused(vps, replace(repository, url=forged.url).settings())
    assert "docker_repository_url" in said and "docker_key_fingerprint" in said
    assert "is not signed" in said


@pytest.mark.full
@pytest.mark.parametrize("place", [":81/good/linux", "/nothing/here"])
def test_a_repository_that_cannot_be_reached_is_refused_with_its_address(
    vps: Machine, server: Server, repository: Repository, place: str
):
    url = f"http://{server.address}{place}"
    said = refused(vps, replace(repository, url=url).settings())
    assert "docker_repository_url" in said and url in said


@pytest.mark.full
def test_a_version_that_the_repository_does_not_have_is_refused_with_those_it_has(vps: Machine, repository: Repository):
    said = refused(vps, {**repository.settings(), "docker_version": "28.9"})
    assert "docker_version asks for docker-ce 5:28.9*" in said
    assert "5:28.5.2-1" in said and "5:28.5.1-1" in said


def test_a_check_finds_it_too(vps: Machine, repository: Repository):
    run = vps.play("site", {**repository.settings(), "docker_version": "28.9"}, "--check")
    assert run.rc != 0
    assert "docker_version asks for" in run.output
