#!/bin/bash
# As the official image's: the first start makes the cluster, the user, the database, and runs /docker-entrypoint-initdb.d, on a
# server that only the socket reaches, so that nobody outside meets a database that is half made.
set -euo pipefail

: "${POSTGRES_USER:=postgres}" "${POSTGRES_INITDB_ARGS:=}" "${POSTGRES_HOST_AUTH_METHOD:=}"
: "${POSTGRES_DB:=$POSTGRES_USER}"

password() {
    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then cat "$POSTGRES_PASSWORD_FILE"; else printf '%s\n' "${POSTGRES_PASSWORD:-}"; fi
}

make_cluster() {
    local arguments
    read -ra arguments <<<"$POSTGRES_INITDB_ARGS"
    initdb --username="$POSTGRES_USER" --pwfile=<(password) ${arguments[@]+"${arguments[@]}"}
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
}

query() {
    psql -v ON_ERROR_STOP=1 --no-psqlrc --no-password --username "$POSTGRES_USER" --dbname "${QUERY_DB:-$POSTGRES_DB}" "$@"
}

run_init_files() {
    local file
    for file in /docker-entrypoint-initdb.d/*; do
        case "$file" in
            *.sh) echo "$file"; bash "$file" ;;
            *.sql) echo "$file"; query -f "$file" ;;
            *.sql.gz) echo "$file"; gunzip -c "$file" | query ;;
        esac
    done
}

initialise() {
    if [ -z "$(password)" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
        echo "the database is not initialised, and POSTGRES_PASSWORD is empty" >&2
        exit 1
    fi
    make_cluster
    pg_ctl --wait --silent -o "-c listen_addresses=''" start
    if [ "$POSTGRES_DB" != postgres ]; then
        QUERY_DB=postgres query -v name="$POSTGRES_DB" <<<'CREATE DATABASE :"name";'
    fi
    run_init_files
    pg_ctl --wait --silent --mode=fast stop
    echo "PostgreSQL is initialised and ready to start."
}

case "${1:-}" in
    -*) set -- postgres "$@" ;;
esac
if [ "${1:-}" = postgres ]; then
    if [ "$(id -u)" = 0 ]; then
        mkdir -p "$PGDATA"
        find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
        chmod 0700 "$PGDATA"
        exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
    fi
    [ -s "$PGDATA/PG_VERSION" ] || initialise
fi
exec "$@"
