# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""How a person puts databases of PostgreSQL back: our own commands, as a shell function's arguments fill them in.

What is called comes from the point's manifest: a database that was made since the sheet was laid is in it too.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from ansible_collections.photosync.vps.plugins.module_utils.common import shell_lines
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import ByHand, Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, load, parameters
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.statistics import (
    OF_TABLE,
    OWN_TABLES,
    SAME_EVERYWHERE,
)
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import DatabaseServer

FREE_MEMORY = 1024**3
# What stands for the arguments of a shell function.
_CONTAINER, _USER, _DATABASE = "<container>", "<user>", "<database>"
_ARGUMENTS = {_CONTAINER: '"$1"', _USER: '"$2"', _DATABASE: '"$5"'}
# A server that is described by what the function is called with.
ANY = Server("", _USER, (), _CONTAINER)
ANY_DATABASE = _DATABASE


def shell(argv: Sequence[str], indent: str) -> str:
    """A command of the engine for :data:`ANY`, in a function whose arguments are container, user and database."""
    return shell_lines.filled([_ARGUMENTS.get(word) or shlex.quote(word) for word in argv], indent)


ROLES = """\
roles() {{ # container, superuser, which, service
    file=$(jq -r --arg service "$4" --arg which "$3" \\
        '.roles[] | select(.service == $service)[$which]' manifest.json) &&
    restic dump "$CONFIGURATION" "$file" |
        {psql}
}}"""
# psql quotes what comes from the manifest. Of the settings that are lists, only what is one goes in as it is stored.
CREATE = """\
SELECT format('CREATE ROLE %I LOGIN', :'owner')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'owner') \\gexec
SELECT format('ALTER DATABASE %I IS_TEMPLATE false', datname)
FROM pg_database WHERE datname = :'name' \\gexec
DROP DATABASE IF EXISTS :"name" WITH (FORCE);
CREATE DATABASE :"name" TEMPLATE template0 OWNER :"owner" IS_TEMPLATE :template
    ENCODING :'encoding' LC_COLLATE :'collate' LC_CTYPE :'ctype';
SELECT format('ALTER DATABASE %I SET %s TO %s', :'name',
    (SELECT string_agg(quote_ident(word), '.')
        FROM unnest(string_to_array(setting[1], '.')) AS word),
    CASE WHEN setting[1] IN ({lists})
        AND setting[2] ~ format('^%1$s(, *%1$s)*$',
            '("([^"]|"")*"|[A-Za-z_][A-Za-z0-9_$]*)')
    THEN setting[2] ELSE quote_literal(setting[2]) END)
FROM json_array_elements_text(:'settings') AS given(pair),
    regexp_match(pair, '^([^=]+)=(.*)$') AS parts(setting) \\gexec
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC, %I', :'name', :'owner')
WHERE :'grants' <> 'null' \\gexec
SELECT format('GRANT %s ON DATABASE %I TO %s', given->>1, :'name',
    CASE given->>0 WHEN '' THEN 'PUBLIC' ELSE quote_ident(given->>0) END
    || CASE given->>2 WHEN 'true' THEN ' WITH GRANT OPTION' ELSE '' END)
FROM json_array_elements(coalesce(nullif(:'grants', 'null'), '[]')::json)
    AS all_of(given) \\gexec"""
