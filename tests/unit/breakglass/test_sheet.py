# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The sheet says what this very stack is made of, in the order of a restore, and gives nothing away unasked."""

import json
import pathlib
import re
import subprocess
from html.parser import HTMLParser
from typing import Any

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.backup.config import Settings
from ansible_collections.photosync.vps.plugins.module_utils.breakglass import carried, repository, sheet
from ansible_collections.photosync.vps.plugins.module_utils.common import records, shell_lines
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import of as spec_of
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.spec import stack_spec
from breakglass.conftest import PLACES
from catalogue.stacks import resolve, service
from support.specs import changed

CHECKOUT = pathlib.Path(__file__).resolve().parents[3]
SECRETS = ("hunter2", "hunter3", "hunter4")


def way(text: str) -> str:
    """All blocks on the way, one after the other."""
    return "\n".join(re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S))


def number(text: str) -> str:
    """The number on a sheet."""
    found = re.search(r"Sheet ([0-9a-f]{8})\b", text)
    assert found
    return found[1]


def test_every_volume_and_service_of_the_stack_is_named(known, spec):
    commands = way(known["markdown"])
    assert "fill immich-data photo-sync_immich-data\n" in commands
    assert "fill caddy_data photo-sync_caddy_data\n" in commands
    assert "pgdata photo-sync" not in commands
    for entry in spec.services:
        assert f"photo-sync-{entry.name}-1" in commands
        assert f"| {entry.name} |" in known["markdown"]


def test_a_service_of_ones_own_is_on_it():
    own = service(volumes=["feeds-data:/data"], backup={"volumes": ["feeds-data"]})
    text = sheet.texts(spec_of(stack_spec(resolve(own))), "photos", repository.of_variables(given()))["markdown"]
    assert "fill feeds-data photo-sync_feeds-data" in text and "photo-sync-feeds-1" in text and "| feeds:1 |" in text


def test_nothing_runs_before_its_data_is_there_and_proved(known):
    commands = way(known["markdown"])
    marks = [
        "apt-get install",
        "echo STOP",
        "export RESTIC_REPOSITORY",
        "restic check",
        "ln -sfn",
        "\nfill immich-data",
        "docker compose pull",
        "--no-deps $SERVERS\n",
        '\neval "$(calls roles roles sql)"',
        '\neval "$(calls databases load)"',
        '\neval "$(calls roles roles after)"',
        '\neval "$(calls databases rows)"',
        "\nfiles immich-data",
        "docker compose up --detach\n",
        "curl -sS",
    ]
    assert [commands.index(mark) for mark in marks] == sorted(commands.index(mark) for mark in marks)


def test_dumps_are_restored_as_the_engine_does_it(known):
    commands = way(known["markdown"])
    assert "pg_restore --exit-on-error --username" in commands
    # A load that broke off is begun anew by the same command.
    load = commands[commands.index("\nload() {") :]
    assert load.index("DROP DATABASE IF EXISTS") < load.index("CREATE DATABASE") < load.index("pg_restore")
    assert commands.count("--set ON_ERROR_STOP=1") == 4
    assert "docker exec -t" not in commands and "--tty" not in commands


def test_what_is_built_names_its_source_at_its_version_without_a_password(spec, known):
    assert f"git clone {spec.source.repo} /opt/photo-sync/source" in way(known["markdown"])
    assert f"checkout {spec.source.version}" in way(known["markdown"])
    assert "git docker-buildx" in known["markdown"]
    private = spec_of(stack_spec(resolve(stack_source_repo="https://me:hunter5@git.my-family.net/photos.git")))
    assert private.source.repo == "https://git.my-family.net/photos.git"


def test_a_stack_without_databases_and_builds_asks_for_neither():
    alone = spec_of(stack_spec(resolve(service(), catalogue_photo_sync=False)))
    commands = way(sheet.texts(alone, "photos", repository.of_variables(given()))["markdown"])
    assert "load()" not in commands and "git" not in commands and "psql" not in commands


def test_a_shell_understands_every_block_and_none_is_too_wide_for_the_paper(known, hidden):
    for text in (known["markdown"], hidden["markdown"]):
        blocks = "\n".join(re.findall(r"^```(?:sh|text)\n(.*?)^```$", text, re.M | re.S))
        said = subprocess.run(["bash", "-n"], input=blocks, text=True, capture_output=True, check=False)
        assert (said.returncode, said.stderr) == (0, "")
    assert [line for line in blocks.splitlines() if len(line) > shell_lines.WIDTH] == []


def test_a_shell_takes_the_passwords_as_they_are(known):
    opening = next(block for block in re.findall(r"```sh\n(.*?)```", known["markdown"], re.S) if "PASSWORD" in block)
    script = 'restic() { printf "%s|%s" "$RESTIC_REPOSITORY" "$RESTIC_PASSWORD"; }\n' + opening
    said = subprocess.run(["bash", "-eu"], input=script, text=True, capture_output=True, check=True).stdout
    assert said == "sftp:backup@nas.my-family.net:/photo-sync|hunter2 it's"


