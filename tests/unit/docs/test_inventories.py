"""The inventories to copy: production is refused until it is filled in, the others work as they are."""

import pathlib
import re

import yaml
from ansible_collections.photosync.vps.plugins.plugin_utils.role_settings import wrong_settings
from catalogue.stacks import SETTINGS, resolve

INVENTORIES = pathlib.Path(__file__).resolve().parents[3] / "inventories"


def catalogue(name, **more):
    """The catalogue of an inventory, without the secrets that its vault would hold."""
    given = yaml.safe_load((INVENTORIES / name / "group_vars" / "photosync" / "main.yml").read_text(encoding="utf-8"))
    services = given.pop("catalogue_services", [])
    known = {key: value for key, value in given.items() if key.startswith("stack_")}
    found = resolve(*services, **{"stack_acme_email": "", "stack_secrets": {}, **known, **more})
    return {**found, "problems": [*found["problems"], *wrong_settings(given, lambda value: value)]}


def settings_of(problems):
    return {problem["setting"] for problem in problems}


def test_the_production_example_is_refused_until_it_is_filled_in():
    assert settings_of(catalogue("production")["problems"]) == {
        "stack_domain",
        "stack_acme_email",
        "stack_secrets.immich_db_password",
        "stack_secrets.custom_db_password",
    }


def test_domain_email_and_secrets_are_all_that_the_production_example_lacks():
    assert catalogue("production", **SETTINGS)["problems"] == []


def test_the_production_example_names_no_place_for_backups_so_that_nobody_backs_up_to_an_example():
    text = (INVENTORIES / "production" / "group_vars" / "photosync" / "main.yml").read_text(encoding="utf-8")
    assert yaml.safe_load(text)["backup_repository"] == ""


def test_the_feed_reader_that_the_documents_show_is_the_inventory_to_copy_word_for_word():
    text = (INVENTORIES / "feeds" / "group_vars" / "photosync" / "main.yml").read_text(encoding="utf-8")
    document = (INVENTORIES.parent / "docs" / "catalogue.md").read_text(encoding="utf-8")
    assert text.removeprefix("---\n") in re.findall(r"```yaml\n(.*?)```", document, re.S)


def test_the_feed_reader_has_a_secret_for_everything_that_names_one():
    text = (INVENTORIES / "feeds" / "group_vars" / "photosync" / "main.yml").read_text(encoding="utf-8")
    made = yaml.safe_load((INVENTORIES / "feeds" / "group_vars" / "all" / "secrets.yml").read_text(encoding="utf-8"))
    used = set(re.findall(r"catalogue_settings\.secrets\.(\w+)", text))
    assert used | {"backup_repository_password"} == set(made["secrets_names"])
    declared = {name for entry in yaml.safe_load(text)["catalogue_services"] for name in entry.get("secrets", [])}
    assert declared == used


def test_development_works_as_it_is():
    found = catalogue("development")
    assert found["problems"] == []
    assert found["stack"]["mode"] == "development"


def test_the_demo_with_genuine_images_substitutes_none():
    found = catalogue("real", stack_secrets=SETTINGS["stack_secrets"])
    assert found["problems"] == []
    assert [entry["image"] for entry in found["services"]] == [entry["image"] for entry in resolve()["services"]]
    assert found["stack"]["source"] == resolve()["stack"]["source"]
    assert found["stack"]["build"]["base_images"] == {}
