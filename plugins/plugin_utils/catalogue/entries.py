# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The list of entries: the base with its overrides, each completed by the schema's defaults."""

from __future__ import annotations

from typing import Any

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.problems import Problem, problem
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.schema import Schema

Entry = dict[str, Any]

HEALTHY = {"condition": "service_healthy"}


def combine(base: list[Entry], overrides: Any) -> tuple[list[Entry], list[Problem]]:
    """Change and add to ``base`` by name; also says what is wrong with the names."""
    combined = {entry["name"]: entry for entry in base}
    if not isinstance(overrides, list):
        return list(base), [problem("catalogue_services", "is not a list", "write one entry for each service")]
    seen: set[str] = set()
    problems = []
    for number, entry in enumerate(overrides, 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not isinstance(name, str) or not name:
            problems.append(problem("catalogue_services", f"entry {number} has no name", "give every entry a name"))
            continue
        if name in seen:
            message = f"{name} is there more than once"
            problems.append(problem("catalogue_services", message, "merge its entries, or rename one", name))
        seen.add(name)
        combined[name] = merge(combined[name], entry) if name in combined else entry
    return list(combined.values()), problems


def merge(old: Any, new: Any) -> Any:
    """Merge dictionaries, replace everything else; an image replaces a build and the other way round."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return new
    kept = {key: value for key, value in old.items() if not _replaced(key, new)}
    if "build" in old and "build" not in kept and isinstance(kept.get("dev"), dict):
        # Sources that nothing is built from any more are not watched either.
        kept["dev"] = {key: value for key, value in kept["dev"].items() if key != "watch"}
    return {**kept, **{key: merge(kept.get(key), value) for key, value in new.items()}}


def complete(entry: Entry, schema: Schema) -> tuple[Entry, list[Problem]]:
    """One entry with every field of the schema, lists of dependencies spelt out, and what is wrong with its form."""
    found, problems = schema.read(_spelt_out(entry), entry["name"])
    if not problems:
        for database in found["databases"]:
            found["depends_on"].setdefault(database["server"], dict(HEALTHY))
    return found, problems


def _spelt_out(entry: Entry) -> Entry:
    """Compose allows a list of names as dependencies. Unlike Compose's, such a dependency has to be healthy."""
    waits_for = entry.get("depends_on")
    if isinstance(waits_for, list):
        waits_for = {str(name): {} for name in waits_for}
    if not isinstance(waits_for, dict):
        return entry
    spelt_out = {
        name: {**HEALTHY, **how} if isinstance(how, dict) else how or HEALTHY for name, how in waits_for.items()
    }
    return {**entry, "depends_on": spelt_out}


def _replaced(key: str, new: Entry) -> bool:
    other = {"image": "build", "build": "image"}.get(key)
    return other is not None and new.get(other) is not None and new.get(key) is None