def test_without_being_asked_no_secret_is_on_it_and_it_says_where_the_password_is_from(hidden, known):
    for form in ("markdown", "html"):
        assert [secret for secret in SECRETS if secret in hidden[form]] == []
        assert "backup_repository_password" in hidden[form]
    assert "read -rsp 'KEY: ' KEY && export KEY" in hidden["markdown"]
    assert [secret for secret in SECRETS if secret not in known["markdown"]] == []


def test_with_and_without_secrets_it_has_the_same_number(hidden, known):
    assert number(hidden["markdown"]) == number(known["markdown"]) == number(known["html"])


@pytest.mark.parametrize("changed", ["volume", "password", "copy", "host"])
def test_its_number_changes_with_the_stack_and_with_what_opens_it(spec, known, changed):
    other, places, host = records.as_json(spec), json.loads(json.dumps(PLACES)), "photos"
    if changed == "volume":
        other["volumes"][0]["docker_name"] = "another"
    elif changed == "password":
        places["password"] = "hunter5"
    elif changed == "copy":
        places["copies"][0]["environment"]["KEY"] = "hunter6"
    else:
        host = "web2"
    text = sheet.texts(spec_of(other), host, repository.of_variables(places), ["/root/.ssh"], secrets=False)["markdown"]
    assert number(text) != number(known["markdown"])


def test_the_host_knows_the_same_places_as_the_inventory(tmp_path, spec, known, hidden):
    password = tmp_path / "first"
    password.write_text("hunter2 it's\n")
    away = PLACES["copies"][0]
    copy = Settings(away["repository"], str(password), "photos", away["environment"], name="away")
    places = repository.of_settings(Settings(PLACES["repository"], str(password), "photos", copies=[copy]))
    assert sheet.texts(spec, "photos", places, ["/root/.ssh"]) == known
    assert sheet.texts(spec, "photos", places, ["/root/.ssh"], secrets=False) == hidden


def test_the_page_needs_nothing_from_elsewhere_and_says_the_same(known):
    class Reader(HTMLParser):
        tags: list[str] = []
        text = ""

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            self.tags.append(tag)

        def handle_data(self, data: str) -> None:
            self.text += data

    reader = Reader()
    reader.feed(known["html"])
    assert set(reader.tags) & {"script", "link", "img", "iframe"} == set()
    assert "@page" in known["html"] and "A4" in known["html"]
    for block in re.findall(r"```(?:sh|text)\n(.*?)```", known["markdown"], re.S):
        assert "".join(block.splitlines()) in reader.text.replace("\n", "")


@pytest.mark.parametrize(("status", "wanted"), [("200", "^(200) "), ("2xx", "^(2..) "), ("200-202", "^(200|201|202) ")])
def test_an_address_has_to_answer_as_the_health_check_wants_it(spec, status, wanted):
    target = {"kind": "http", "url": "https://x/", "status": [status], "timeout": 10, "connect_to": "::1"}
    text = sheet.texts(changed(spec, health_targets=[target]), "photos", repository.of_variables(given()))["markdown"]
    assert f"grep -E '{wanted}'" in text
    assert "--connect-to '::[::1]:'" in text


def test_where_the_authority_in_a_volume_is_the_engine_is_asked_on_paper_too(spec):
    target = {"kind": "http", "url": "https://x/", "status": ["200"], "timeout": 10}
    target |= {"ca_volume": "photos_caddy_data", "ca_file": "caddy/root.crt"}
    text = sheet.texts(changed(spec, health_targets=[target]), "photos", repository.of_variables(given()))["markdown"]
    inspected = "docker volume inspect --format '{{.Mountpoint}}' photos_caddy_data"
    assert f'--cacert "$({inspected})"/caddy/root.crt' in text.replace(" \\\n    ", " ")
    assert "/var/lib/docker" not in text


def test_the_barest_description_that_a_restore_point_is_made_of_is_enough_for_a_sheet(tmp_path):
    small = json.loads((CHECKOUT / "tests" / "integration" / "guards" / "stack.json").read_text(encoding="utf-8"))
    (tmp_path / "password").write_text("hunter2\n")
    laid = carried.lay(
        spec_of({**small, "state_dir": str(tmp_path / "state")}),
        Settings("/root/repo", str(tmp_path / "password"), "web1"),
    )
    assert [path.rpartition("/")[2] for path in laid] == ["break-glass.md", "break-glass.html"]
    for path in map(pathlib.Path, laid):
        assert path.stat().st_mode & 0o777 == 0o600
        assert "photo-sync_immich-data" in path.read_text() and "hunter2" not in path.read_text()


def given() -> dict[str, Any]:
    """One place on a disk."""
    return {"repository": "/mnt/backup", "password": "x", "environment": {}, "copies": []}
