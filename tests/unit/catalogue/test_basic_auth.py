"""Who may see the site: hashes that are the same in every run, and that say nothing but what they have to."""

import base64

import bcrypt
import pytest
from ansible.errors import AnsibleError
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue import basic_auth
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import release_env_files
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.health import health_targets
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.masks import secret_values
from catalogue.stacks import resolve

PEOPLE = {"alice": "wonderland-1865", "bob": "wonderland-1865"}


@pytest.fixture(scope="module")
def guarded():
    return resolve(stack_basic_auth=PEOPLE)


def hashes(catalogue):
    return {person["name"]: person["hash"] for person in catalogue["basic_auth"]["people"]}


def test_a_hash_is_the_one_of_its_password(guarded):
    assert guarded["problems"] == []
    for name, password in PEOPLE.items():
        assert bcrypt.checkpw(password.encode(), hashes(guarded)[name].encode())
        assert not bcrypt.checkpw(b"wonderland-1866", hashes(guarded)[name].encode())


def test_the_next_run_makes_the_same_hashes_and_another_name_or_site_others(guarded):
    assert resolve(stack_basic_auth=PEOPLE)["basic_auth"] == guarded["basic_auth"]
    elsewhere = resolve(stack_basic_auth=PEOPLE, stack_domain="feeds.my-family.net")
    assert len({*hashes(guarded).values(), *hashes(elsewhere).values()}) == 6


def test_health_is_checked_with_a_password_that_follows_from_the_others_and_is_none_of_them(guarded):
    probe = guarded["basic_auth"]["people"][-1]
    assert probe["name"] == "health-probe" and len(probe["password"]) == 32
    name, _colon, password = base64.b64decode(guarded["basic_auth"]["probe"].removeprefix("Basic ")).partition(b":")
    assert name == b"health-probe" and bcrypt.checkpw(password, probe["hash"].encode())
    other = resolve(stack_basic_auth={**PEOPLE, "bob": "another-password"})
    assert other["basic_auth"]["probe"] != guarded["basic_auth"]["probe"]


def test_probes_find_their_credentials_on_the_host_in_a_file_of_the_release(guarded):
    (file,) = [file for file in release_env_files(guarded) if not file["path"].startswith("env/")]
    assert file == {"path": "probe.headers", "secret_content": f"Authorization: {guarded['basic_auth']['probe']}\n"}
    probes = [target for target in health_targets(guarded) if target["kind"] == "http"]
    assert {probe["headers_file"] for probe in probes} == {"/opt/photo-sync/current/probe.headers"}
    assert guarded["basic_auth"]["probe"] not in str(health_targets(guarded))


def test_where_nobody_needs_a_password_no_probe_has_one(production):
    assert [file for file in release_env_files(production) if not file["path"].startswith("env/")] == []
    assert "headers_file" not in str(health_targets(production))
    opened = resolve({"name": "api-gateway", "route": {"basic_auth": False}}, stack_basic_auth={"bob": PEOPLE["bob"]})
    assert ["headers_file" in target for target in health_targets(opened)[-2:]] == [True, False]


def test_nothing_of_it_is_shown_in_a_diff(guarded):
    masked = set(secret_values(guarded))
    people = guarded["basic_auth"]["people"]
    assert {person["password"] for person in people} | {person["hash"] for person in people} <= masked
    assert guarded["basic_auth"]["probe"].removeprefix("Basic ") in masked


@pytest.mark.parametrize("error", [AnsibleError("passlib must be installed."), RuntimeError("bcrypt: no backends")])
def test_a_controller_that_cannot_make_hashes_is_told_what_to_install(monkeypatch, error):
    def fail(*_arguments, **_settings):
        raise error

    monkeypatch.setattr(basic_auth, "do_encrypt", fail)
    (problem,) = resolve(stack_basic_auth=PEOPLE)["problems"]
    assert problem["setting"] == "stack_basic_auth" and str(error) in problem["message"]
    assert "pip install libpass bcrypt" in problem["fix"] and "bcrypt==4.0.1" in problem["fix"]


def test_what_is_refused_is_not_hashed(monkeypatch):
    monkeypatch.setattr(basic_auth, "do_encrypt", None)
    (problem,) = resolve(stack_basic_auth={"alice": "x" * 80})["problems"]
    assert "72 bytes" in problem["message"]
