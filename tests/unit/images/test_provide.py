"""Every image that a release needs: pulled, built or kept."""

from __future__ import annotations

import pytest
from ansible_collections.photosync.vps.plugins.module_utils import images


def release(*services, bases=()):
    return {"services": list(services), "bases": list(bases)}


def pulled(name):
    return {"name": name, "image": f"{name}:1", "build": None}


def built(name, **build):
    return {"name": name, "image": f"feeds/{name}:1", "build": {"context": "/src", **build}}


def test_what_is_missing_is_pulled_all_at_once_and_what_is_here_is_not(docker, tmp_path):
    docker.hold("caddy:1")
    told = []
    found = images.provide(release(pulled("caddy"), pulled("a"), pulled("b")), str(tmp_path), told.append)
    (call,) = docker.calls
    assert call == "compose --progress plain pull --ignore-buildable --policy missing a b"
    assert [(one.service, one.action) for one in found.services] == [
        ("caddy", "kept"),
        ("a", "pulled"),
        ("b", "pulled"),
    ]
    assert told == ["[0/2] pulling a, b", "[1/2] pulled a", "[2/2] pulled b"]


def test_nothing_is_asked_of_docker_when_every_image_is_here(docker, tmp_path):
    docker.hold("caddy:1")
    assert not images.provide(release(pulled("caddy")), str(tmp_path)).changed
    assert docker.calls == []


def test_a_build_gets_all_that_its_entry_says(docker, tmp_path):
    entry = built(
        "web",
        dockerfile="Dockerfile.small",
        target="production",
        args={"A": "1"},
        additional_contexts={"node:20": "docker-image://mirror/node:20"},
    )
    images.provide(release(entry), str(tmp_path))
    assert docker.calls == [
        "buildx build --builder default --progress plain --tag feeds/web:1 --file /src/Dockerfile.small "
        "--target production --build-arg=A=1 --build-context=node:20=docker-image://mirror/node:20 /src"
    ]


def test_bases_are_built_before_what_starts_from_them_with_the_bundle_of_authorities(docker, tmp_path):
    bundle = tmp_path / "company.pem"
    bundle.write_text("authorities")
    base = {"image": "feeds/base:1", "dockerfile": "FROM node:20\n", "ca_bundle": str(bundle)}
    images.provide(release(built("web"), bases=[base]), str(tmp_path))
    assert ["base" in call for call in docker.calls] == [True, False]


def test_a_failed_build_names_the_service_the_step_and_what_was_said(docker, tmp_path):
    docker.fail("feeds/api")
    with pytest.raises(images.ImageError) as failure:
        images.provide(release(built("api")), str(tmp_path))
    assert str(failure.value).splitlines()[:2] == [
        "building api failed at tester 1/1: RUN npm test",
        "  it says no",
    ]


def test_the_report_says_what_was_done_and_how_large_it_is(docker, tmp_path):
    docker.hold("caddy:1")
    found = images.provide(release(pulled("caddy"), built("api")), str(tmp_path))
    assert [one.line() for one in found.services] == ["kept caddy, 1.0 KiB", "built api in 0 s, 1.0 KiB"]
