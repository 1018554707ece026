"""Environment variables reach a service exactly as they are."""

import pytest
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import (
    env_files,
    env_text,
    release_env_files,
)
from catalogue.stacks import resolve, service


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("", "''"),
        ("plain", "'plain'"),
        ("with space # and $HOME ${A} `b`", "'with space # and $HOME ${A} `b`'"),
        ('say "it"', "'say \"it\"'"),
        ("it's $5", '"it\'s \\$5"'),
        ("back\\slash", '"back\\\\slash"'),
        ("two\nlines", "'two\nlines'"),
        ("it's\ntwo", '"it\'s\\ntwo"'),
        ("windows\r\n", '"windows\\r\\n"'),
    ],
)
def test_a_value_is_written_such_that_compose_interpolates_nothing(value, text):
    assert env_text({"A": value}) == f"A={text}\n"


@pytest.mark.parametrize(("value", "text"), [(True, "true"), (3000, "3000"), (0.95, "0.95"), (None, "")])
def test_a_value_that_is_no_text_becomes_one(value, text):
    assert env_files(resolve(service(environment={"A": value})))["feeds"] == {"A": text}


@pytest.mark.parametrize(("mode", "found"), [("production", {"A": "1"}), ("development", {"A": "2", "B": "3"})])
def test_development_has_variables_of_its_own(mode, found):
    entry = service(environment={"A": "1"}, dev={"environment": {"A": "2", "B": "3"}})
    assert env_files(resolve(entry, stack_mode=mode))["feeds"] == found


def test_a_service_without_variables_has_no_file_and_the_files_are_handed_over_as_secrets(production):
    files = release_env_files(production)
    paths = [file["path"] for file in files]
    assert "env/immich-server.env" in paths and "env/caddy.env" not in paths
    assert all(set(file) == {"path", "secret_content"} for file in files)
