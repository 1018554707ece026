"""Images that are named by what they are made of."""

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.compose import compose_base
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.recipes import release_recipes
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.sources import (
    SourceError,
    source_problems,
    source_request,
    with_sources,
)
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.spec import stack_spec
from catalogue.stacks import entry_of, resolve, service

BUILT = ("web-ui", "api-gateway", "grouping-service", "dedup-service")


def found(catalogue, dockerfile=True, **services):
    """What a host says that has everything; ``services`` say otherwise for some."""
    names = [one["service"] for one in source_request(catalogue)["builds"]]
    usual = {name: {"content": f"tree-of-{name}", "dockerfile": dockerfile} for name in names}
    other = {name.replace("_", "-"): value for name, value in services.items()}
    return {"known": True, "moves": False, "services": {**usual, **other}}


def images(catalogue, measured=None):
    complete = with_sources(catalogue, measured or found(catalogue))
    return {name: entry_of(complete, name)["image"] for name in BUILT}


def test_only_the_service_whose_source_changed_gets_another_image(production):
    before = images(production)
    changed = found(production, grouping_service={"content": "another-tree", "dockerfile": True})
    after = images(production, changed)
    assert [name for name in BUILT if before[name] != after[name]] == ["grouping-service"]


def test_the_version_itself_names_no_image():
    one, other = resolve(), resolve(stack_source_version="v2.0.0")
    assert images(one) == images(other)


@pytest.mark.parametrize(
    "changed",
    [
        {"stack_build": {"args": {"A": "1"}}},
        {"stack_build": {"base_images": {"node:20-alpine": "mirror/node:20", "python:3.11-slim": "mirror/python:3"}}},
        {"stack_build": {"dockerfiles": "collection"}},
        {"stack_mode": "development"},
    ],
    ids=["arguments", "bases", "dockerfiles", "mode"],
)
def test_another_way_to_build_and_the_other_mode_give_another_image(production, changed):
    other = images(resolve(**changed))
    assert [name for name in BUILT if other[name] == images(production)[name]] == []


def test_where_packages_come_from_is_no_part_of_an_image(production):
    private = {
        "npm_registry": "https://u:p4ss@mirror/npm/",
        "pip_index_url": "https://m/simple",
        "https_proxy": "http://p",
    }
    assert images(resolve(stack_build=private)) == images(production)


def test_the_repositorys_own_dockerfile_is_used_where_there_is_one_and_the_collections_when_asked_for(production):
    asked = resolve(stack_build={"dockerfiles": "collection"})
    for catalogue, measured, recipes in (
        (production, found(production, web_ui={"content": "x", "dockerfile": False}), ["node-static", "", "", ""]),
        (asked, found(asked), ["node-static", "node-server", "python", "python"]),
    ):
        complete = with_sources(catalogue, measured)
        assert [entry_of(complete, name)["build"]["recipe"] for name in BUILT] == recipes


def test_only_the_dockerfiles_that_are_used_are_laid_on_the_host(production):
    assert release_recipes(with_sources(production, found(production))) == []
    measured = found(production, web_ui={"content": "x", "dockerfile": False})
    paths = [file["path"] for file in release_recipes(with_sources(production, measured))]
    assert paths == [f"build/node-static/{name}" for name in ("Dockerfile", "Dockerfile.dockerignore", "nginx.conf")]


def test_the_collections_own_needs_no_bases_made_for_it():
    catalogue = resolve(stack_build={"dockerfiles": "collection", "ca_bundle": "/etc/ssl/company.pem"})
    document = stack_spec(with_sources(catalogue, found(catalogue)))
    assert document["bases"] == []
    web = next(one for one in document["services"] if one["name"] == "web-ui")["build"]
    assert web["args"] == {"BUILD_ENVIRONMENT": "export VITE_API_URL=/"}


def test_production_tests_what_it_ships_and_development_may_skip_it(production, development):
    for catalogue, stage in ((production, "tester"), (development, "")):
        complete = with_sources(catalogue, found(catalogue, dockerfile=False))
        built = [one["build"]["tests"] for one in stack_spec(complete)["services"] if one["build"]]
        assert set(built) == {stage}


def test_a_stage_with_tests_in_the_repositorys_own_dockerfile_is_run_when_named(production):
    entry = service(image=None, build={"context": "feeds", "tests": "checked"})
    catalogue = resolve(entry)
    document = stack_spec(with_sources(catalogue, found(catalogue)))
    assert {one["name"]: one["build"]["tests"] for one in document["services"] if one["build"]}["feeds"] == "checked"


def test_people_can_build_by_hand_with_compose_in_the_current_release(production):
    complete = with_sources(production, found(production, dockerfile=False))
    section = compose_base(complete)["services"]["grouping-service"]["build"]
    assert section["context"] == "/opt/photo-sync/source/services/grouping"
    assert section["dockerfile"] == "/opt/photo-sync/current/build/python/Dockerfile"
    assert section["additional_contexts"] == {"recipe": "/opt/photo-sync/current/build/python"}


def test_a_folder_that_is_not_in_the_source_is_reported_with_the_service(production):
    measured = found(production, web_ui={"content": "", "dockerfile": False})
    (problem,) = source_problems(production, measured)
    assert (problem["service"], problem["setting"]) == ("web-ui", "build.context")
    with pytest.raises(SourceError, match="web-ui: there is no folder services/web in https://github"):
        with_sources(production, measured)


def test_a_service_without_any_dockerfile_is_told_what_to_do():
    catalogue = resolve(service(image=None, build={"context": "feeds"}))
    measured = found(catalogue, feeds={"content": "x", "dockerfile": False})
    with pytest.raises(SourceError, match=r"feeds: there is no Dockerfile in feeds; .* set build\.kind"):
        with_sources(catalogue, measured)


def test_before_the_source_was_fetched_names_are_provisional(production):
    unknown = {"known": False, "moves": False, "services": {}}
    assert images(production, unknown)["web-ui"] == "photo-sync/web-ui:de36e8d32370"
    assert source_problems(production, unknown) == []
