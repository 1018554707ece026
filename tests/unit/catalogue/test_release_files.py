# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A release is all of its files, each ending in one line feed, with secrets apart from the rest."""

import json

import pytest
import yaml
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.limits import limits_plan
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.release import release_files
from catalogue.stacks import resolve, service

SOURCE = {"known": False, "services": {}}
FILES = {"compose.yaml", "Caddyfile", ".env", "stack.json"}


def contents(mode: str) -> dict[str, str]:
    feeds = service(environment={"GREETING": "grüß, it's hunter2"})
    catalogue = resolve(feeds, stack_mode=mode)
    files = release_files(catalogue, "example.org {\n}\n\n", SOURCE, "28.5.1", limits_plan(catalogue, {"cpus": 4}))
    assert "env/feeds.env" in [file["path"] for file in files if "secret_content" in file]
    return {file["path"]: file["content"] for file in files if "content" in file}


@pytest.mark.parametrize(
    ("mode", "added"), [("production", "compose.prod.yaml"), ("development", "compose.override.yaml")]
)
def test_every_file_is_there_and_what_compose_reads_is_named_to_it(mode: str, added: str) -> None:
    found = contents(mode)
    assert {path for path in found if "/" not in path} == {*FILES, added}
    assert f"COMPOSE_FILE=compose.yaml:{added}\n" in found[".env"]
    assert {"feeds", "caddy"} <= yaml.safe_load(found["compose.yaml"])["services"].keys()
    assert "caddy" in yaml.safe_load(found[added])["services"]
    assert json.loads(found["stack.json"])["stack"] == "photo-sync"


def test_each_ends_in_one_line_feed_says_who_wrote_it_and_holds_no_secret() -> None:
    found = contents("production")
    assert all(text == text.rstrip() + "\n" for path, text in found.items() if "/" not in path)
    assert found["Caddyfile"] == "example.org {\n}\n"
    written = {path for path, text in found.items() if text.startswith("# Written by")}
    assert written == {"compose.yaml", "compose.prod.yaml", ".env"}
    assert "hunter2" not in str(found)
