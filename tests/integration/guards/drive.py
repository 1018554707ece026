# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs on the throwaway host: one call of the engine, its answer as JSON on the last line."""

import json
import sys

sys.path.insert(0, "/root/engine")

from ansible_collections.photosync.vps.plugins.module_utils.backup import config, create, listing, prune, verify
from ansible_collections.photosync.vps.plugins.module_utils.common.process import CommandFailed
from ansible_collections.photosync.vps.plugins.module_utils.databases import registry
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import DatabaseError
from ansible_collections.photosync.vps.plugins.module_utils.restic.errors import ResticError
from ansible_collections.photosync.vps.plugins.module_utils.restore import run as restore
from ansible_collections.photosync.vps.plugins.module_utils.restore import target
from ansible_collections.photosync.vps.plugins.module_utils.restore.context import Asked

STACK = "photo-sync"
FAILURES = (config.PointError, DatabaseError, ResticError, CommandFailed)


def main(what: str, *given: str) -> None:
    """Do it; a failure is an answer too."""
    stack, where = target.here(STACK), config.load(config.path_of(STACK))
    calls = {
        "ensure": lambda: registry.ensure_databases(stack),
        "create": lambda: create.create(stack, where, *given, progress=print),
        "list": lambda: listing.list_points(where, STACK),
        "verify": lambda: verify.verify(stack, where, *given),
        "prune": lambda: prune.prune(stack, where),
        "restore": lambda: vars(restore.run([given[0]], stack, where, Asked(given[1], "".join(given[2:])), print)),
    }
    try:
        answer = {"value": calls[what]()}
    except FAILURES as error:
        answer = {"error": str(error)}
    print(json.dumps(answer))


main(*sys.argv[1:])
