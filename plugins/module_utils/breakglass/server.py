# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The engine's own commands for a database server, as a shell function's arguments fill them in.

What is called comes from the point's manifest: a database that was made since the sheet was laid is in it too.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Sequence

from ansible_collections.photosync.vps.plugins.module_utils.breakglass import lines
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.client import Server
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import Spec

# What stands for the arguments of a shell function.
_CONTAINER, _USER, _DATABASE = "<container>", "<user>", "<database>"
_ARGUMENTS = {_CONTAINER: '"$1"', _USER: '"$2"', _DATABASE: '"$5"'}
# A server that is described by what the function is called with.
ANY = Server("", _USER, (), _CONTAINER)
ANY_DATABASE = _DATABASE


def shell(argv: Sequence[str], indent: str) -> str:
    """A command of the engine for :data:`ANY`, in a function whose arguments are container, user and database."""
    return lines.filled([_ARGUMENTS.get(word) or shlex.quote(word) for word in argv], indent)


def container(spec: Spec, service: str) -> str:
    """What Compose calls the container of a service."""
    return f"{spec.stack}-{service}-1"


# Older points name no superuser. A name with a "=" in it would be read as a whole address.
CALLS = r"""calls() {{ # for what the point holds, databases or the roles of each server: what to do with
    # each of them, which is given container, superuser, name, service and the database's address
    jq -r --arg kind "$1" --arg does "$2" --arg which "${{3:-}}" '
        {{{users}}} as $users
        | (.roles // []) as $roles | .[$kind][]? | .service as $service
        | [($roles[] | select(.service == $service).user), $users[$service], "postgres" | values]
            as $user | (.database // $which) as $name
        | ($name | gsub("(?<odd>[\\\\\u0027])"; "\\\(.odd)")) as $escaped
        | ["{stack}-\($service)-1", $user[0], $name, $service, "dbname=\u0027\($escaped)\u0027"]
        | "\($does) \(@sh) &&"' manifest.json && echo true || echo false
}}"""


def calling(spec: Spec) -> str:
    """The function that prints a call for each."""
    users = [f"{json.dumps(server.service)}: {json.dumps(server.user)}" for server in spec.databases]
    listed = f",\n{lines.STEP * 3}".join(users).replace("'", "\\u0027")
    return CALLS.format(stack=spec.stack, users=listed)


def called(kind: str, *does: str) -> str:
    """A line that calls a function for each of a kind; it ends at the first that fails."""
    return f'eval "$({shlex.join(["calls", kind, *does])})"'
