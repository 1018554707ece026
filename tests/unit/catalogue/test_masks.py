"""Secrets are masked in every form in which they are written."""

from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import release_env_files
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.masks import secret_values
from catalogue.stacks import resolve, service

SECRETS = {"immich_db_password": "it's $5 a/b\\ 'x", "custom_db_password": "p@ss/w:rd#1$HOME"}


def test_no_secret_is_left_in_an_environment_file_once_masked():
    catalogue = resolve(stack_secrets=SECRETS)
    text = "".join(file["secret_content"] for file in release_env_files(catalogue))
    assert "p%40ss%2Fw%3Ard%231%24HOME" in text
    for value in secret_values(catalogue):
        text = text.replace(value, "********")
    assert "POSTGRES_PASSWORD='********'" in text
    assert 'DB_PASSWORD="********"' in text
    assert "://postgres:********@custom-postgres" in text


def test_a_secret_that_an_entry_brings_itself_is_masked_too_and_nothing_so_short_that_half_of_a_text_would_vanish():
    assert "only-in-this-entry" in secret_values(resolve(service(environment={"API_TOKEN": "only-in-this-entry"})))
    assert "dev" not in secret_values(resolve(stack_mode="development", stack_secrets={"a": "dev"}))


def test_longer_secrets_come_first_so_that_no_rest_of_them_is_left_and_how_short_one_may_be_can_be_chosen():
    catalogue = resolve(stack_secrets={**SECRETS, "a": "seven77", "b": "eight888"})
    lengths = [len(value) for value in secret_values(catalogue)]
    assert lengths == sorted(lengths, reverse=True) and "seven77" in secret_values(catalogue)
    assert "seven77" not in secret_values(catalogue, 8) and "eight888" in secret_values(catalogue, 8)
