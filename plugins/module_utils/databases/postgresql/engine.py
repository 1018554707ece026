# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""PostgreSQL as a database engine: which of its functions does what."""

from __future__ import annotations

from collections.abc import Sequence

from ansible_collections.photosync.vps.plugins.module_utils.databases.engine import Engine
from ansible_collections.photosync.vps.plugins.module_utils.databases.model import ByHand, Server
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import (
    client,
    cluster,
    compatibility,
    image,
    load,
    roles,
    statistics,
)
from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql import holding as held
from ansible_collections.photosync.vps.plugins.module_utils.stack.spec import DatabaseServer


class PostgreSQL(Engine):
    """PostgreSQL, by the tools of the server's own image."""

    roles_shape = staticmethod(roles.SAVED)

    names = staticmethod(client.existing)
    stored = staticmethod(held.listed)
    content = staticmethod(client.content)
    ensure = staticmethod(client.ensure)

    version = staticmethod(client.dump_version)
    holding = staticmethod(held.look)
    moment = staticmethod(statistics.Census)
    roles_of = staticmethod(roles.roles_of)

    misfits = staticmethod(compatibility.misfits)
    read_argv = staticmethod(client.read_argv)
    put_back_roles = staticmethod(roles.put_back)
    fill = staticmethod(load.fill)
    take_over = staticmethod(load.take_over)
    is_done = staticmethod(load.is_done)
    settle_roles = staticmethod(roles.settle)
    set_aside = staticmethod(load.set_aside)
    drop = staticmethod(load.drop)
    checkpoint = staticmethod(load.checkpoint)

    unlike = staticmethod(statistics.unlike)
    role_names = staticmethod(roles.names)

    misplaced = staticmethod(cluster.misplaced)
    common = client.COMMON
    program = staticmethod(image.postgres)
    data_version = staticmethod(cluster.cluster_major)
    roles_argv = staticmethod(roles.printed_argv)
    run_roles = staticmethod(roles.run_printed)
    kept_password = staticmethod(roles.digest_of)
    keep_password = staticmethod(roles.set_digest)

    def by_hand(self, servers: Sequence[DatabaseServer], stack: str) -> ByHand:
        # Loaded only where a sheet is laid.
        from ansible_collections.photosync.vps.plugins.module_utils.databases.postgresql.by_hand import by_hand

        return by_hand(servers, stack)

    def advised(self, said: str, server: Server) -> str:
        return client.advised(said, server.service)
