"""An inventory that resolves, for tests to change one thing in."""

import copy
import functools
import json
import pathlib
from typing import Any

import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.resolve import resolve_catalogue
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.settings import resolve_settings

ROLE = pathlib.Path(__file__).resolve().parents[3] / "roles" / "catalogue"
SPEC = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
SETTINGS: dict[str, Any] = {
    "stack_domain": "photos.my-family.net",
    "stack_acme_email": "admin@my-family.net",
    "stack_secrets": {"immich_db_password": "quite-long-and-strong", "custom_db_password": "also/long+strong@enough"},
}


def resolve(*services: Any, **settings: Any) -> dict[str, Any]:
    """The catalogue of an inventory with these entries and settings beside the good ones."""
    resolved = resolve_settings({**copy.deepcopy(SETTINGS), **settings}, SPEC)
    base = photo_sync_services(json.dumps(resolved)) if resolved["photo_sync"] else []
    return resolve_catalogue(resolved, base, list(services), SPEC)


def entry_of(catalogue: dict[str, Any], name: str) -> dict[str, Any]:
    """One service of a catalogue."""
    return next(entry for entry in catalogue["services"] if entry["name"] == name)


def service(name: str = "feeds", **fields: Any) -> dict[str, Any]:
    """A further service without mistakes but these."""
    return {"name": name, "image": "feeds:1", "healthcheck": {"test": ["CMD", "true"]}, **fields}


@functools.cache
def photo_sync_services(settings: str) -> list[dict[str, Any]]:
    """The role's own entries, their templates evaluated by Ansible with these settings (JSON)."""
    templar = Templar(DataLoader(), {**role_variables(), "catalogue_settings": json.loads(settings)})
    return templar.template(role_variables()["_catalogue_photo_sync_services"])


@functools.cache
def role_variables() -> dict[str, Any]:
    """The role's variables as they are written."""
    loader = DataLoader()
    variables: dict[str, Any] = {}
    for path in sorted((ROLE / "vars" / "main").glob("*.yml")):
        variables |= loader.load_from_file(str(path), trusted_as_template=True)
    return variables
