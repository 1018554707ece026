# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Put files and databases back: files into volumes as Compose would make them, each dump into a new database."""

from __future__ import annotations

import shlex

from ansible_collections.photosync.vps.plugins.module_utils.breakglass import lines
from ansible_collections.photosync.vps.plugins.module_utils.breakglass.model import Commands, Section
from ansible_collections.photosync.vps.plugins.module_utils.breakglass.point import FOLDER
from ansible_collections.photosync.vps.plugins.module_utils.breakglass.server import (
    ANY,
    ANY_DATABASE,
    called,
    calling,
    shell,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import client, load, parameters
from ansible_collections.photosync.vps.plugins.module_utils.docker import engine
from ansible_collections.photosync.vps.plugins.module_utils.docker.compose import PROJECT_LABEL
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec, Volume

# Bytes of free memory that any host of such a stack has: what one index may take follows from it.
FREE_MEMORY = 1024**3
START = ["docker", "compose", "up", "--detach", "--wait", "--wait-timeout", "300", "--no-deps"]
# Of everything that is in the point, whatever the sheet knew when it was laid.
SERVERS = "SERVERS=$(jq -r '[(.databases + (.roles // []))[].service] | unique[]' manifest.json)"
FILL = """\
fill() {{ # volume, the engine's name for it
    volume=$(jq -ce --arg name "$1" '.volumes[] | select(.name == $name)' manifest.json) &&
    docker volume create --label {project}={stack} \\
        --label {label}="$1" "$2" &&
    folder=$(docker volume inspect --format '{{{{.Mountpoint}}}}' "$2") &&
    place=$(snapshot "$(jq -r .tree <<<"$volume")"):$(jq -r .path <<<"$volume") &&
    restic restore "$place" --target "$folder" &&
    chown "$(jq -r '"\\(.root.uid):\\(.root.gid)"' <<<"$volume")" "$folder" &&
    chmod "$(printf %o "$(jq .root.mode <<<"$volume")")" "$folder"
}}"""
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


def saved(spec: Spec) -> list[Volume]:
    """The volumes whose files a point holds."""
    return [volume for volume in spec.volumes if volume.backup not in ("database", "rebuildable")]


def files(number: int, spec: Spec) -> Section:
    """The step that fills the volumes, certificates among them."""
    function = FILL.format(stack=shlex.quote(spec.stack), project=PROJECT_LABEL, label=engine.VOLUME_LABEL)
    fills = [shlex.join(["fill", volume.name, volume.docker_name]) for volume in saved(spec)]
    return Section(
        f"{number}. Put the files and the certificates back",
        (
            "Each volume is made as Compose would make it, and filled with owners, modes and times as they were.",
            Commands("\n".join([function, *fills])),
        ),
    )


def dumps(number: int, spec: Spec) -> Section:
    """The step that starts the database servers alone and fills them."""
    start = lines.filled([*START, "$SERVERS"], before="COMPOSE_FILE=compose.yaml ")
    function = LOAD.format(
        create=shell(client.psql_argv(ANY, "template1"), lines.STEP),
        sql=CREATE.format(lists=",\n        ".join(client.literal(name) for name in sorted(parameters.LISTS))),
        restore=shell(client.restore_argv(ANY, ANY_DATABASE, load.memory_options(FREE_MEMORY), False), lines.STEP * 2),
        analyze=shell(client.psql_argv(ANY, ANY_DATABASE), lines.STEP),
    )
    owners = ROLES.format(psql=shell([*client.psql_argv(ANY, "template1"), "--single-transaction"], lines.STEP * 3))
    return Section(
        f"{number}. Put the databases back",
        (
            "The servers come up alone, and without the limits of production: building an index takes more memory"
            " than serving. No other service may run before its data is there.",
            Commands(f"cd {FOLDER}\n{SERVERS}\ncd {shlex.quote(spec.root)}/current\n{start}\ncd {FOLDER}"),
            "Every database that the point's manifest names, whether or not a service declares it. The roles come"
            " first, since dumps name them as owners. Each dump goes into a new database, by the server's own tools,"
            " and the first error ends it. What is half there then is dropped when the same `load` is called again."
            " It makes its extensions itself, in the order in which they need each other (`vector` before `vchord`)."
            " Never give `docker exec` a `-t` here: a terminal would alter the dump.",
            Commands(
                "\n".join(
                    [
                        calling(spec),
                        owners,
                        called("roles", "roles", "sql"),
                        function,
                        called("databases", "load"),
                        called("roles", "roles", "after"),
                    ]
                )
            ),
        ),
    )
