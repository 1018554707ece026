"""Every kind of mistake has an example: the report names its setting and service, and none hides another."""

import pathlib
from typing import Any

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.entries import combine
from catalogue.stacks import SETTINGS, resolve, service

MISTAKES = yaml.safe_load(pathlib.Path(__file__).with_name("mistakes.yml").read_text(encoding="utf-8"))


def secrets(**changed: str) -> dict[str, Any]:
    return {"stack_secrets": {**SETTINGS["stack_secrets"], **changed}}


def without_other_mistakes(entry: Any) -> Any:
    """A new service, whole but for the mistake; changes to services of photo-sync stay as they are."""
    is_new = isinstance(entry, dict) and entry.get("name", "caddy") != "caddy"
    return service(**entry) if is_new else entry


@pytest.mark.parametrize("what", MISTAKES)
def test_the_report_names(what):
    mistake = MISTAKES[what]
    name, _space, setting = mistake["at"].rpartition(" ")
    settings = dict(mistake.get("settings", {}))
    if "stack_secrets" in settings:
        settings |= secrets(**settings["stack_secrets"])
    services = [{"name": name, **mistake["entry"]}] if "entry" in mistake else mistake.get("services", [])
    problems = resolve(*map(without_other_mistakes, services), **settings)["problems"]
    (found,) = [one for one in problems if one["setting"] == setting and name in (one["service"] or "")]
    assert mistake.get("says", "") in f"{found['message']} {found['fix']}"
    assert all(problem["message"] and problem["fix"] for problem in problems)


def test_all_mistakes_are_reported_at_once():
    wrong = [
        service(**{**mistake["entry"], "name": f"feeds-{number}"})
        for number, mistake in enumerate(MISTAKES.values())
        if mistake["at"].startswith("feeds ") and "entry" in mistake and "settings" not in mistake
    ]
    problems = resolve(*wrong, stack_domain="https://x", stack_media_path="photos", stack_secrets={})["problems"]
    named = {name for problem in problems for name in (problem["service"] or "").split(", ")}
    settings = {problem["setting"] for problem in problems}
    assert len(wrong) > 30
    assert {entry["name"] for entry in wrong} <= named
    assert {"stack_domain", "stack_media_path", "stack_secrets.custom_db_password"} <= settings


OWN = {"stack_acme_ca": "https://ca.lan:9000/acme/acme/directory", "stack_acme_ca_root": "/etc/ssl/ca.crt"}
SIMPLE = {"stack_domain": "", "stack_acme_email": "", "stack_secrets": dict.fromkeys(SETTINGS["stack_secrets"], "dev")}


@pytest.mark.parametrize(
    ("entry", "settings"),
    [
        ({"deploy": {"resources": {"limits": {"memory": "6M"}}}}, {}),
        ({"depends_on": {"caddy": {"condition": "service_started"}}}, {}),
        ({"databases": [{"server": "custom-postgres", "name": "feeds"}]}, {}),
        ({}, {"stack_domain": "family.net"}),
        ({}, {"stack_media_path": "/opt/photo-sync-media"}),
        ({}, secrets(immich_db_password="x7<a>todoExampleChange>9!")),
        ({"image": "feeds:latest"}, {"stack_mode": "development", **SIMPLE}),
        *(
            ({}, {"stack_domain": domain, "stack_acme_email": "", **authority})
            for domain in ("photos", "192.0.2.1", "photos.lan", "photos.my-family.net")
            for authority in (OWN, {"stack_tls": "internal"})
            if (domain, authority) != ("192.0.2.1", OWN)
        ),
    ],
    ids=str,
)
def test_what_only_just_fits_and_what_matters_to_no_public_authority_is_no_mistake(entry, settings):
    assert resolve(service(**entry), **settings)["problems"] == []


def test_a_malformed_entry_is_no_unknown_dependency_of_others():
    problems = resolve(service(retsart="no"), service("reader", depends_on=["feeds"]))["problems"]
    assert [(problem["service"], problem["setting"]) for problem in problems] == [("feeds", "retsart")]


def test_services_that_are_no_list_are_reported():
    assert [problem["setting"] for problem in combine([], {"feeds": {}})[1]] == ["catalogue_services"]


@pytest.mark.parametrize("secret", ["CHANGE_ME_NOW_please", "tiny-pass"])
def test_no_problem_shows_the_value_of_a_secret(secret):
    catalogue = resolve(service(environment={"API_KEY": secret}), **secrets(immich_db_password=secret))
    assert catalogue["problems"]
    assert secret not in str(catalogue["problems"])


def test_no_problem_shows_a_password_for_the_site():
    people = {"alice": "CHANGE_ME_alice", "bob": "tiny-pass", "c d": "some-long-password"}
    found = resolve(stack_basic_auth=people)["problems"]
    assert len(found) == 3
    assert [password for password in people.values() if password in str(found)] == []
