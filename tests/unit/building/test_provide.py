"""Every image that a release needs: pulled, built or kept."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.building.ignored import Ignored
from ansible_collections.photosync.vps.plugins.module_utils.building.sources import digest_of_folder
from ansible_collections.photosync.vps.plugins.module_utils.deploy import images
from support.specs import make_spec


def release(*services, bases=(), ca_bundle=""):
    return make_spec(services=list(services), bases=list(bases), ca_bundle=ca_bundle)


def pulled(name):
    return {"name": name, "image": f"{name}:1", "build": None}


@pytest.fixture
def source(tmp_path):
    """The folder that services are built from."""
    folder = tmp_path / "source"
    folder.mkdir()
    (folder / "main.py").write_text("print('it works')\n")
    return folder


@pytest.fixture
def built(source):
    """An entry that is built from that folder as it is now."""

    def entry(name, **plan):
        content = digest_of_folder(str(source), Ignored([]))
        usual = {"source": {"folder": str(source)}, "content": content, "digest": "abc", "dockerfile": "Dockerfile"}
        usual |= {"recipe": "", "target": "", "tests": "", "args": {}, "contexts": {}}
        return {"name": name, "image": f"feeds/{name}:abc", "build": {**usual, **plan}}

    return entry


def test_what_is_missing_is_pulled_all_at_once_and_what_is_here_is_not(docker, tmp_path):
    docker.hold("caddy:1")
    told = []
    found = images.provide(release(pulled("caddy"), pulled("a"), pulled("b")), str(tmp_path), told.append)
    (call,) = docker.calls
    assert call == "compose --progress plain pull --ignore-buildable --policy missing a b"
    sizes = [one.line() for one in found.services]
    assert sizes == ["kept caddy, 1.0 KiB", "pulled a, 1.0 KiB", "pulled b, 1.0 KiB"]
    assert told == ["[0/2] pulling a, b", "[1/2] pulled a", "[2/2] pulled b"]


def test_nothing_is_asked_of_docker_when_every_image_is_here(docker, tmp_path, built):
    docker.hold("caddy:1")
    docker.hold("feeds/api:abc", "abc")
    assert not images.provide(release(pulled("caddy"), built("api")), str(tmp_path)).changed
    assert docker.calls == []


def test_an_image_that_somebody_else_built_under_that_name_is_not_taken_for_it(docker, tmp_path, built):
    docker.hold("feeds/api:abc")
    images.provide(release(built("api")), str(tmp_path))
    assert len(docker.calls) == 1


def test_a_build_gets_all_that_its_entry_says(docker, tmp_path, built, source):
    contexts = {"node:20": "docker-image://mirror/node:20"}
    entry = built("web", dockerfile="Dockerfile.small", target="production", args={"A": "1"}, contexts=contexts)
    images.provide(release(entry), str(tmp_path))
    assert docker.calls == [
        f"buildx build --builder default --progress plain --tag feeds/web:abc --file {source}/Dockerfile.small "
        "--target production --build-arg=A=1 --build-context=node:20=docker-image://mirror/node:20 "
        f"--label=vps.photosync.digest=abc {source}"
    ]


def test_tests_are_run_before_anything_is_made_that_could_be_shipped(docker, tmp_path, built):
    images.provide(release(built("api", tests="tester")), str(tmp_path))
    tests, shipped = docker.calls
    assert "--target tester" in tests and "--output type=cacheonly" in tests and "--tag" not in tests
    assert "tester" not in shipped and "--tag feeds/api:abc" in shipped


@pytest.mark.parametrize(
    ("fails", "plan", "said"), [("tester", {"tests": "tester"}, "testing"), ("feeds/api", {}, "building")]
)
def test_a_failure_names_the_service_the_step_and_what_was_said_and_leaves_no_image(
    docker, tmp_path, built, fails, plan, said
):
    docker.fail(fails)
    with pytest.raises(images.ImageError) as failure:
        images.provide(release(built("api", **plan)), str(tmp_path))
    assert str(failure.value).splitlines()[:2] == [f"{said} api failed at tester 1/1: RUN npm test", "  it says no"]
    assert len(docker.calls) == 1


def test_the_collections_own_dockerfile_comes_with_the_release(docker, tmp_path, built):
    recipe = tmp_path / "build" / "python"
    recipe.mkdir(parents=True)
    (recipe / "Dockerfile.dockerignore").write_text("")
    images.provide(release(built("api", recipe="python")), str(tmp_path))
    (call,) = docker.calls
    assert f"--file {recipe}/Dockerfile " in call and f"--build-context=recipe={recipe} " in call


def test_bases_are_built_before_what_starts_from_them_with_the_bundle_of_authorities(docker, tmp_path, built):
    bundle = tmp_path / "company.pem"
    bundle.write_text("authorities")
    base = {"image": "feeds/base:1", "dockerfile": "FROM node:20\n", "ca_bundle": str(bundle)}
    images.provide(release(built("web"), bases=[base]), str(tmp_path))
    assert ["--tag feeds/base:1" in call for call in docker.calls] == [True, False]


def test_a_folder_that_changed_since_the_release_was_prepared_is_not_built_under_its_name(
    docker, tmp_path, built, source
):
    entry = built("api")
    (source / "main.py").write_text("print('it works better')\n")
    with pytest.raises(images.ImageError, match="has changed since this release was prepared; deploy again"):
        images.provide(release(entry), str(tmp_path))
    assert docker.calls == []


def test_somebody_who_asks_for_it_gets_the_folder_as_it_is_and_the_next_deployment_builds_its_own(
    docker, tmp_path, built, source
):
    entry = built("api")
    (source / "main.py").write_text("print('it works better')\n")
    images.rebuild(release(entry), str(tmp_path))
    assert "--label" not in docker.calls[0]
    (source / "main.py").write_text("print('it works')\n")
    images.provide(release(entry), str(tmp_path))
    assert "--label=vps.photosync.digest=abc" in docker.calls[1]
