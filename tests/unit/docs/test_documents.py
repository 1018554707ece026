"""What the documents say is so: links lead somewhere, commands and tests exist, examples resolve."""

import pathlib
import re
from typing import Any

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template
from ansible_collections.photosync.vps.plugins.module_utils.cli.main import parser
from ansible_collections.photosync.vps.plugins.module_utils.notify import notifications
from ansible_collections.photosync.vps.plugins.plugin_utils.role_settings import wrong_settings
from catalogue.stacks import SPEC, resolve

ROOT = pathlib.Path(__file__).resolve().parents[3]
DOCUMENTS = [
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "roles").glob("*/README.md")),
]
FOLDERS = "benchmarks|changelogs|docs|inventories|molecule|playbooks|plugins|roles|tests|tools"
HEADING = re.compile(r"^#+ (.+)$", re.M)
INVENTORY = [document for document in DOCUMENTS if document.name != "health.md"]


def found(pattern: str, documents: list[pathlib.Path] = DOCUMENTS) -> list[str]:
    """Every match in these documents, once."""
    return sorted(
        {match for document in documents for match in re.findall(pattern, document.read_text(encoding="utf-8"))}
    )


def examples() -> list[Any]:
    """Every block of YAML that could stand in an inventory."""
    blocks = [
        (document, block)
        for document in INVENTORY
        for block in re.findall(r"```yaml\n(.*?)```", document.read_text(), re.S)
    ]
    return [pytest.param(block, id=f"{name_of(document)}-{number}") for number, (document, block) in enumerate(blocks)]


def name_of(document: pathlib.Path) -> str:
    return str(document.relative_to(ROOT))


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_link_leads_to_a_file(document):
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_heading_that_a_link_leads_to_is_there(document):
    for name, anchor in re.findall(r"\]\(([^):#]*)#([^)]+)\)", document.read_text(encoding="utf-8")):
        text = (document.parent / name if name else document).read_text(encoding="utf-8")
        headings = [re.sub(r"[^\w -]", "", heading).replace(" ", "-").lower() for heading in HEADING.findall(text)]
        assert anchor in headings, f"{name}#{anchor}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=name_of)
def test_every_file_of_the_repository_that_is_named_exists(document):
    named = re.findall(rf"`((?:{FOLDERS})/[\w./-]*)", document.read_text(encoding="utf-8"))
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_every_test_that_is_named_as_a_proof_exists():
    named = found(r"`((?:molecule|tests)/[\w/]+\.py::test_\w+)`")
    assert len(named) > 30
    for path, _separator, name in (reference.partition("::") for reference in named):
        assert f"def {name}(" in (ROOT / path).read_text(encoding="utf-8"), f"{path}::{name}"


def test_every_defect_of_the_old_deployment_has_a_proof():
    sections = re.split(r"^### (?=\d)", (ROOT / "docs" / "defects.md").read_text(encoding="utf-8"), flags=re.M)[1:]
    assert [section.split(".")[0] for section in sections] == [str(number) for number in range(1, 13)]
    assert [section.splitlines()[0] for section in sections if "::test_" not in section] == []


def test_every_playbook_and_role_that_is_named_exists():
    for name in found(r"ansible-playbook[^\n]* photosync\.vps\.(\w+)"):
        assert (ROOT / "playbooks" / f"{name}.yml").exists(), name
    for name in found(r"--type role photosync\.vps\.(\w+)"):
        assert (ROOT / "roles" / name).is_dir(), name


def test_every_target_of_make_that_is_named_exists():
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    assert [name for name in found(r"(?m)(?:^    |`)make ([a-z-]+)") if name not in targets] == []


@pytest.mark.parametrize("command", found(r"(?m)(?:^    |`)photo-sync ([a-z]+[^`#\n]*)", INVENTORY))
def test_every_host_command_that_is_shown_is_understood(command):
    arguments = [word.strip('"') for word in re.findall(r'"[^"]+"|\S+', command)]
    assert parser("photo-sync", "1").parse_args(arguments)


@pytest.mark.parametrize("block", examples())
def test_an_example_can_be_copied_into_an_inventory(block):
    names = re.findall(r"catalogue_settings\.secrets\.(\w+)", block)
    settings = {
        "secrets": dict.fromkeys(names, "quite-long-and-strong"),
        "media_path": "/srv/photos",
        "log_level": "info",
        "url": "https://feeds.my-family.net",
        "config": "/opt/photo-sync/config",
    }
    vault = dict.fromkeys(re.findall(r"stack_secrets\.(\w+)", block), "https://quite.long/and-strong")
    variables = {"catalogue_settings": settings, "stack_secrets": vault}
    given = Templar(DataLoader(), variables).template(trusted(yaml.safe_load(block)))
    notifications.parse(given.get("backup_notifications", []), [])
    assert [name for name in given if name not in variables_of_roles()] == []
    services = given.pop("catalogue_services", [])
    if names:
        given["stack_secrets"] = {"immich_db_password": "quite-long-and-strong", **settings["secrets"]}
    of_the_stack = {
        name: value for name, value in given.items() if name in SPEC["argument_specs"]["settings"]["options"]
    }
    assert resolve(*services, **of_the_stack)["problems"] == []
    assert wrong_settings(given, lambda value: value) == []


def variables_of_roles() -> set[str]:
    """Every variable that some role documents."""
    specs = [
        yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]
        for path in (ROOT / "roles").glob("*/meta/argument_specs.yml")
    ]
    entry_points = [point for spec in specs for name, point in spec.items() if name != "service"]
    return {variable for point in entry_points for variable in point.get("options", {})}


def test_the_short_example_of_the_readme_says_nothing_that_the_long_one_does_not():
    short, long = (analysis_in(ROOT / name) for name in ("README.md", "docs/catalogue.md"))
    assert [field for field, value in short.items() if not within(value, long.get(field))] == []


def analysis_in(document: pathlib.Path) -> dict[str, Any]:
    """The entry `analysis` that a document shows."""
    blocks = re.findall(r"```yaml\n(.*?)```", document.read_text(encoding="utf-8"), re.S)
    entries = [entry for block in blocks for entry in yaml.safe_load(block).get("catalogue_services", [])]
    return next(entry for entry in entries if entry["name"] == "analysis")


def within(short: Any, long: Any) -> bool:
    """Whether everything in one value is in another as well."""
    if isinstance(short, dict) and isinstance(long, dict):
        return all(within(value, long.get(key)) for key, value in short.items())
    return short == long


def trusted(value: Any) -> Any:
    """YAML as Ansible reads it from an inventory, whose templates count."""
    if isinstance(value, dict):
        return {key: trusted(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [trusted(entry) for entry in value]
    return trust_as_template(value) if isinstance(value, str) else value
