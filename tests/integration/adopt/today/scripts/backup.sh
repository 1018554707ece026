#!/bin/bash
# As today's: the volumes' bare names, which are not the ones in use.
set -e
target=${1:?a folder}
mkdir -p "$target"
while read -r volume archive; do
  docker run --rm -v "$volume":/data -v "$target":/backup --entrypoint tar \
    depot.test:5000/photosync/base:1 czf "/backup/$archive.tar.gz" -C /data .
done <<VOLUMES
custom-pgdata custom-postgres
immich-pgdata immich-postgres
caddy_data caddy-data
VOLUMES
cp .env.prod "$target/"
