#!/bin/sh
# As the official image: options alone go to the server, the server runs as an ordinary user, and it serves the container's network.
set -e
case "$1" in
    -* | *.conf) set -- valkey-server "$@" ;;
esac
case "$1" in
    valkey-server | redis-server)
        # Debian's build answers only the loopback address unless it is told otherwise; the official one is built the other way.
        set -- "$@" --protected-mode no
        if [ "$(id -u)" = 0 ]; then
            chown valkey:valkey .
            exec setpriv --reuid=valkey --regid=valkey --clear-groups "$@"
        fi
        ;;
esac
exec "$@"
