# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""From an inventory to the resolved catalogue: everything that is known of a stack, and everything wrong with it."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.basic_auth import basic_auth
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.builds import image_of
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.caddy import authority_mounts
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.check import check
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.entries import Entry, combine, complete
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.schema import Schema, Spec, plain

Catalogue = dict[str, Any]


def resolve_catalogue(
    settings: dict[str, Any], base: list[dict[str, Any]], services: list[dict[str, Any]], spec: Spec
) -> Catalogue:
    """Resolve a stack. Its ``problems`` have to be empty before anything is made from it.

    :param settings: what :func:`resolve_settings` returned.
    :param base: entries to start from; those of photo-sync, or none.
    :param services: entries of the inventory, which change and add to the base.
    """
    stack = plain(settings)
    secrets, people, problems = stack.pop("secrets"), stack.pop("basic_auth"), stack.pop("problems")
    combined, wrong_names = combine(plain(base), plain(services))
    entries, names, malformed = _completed(combined, Schema(spec, "service"))
    stack["source"]["needed"] = not stack["source"]["path"] and any(entry["build"] for entry in entries)
    catalogue = {"stack": stack, "secrets": secrets, "services": entries}
    wrong = check({**catalogue, "people": people}, names)
    for entry in entries:
        entry["image"] = image_of(entry, stack)
        entry["volumes"] += authority_mounts(entry, stack)
        if entry["build"]:
            # Known once somebody has looked at the source, see with_sources.
            entry["build"] |= {"recipe": "", "content": "", "digest": ""}
    # What is refused is not hashed, which takes its time.
    access, unhashable = basic_auth(stack, {} if wrong else people)
    return {
        **catalogue,
        "basic_auth": access,
        "problems": [*problems, *wrong_names, *malformed, *wrong, *unhashable],
    }


def _completed(combined: list[Entry], schema: Schema) -> tuple[list[Entry], frozenset[str], list[Problem]]:
    """The entries in right form, the names of all that are not switched off, and what is wrong with the others."""
    well_formed, names, problems = [], set(), []
    for entry in combined:
        found, wrong = complete(entry, schema)
        if found["enabled"] is False:
            continue
        names.add(entry["name"])
        problems += wrong
        if not wrong:
            well_formed.append(found)
    if not names:
        fix = "add entries, or set catalogue_photo_sync: true"
        problems.append(problem("catalogue_services", "the stack has no service", fix))
    return well_formed, frozenset(names), problems
