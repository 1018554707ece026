#!/bin/bash
# A backup of photo-sync into the repository that is named.
set -euo pipefail
export RESTIC_REPOSITORY=$1 RESTIC_PASSWORD_FILE=/etc/photo-sync/restic-password
for server in custom-postgres immich-postgres; do
    docker exec "photo-sync-$server-1" pg_dumpall -U postgres |
        restic backup --quiet --tag photo-sync --stdin --stdin-filename "$server.sql"
done
restic backup --quiet --tag photo-sync /opt/photo-sync \
    /var/lib/docker/volumes/photo-sync_immich-data /var/lib/docker/volumes/photo-sync_caddy_data
restic forget --quiet --tag photo-sync --keep-daily 7 --keep-weekly 4 --keep-monthly 12 --prune