LOAD = """\
load() {{ # container, superuser, database, service, address
    part=$(jq -ce --arg service "$4" --arg name "$3" \\
        '.databases[] | select(.service == $service and .database == $name)' manifest.json) &&
    said() {{ jq -r "$1" <<<"$part"; }} &&
    {create} \\
        --set name="$3" --set owner="$(said .owner)" --set encoding="$(said .encoding)" \\
        --set ctype="$(said .ctype)" --set collate="$(said .collate)" \\
        --set template="$(said '.template // false')" \\
        --set settings="$(said '.settings | tojson')" \\
        --set grants="$(said '.grants | tojson')" <<'SQL' &&
{sql}
SQL
    restic dump "$(snapshot "$(said .tree)")" "/$(said .file)" |
        {restore} &&
    {analyze} <<<'ANALYZE;'
}}"""
ROWS = """\
rows() {{ # container, superuser, database, service, address
    diff <(jq -r --arg service "$4" --arg name "$3" \\
        '.databases[] | select(.service == $service and .database == $name) | .tables
        | to_entries[] | "\\(.key)|\\(.value.rows)|\\(.value.digest)"' manifest.json | LC_ALL=C sort) \\
    <({psql} \\
        <<'SQL' | LC_ALL=C sort
\\pset format unaligned
\\pset fieldsep '|'
{settings}
SELECT format('{count}',
    n.nspname || '.' || c.relname, n.nspname, c.relname)
{tables} \\gexec
SQL
    ) && echo "$4/$3: the same"
}}"""
# restic prints modes as Go has them; `find` prints the kernel's. Its JSON does not tell bytes apart that are no UTF-8,
# so names are what it prints without: one in a line, or in several where line feeds are in it, of which JSON says how
# many. Empty lines are left out of both lists, since restic's versions differ in the last one.
WORDS = (
    "Every database that the point's manifest names, whether or not a service declares it. The roles come"
    " first, since dumps name them as owners. Each dump goes into a new database, by the server's own tools,"
    " and the first error ends it. What is half there then is dropped when the same `load` is called again."
    " It makes its extensions itself, in the order in which they need each other (`vector` before `vchord`)."
    " Never give `docker exec` a `-t` here: a terminal would alter the dump."
)
# What another engine has written names it, and older points name no superuser. A name with a "=" in it would be read as
# a whole address.
CALLS = r"""calls() {{ # for what the point holds, databases or the roles of each server: what to do with
    # each of them, which is given container, superuser, name, service and the database's address
    jq -r --arg kind "$1" --arg does "$2" --arg which "${{3:-}}" '
        {{{users}}} as $users
        | (.roles // []) as $roles | .[$kind][]? | select(.engine == null) | .service as $service
        | [($roles[] | select(.service == $service).user), $users[$service], "postgres" | values]
            as $user | (.database // $which) as $name
        | ($name | gsub("(?<odd>[\\\\\u0027])"; "\\\(.odd)")) as $escaped
        | ["{stack}-\($service)-1", $user[0], $name, $service, "dbname=\u0027\($escaped)\u0027"]
        | "\($does) \(@sh) &&"' manifest.json && echo true || echo false
}}"""


def calling(servers: Sequence[DatabaseServer], stack: str) -> str:
    """The function that prints a call for each."""
    users = [f"{json.dumps(server.service)}: {json.dumps(server.user)}" for server in servers]
    listed = f",\n{shell_lines.STEP * 3}".join(users).replace("'", "\\u0027")
    return CALLS.format(stack=stack, users=listed)


def called(kind: str, *does: str) -> str:
    """A line that calls a function for each of a kind; it ends at the first that fails."""
    return f'eval "$({shlex.join(["calls", kind, *does])})"'


def by_hand(servers: Sequence[DatabaseServer], stack: str) -> ByHand:
    """Roles first, then each dump into a new database, then the rows of each table."""
    step = shell_lines.STEP
    psql = client.psql_argv(ANY, ANY_DATABASE)
    maintenance = client.psql_argv(ANY, "template1")
    load_function = LOAD.format(
        create=shell(maintenance, step),
        sql=CREATE.format(lists=",\n        ".join(client.literal(name) for name in sorted(parameters.LISTS))),
        restore=shell(client.restore_argv(ANY, ANY_DATABASE, load.memory_options(FREE_MEMORY), False), step * 2),
        analyze=shell(psql, step),
    )
    rows_function = ROWS.format(
        psql=shell(psql, step),
        settings=SAME_EVERYWHERE.strip(),
        count=OF_TABLE.format(name="%L", table="%I.%I").replace("''", "''''"),
        tables=OWN_TABLES,
    )
    fill = [
        calling(servers, stack),
        ROLES.format(psql=shell([*maintenance, "--single-transaction"], step * 3)),
        called("roles", "roles", "sql"),
        load_function,
        called("databases", "load"),
        called("roles", "roles", "after"),
    ]
    return ByHand(WORDS, "\n".join(fill), "\n".join([rows_function, called("databases", "rows")]))
