# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The password that a server's cluster keeps, and the one that the deployed release gives it."""

import base64

import pytest
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, passwords
from ansible_collections.photosync.vps.plugins.plugin_utils.catalogue.environment import env_text
from support.specs import make_spec

# Made by PostgreSQL 17: ALTER ROLE … PASSWORD 'development'.
STORED = (
    "SCRAM-SHA-256$4096:b1nIuhDUOhoL7XJ0fxPbsg==$uoUqPNUIrsHlGIbzKqdOmCUtqNzw5wTzffR2H0XjNiI=:"
    "W0GwoGsfrOwoC7OcHOl/xDKuFIMFSNCcDyr5eZzkU6E="
)
AWKWARD = [
    "plain",
    "it's",
    'say "so"',
    "back\\slash\\n",
    "$HOME ${A}",
    "two\nlines",
    "a=b",
    " blank ",
    "ünïcode",
    "car\rr",
]
SERVER = client.Server("db", "postgres", ("grouping",), "c0ffee")


@pytest.fixture
def release(tmp_path):
    """A deployed release whose server has this environment."""

    def write(**variables):
        folder = tmp_path / "current" / "env"
        folder.mkdir(parents=True)
        (folder / "db.env").write_text(env_text(variables), encoding="utf-8")
        return make_spec(root=str(tmp_path))

    return write


class Cluster:
    """A server that notes what it is told."""

    def __init__(self, monkeypatch, stored, names=("postgres", "grouping")):
        self.told = []
        self.rows = [[name, stored] for name in names]
        monkeypatch.setattr(client, "query", self.query)

    def query(self, server, database, sql):
        self.told.append(sql)
        return self.rows if sql.startswith("SELECT") else []


def test_what_postgresql_itself_keeps_of_a_password_is_recognised():
    assert passwords.fits("development", STORED)
    assert not passwords.fits("developmenT", STORED)
    salt = base64.b64decode(STORED.split(":")[1].split("$")[0])
    assert passwords.verifier("development", salt) == STORED


@pytest.mark.parametrize("stored", ["", "md5c0ffee", "SCRAM-SHA-256$4096"])
def test_nothing_and_older_kinds_fit_no_password(stored):
    assert not passwords.fits("development", stored)


@pytest.mark.parametrize("password", AWKWARD)
def test_a_password_is_read_from_the_release_exactly_as_it_was_written_there(release, password):
    found = passwords.login_of(release(POSTGRES_USER="app", POSTGRES_PASSWORD=password), "db")
    assert found == passwords.Login("app", password)


def test_a_server_without_a_password_of_its_own_keeps_what_it_has(release):
    assert passwords.login_of(release(POSTGRES_PASSWORD_FILE="/run/secrets/x"), "db") is None
    assert passwords.login_of(make_spec(root="/nowhere"), "db") is None


def test_a_password_that_fits_is_left_alone(monkeypatch):
    cluster = Cluster(monkeypatch, STORED)
    assert client._ensure(SERVER, passwords.Login("postgres", "development")) == []
    assert len(cluster.told) == 1


def test_another_password_is_set_without_telling_it_to_the_servers_log(monkeypatch):
    cluster = Cluster(monkeypatch, STORED)
    assert client._ensure(SERVER, passwords.Login("postgres", "quite another")) == ["db: password"]
    assert cluster.told[1].startswith('ALTER ROLE "postgres" PASSWORD \'SCRAM-SHA-256$4096:')
    assert "quite another" not in str(cluster.told)


def test_databases_are_made_whether_there_is_a_password_or_not(monkeypatch):
    Cluster(monkeypatch, "", names=("postgres",))
    assert client._ensure(SERVER, None) == ["db/grouping"]
