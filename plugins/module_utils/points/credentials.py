# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""After a restore databases ask for the passwords that the release has: those of the vault, not those of the point."""

from __future__ import annotations

from ansible_collections.photosync.vps.plugins.module_utils.databases import Server, identifier, literal, query
from ansible_collections.photosync.vps.plugins.module_utils.process import run

# As the official images read it, from a file or from the environment.
PASSWORD = (
    'if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then cat "$POSTGRES_PASSWORD_FILE";'
    ' else printf %s "${POSTGRES_PASSWORD:-}"; fi'
)
# The statement holds a password: a server that logs statements must not log this one.
SILENT = "SET log_statement = 'none'; SET log_min_duration_statement = -1; SET log_min_error_statement = 'panic';"


def reconcile(server: Server) -> bool:
    """Give the server's superuser the password that its container was started with; False where it has none.

    It goes over the socket, which the image trusts, and in no command line.
    """
    password = run(["docker", "exec", server.container, "sh", "-c", PASSWORD]).stdout.rstrip("\n")
    if password:
        change = f"ALTER ROLE {identifier(server.user)} PASSWORD {literal(password)};"
        query(server, "template1", f"{SILENT}\n{change}")
    return bool(password)
