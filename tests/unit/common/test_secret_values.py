# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets of a release are found on its host, and nothing that people need to read is taken for one."""

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.common import secret_values
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import env_text
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.masks import secret_values as of_catalogue
from catalogue.stacks import resolve, service

DIFFICULT = ["plain", 'it\'s \\ $HOME "x"', "two\nlines\r", "", "a=b\nC='d'", "\\n is no line end"]


@pytest.mark.parametrize("value", DIFFICULT)
def test_whatever_a_release_writes_is_read_back(value):
    assert secret_values.read_variables(env_text({"A": value, "B": "next"})) == {"A": value, "B": "next"}


def test_passwords_are_secret_by_their_name_and_in_addresses_and_nothing_else_is():
    variables = {
        "POSTGRES_PASSWORD": "by its name",
        "DATABASE_URL": "postgresql://immich:in%2Fan+address@immich-postgres:5432/immich",
        "REDIS_URL": "redis://custom-redis:6379",
        "NODE_ENV": "production",
        "DB_HOSTNAME": "immich-postgres",
    }
    found = set(secret_values.of_variables(variables))
    assert found == {"by its name", "by%20its%20name", "in/an+address", "in/an%2Baddress", "in%2Fan%2Baddress"}


def test_what_a_release_holds_is_what_the_catalogue_knows_to_be_secret(tmp_path):
    catalogue = resolve(service(environment={"API_TOKEN": "only-in-this-entry", "TINY_TOKEN": "short"}))
    (tmp_path / "env").mkdir()
    for entry in catalogue["services"]:
        text = env_text({name: str(value) for name, value in entry["environment"].items()})
        (tmp_path / "env" / f"{entry['name']}.env").write_text(text)
    found = secret_values.of_release(str(tmp_path))
    assert set(catalogue["secrets"].values()) | {"only-in-this-entry"} <= set(found) <= set(of_catalogue(catalogue))
    assert "short" not in found


def test_a_release_without_environment_has_no_secrets(tmp_path):
    assert secret_values.of_release(str(tmp_path)) == []
