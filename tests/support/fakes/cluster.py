# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A cluster of PostgreSQL as it lies in a volume: a copy of its files is a copy of the cluster."""

from __future__ import annotations

import json
import os
from typing import Any

from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.passwords import new_verifier

FILE, VERSION_FILE = "cluster.json", "PG_VERSION"
ATTRIBUTES = ("SUPERUSER", "INHERIT", "CREATEROLE", "CREATEDB", "LOGIN", "REPLICATION", "BYPASSRLS")
# Not the engine's doing, so that it passes no point of its own.
REPLACE = os.replace
PLPGSQL = {"plpgsql": "1.0"}

# {version, roles, members, settings, databases}: plain, so that two of them compare.
Cluster = dict[str, Any]
Database = dict[str, Any]


class Refused(Exception):
    """The server does not do it; the message is its own."""


def opened(cluster: Cluster, database: str) -> Database:
    """A database that somebody wants to be connected to."""
    found = cluster["databases"].get(database)
    if found is None:
        raise Refused(f'FATAL:  database "{database}" does not exist')
    if found["limit"] == -2:
        raise Refused(f'FATAL:  cannot connect to invalid database "{database}"')
    if not found["allow"]:
        raise Refused(f'FATAL:  database "{database}" is not currently accepting connections')
    return found


def of_session(session: Any, cluster: Cluster) -> Database:
    """The database that a session is connected to."""
    return cluster["databases"][session.database]


def rows_of(database: Database, table: str) -> list[str]:
    """The rows of a table."""
    if table not in database["tables"]:
        raise Refused(f'ERROR:  relation "{table}" does not exist')
    return database["tables"][table]


def exists(folder: str) -> bool:
    """Whether there is one in a folder."""
    return os.path.exists(os.path.join(folder, FILE))


def load(folder: str) -> Cluster:
    """The cluster in a folder."""
    with open(os.path.join(folder, FILE), encoding="utf-8", errors="surrogateescape") as stream:
        return json.load(stream)


def save(folder: str, cluster: Cluster) -> None:
    """Let it survive, in one step."""
    path = os.path.join(folder, FILE)
    with open(path + ".new", "w", encoding="utf-8", errors="surrogateescape") as stream:
        json.dump(cluster, stream, indent=1, sort_keys=True)
    REPLACE(path + ".new", path)


def make(folder: str, version: str, user: str = "postgres", password: str = "", database: str = "") -> Cluster:
    """What an image makes of an empty folder."""
    os.makedirs(folder, exist_ok=True)
    cluster: Cluster = {
        "version": version,
        "roles": {user: role(list(ATTRIBUTES), new_verifier(password) if password else "")},
        "members": [],
        "settings": [],
        "databases": {
            "template0": {**new_database(user), "template": True, "allow": False},
            "template1": {**new_database(user), "template": True},
            "postgres": new_database(user),
        },
    }
    if database and database != "postgres":
        cluster["databases"][database] = new_database(user)
    save(folder, cluster)
    with open(os.path.join(folder, VERSION_FILE), "w", encoding="ascii") as stream:
        stream.write(version.partition(".")[0] + "\n")
    return cluster


def role(attributes: list[str], password: str = "") -> dict[str, Any]:
    """A role that may do this."""
    return {"attributes": attributes, "limit": -1, "until": "", "password": password}


def new_database(owner: str) -> Database:
    """An empty database. ``acl`` is None as long as nobody has granted or revoked anything."""
    return {
        "owner": owner,
        "encoding": "UTF8",
        "collate": "C.UTF-8",
        "ctype": "C.UTF-8",
        "template": False,
        "allow": True,
        "limit": -1,
        "acl": None,
        "settings": [],
        "extensions": dict(PLPGSQL),
        "tables": {},
        "large_objects": 0,
    }
