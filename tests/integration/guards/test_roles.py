# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A point holds the roles of its database servers, and a new server gets them back."""

import pytest
from integration.guards.by_hand import DOWN
from integration.guards.host import Guarded

pytestmark = pytest.mark.full

ROLES = """
CREATE ROLE readers;
CREATE ROLE report LOGIN PASSWORD 'hunter2' CONNECTION LIMIT 3;
GRANT readers TO report WITH ADMIN OPTION;
ALTER ROLE report SET work_mem TO '7MB';
ALTER ROLE report IN DATABASE immich SET search_path TO public;
CREATE TABLE of_report (x int);
ALTER TABLE of_report OWNER TO report;
GRANT SELECT ON asset TO readers;
REVOKE CONNECT ON DATABASE immich FROM PUBLIC;
GRANT CONNECT ON DATABASE immich TO readers WITH GRANT OPTION;
"""
LOOK = """
SELECT tableowner FROM pg_tables WHERE tablename = 'of_report';
SELECT rolcanlogin, rolconnlimit, rolsuper FROM pg_roles WHERE rolname = 'report';
SELECT admin_option FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member WHERE r.rolname = 'report';
SELECT has_table_privilege('report', 'asset', 'SELECT');
SELECT d.datname, s.setconfig FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole
    LEFT JOIN pg_database d ON d.oid = s.setdatabase WHERE r.rolname = 'report' ORDER BY 1 NULLS FIRST;
SELECT rolpassword FROM pg_authid WHERE rolname = 'report';
SELECT granted FROM pg_database, unnest(datacl) granted WHERE datname = 'immich' ORDER BY granted::text;
"""


def test_a_new_server_gets_owners_logins_memberships_and_settings_back(guarded: Guarded) -> None:
    guarded.sql("immich-postgres", "immich", ROLES)
    before = guarded.sql("immich-postgres", "immich", LOOK)
    made = guarded.answer("backup")["point"]
    assert {"service": "immich-postgres", "names": ["readers", "report"]}.items() <= made["roles"][1].items()
    assert "SCRAM" not in str(made), "what lets somebody in is in the manifest"
    assert guarded.sh("ls -A /var/lib/photo-sync | grep -c '^roles$' || true").strip() == "0"
    assert all(len(part["sha256"]) == 64 and part["dump_version"] for part in made["databases"])
    assert {"restic", "docker", "compose"} <= set(made["tools"])

    by_hand = guarded.restic(f"restic dump {made['configuration']['snapshot']} {made['roles'][1]['sql']}")
    assert 'CREATE ROLE "report";' in by_hand

    guarded.sh(DOWN)
    for phase in ("plan", "files", "databases"):
        guarded.do("restore", phase, made["id"])
    assert guarded.sql("immich-postgres", "immich", LOOK) == before
    assert guarded.do("restore", "prove", made["id"])["results"]["prove"]["differences"] == []
    guarded.sql("immich-postgres", "immich", "DROP OWNED BY readers; DROP ROLE readers")
    said = guarded.drive("restore", "prove", made["id"])["error"]
    assert "1 difference (" in said
    assert "database server immich-postgres: role readers: expected to be there, found none of that name" in said
