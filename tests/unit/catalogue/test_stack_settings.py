"""What an inventory says about the stack as a whole."""

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.settings import resolve_settings
from catalogue.stacks import SETTINGS, SPEC


def settings(**changed):
    return resolve_settings({**SETTINGS, **changed}, SPEC)


@pytest.mark.parametrize(
    ("changed", "found"),
    [
        ({"stack_name": "feeds"}, {"root": "/opt/feeds", "config": "/opt/feeds/config", "etc": "/etc/feeds"}),
        ({"stack_name": "feeds"}, {"state": "/var/lib/feeds", "slice": "feeds.slice"}),
        ({"stack_mode": "production"}, {"url": "https://photos.my-family.net"}),
        ({"stack_mode": "development"}, {"url": "http://127.0.0.1"}),
    ],
)
def test_everything_of_a_stack_is_found_under_its_name_and_its_address_depends_on_the_mode(changed, found):
    assert found.items() <= settings(**changed).items()


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ({"stack_source_version": "de36e8d323702ba7e3587437b4e23b33586c282b"}, "de36e8d32370"),
        ({"stack_source_version": "v1.4"}, "v1.4"),
        ({"stack_source_version": "release/1.4"}, "release-1.4"),
        ({"stack_source_path": "/home/me/photo-sync"}, "local"),
    ],
)
def test_the_version_of_the_sources_becomes_a_tag_and_a_local_folder_is_used_as_it_is(given, tag):
    source = settings(**given)["source"]
    assert (source["tag"], source["dest"]) == (tag, given.get("stack_source_path", "/opt/photo-sync/source"))


def test_parameters_that_are_not_set_keep_their_defaults():
    assert settings(stack_settings={"phash_threshold": 0.9})["settings"] == {
        "immich_version": "v2.7.5",
        "phash_threshold": 0.9,
        "cache_expiry": 300,
    }


def test_a_setting_of_a_wrong_type_is_reported_and_the_rest_still_checked():
    found = settings(stack_build="fast", stack_mode="staging", stack_domain="x.net")
    assert {problem["setting"] for problem in found["problems"]} == {"stack_build", "stack_mode"}
    assert (found["mode"], found["domain"]) == ("production", "x.net")
