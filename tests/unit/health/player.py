# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A program that plays ``docker``: it says what a test wants to hear, and notes what it was asked."""

import json

from ansible_collections.photosync.vps.plugins.module_utils.health.engine import check
from ansible_collections.photosync.vps.plugins.module_utils.health.targets import parse_targets

PLAYER = """#!/bin/sh
cd {folder}
echo "$@" >> calls
case "$1" in
  ps) cat ids ;;
  inspect) test ! -e away || {{ echo 'Cannot connect to the Docker daemon.' >&2; exit 1; }}
    cat documents; test ! -e missing || {{ cat missing >&2; exit 1; }} ;;
  events) while read -r delay; do sleep "$delay"; read -r line; printf '%b' "$line"; done < stream
    test -e ends || exec sleep 60 ;;
  logs) test ! -e said || exec cat said; printf 'out\\033[1m\\n'; echo err >&2 ;;
esac
"""


def document(identifier="a" * 64, name="web", health="starting", **labels):
    return {
        "Id": identifier,
        "Name": "/" + name,
        "RestartCount": 0,
        "Config": {"Labels": labels},
        "HostConfig": {"RestartPolicy": {"Name": "always"}},
        "State": {
            "Status": "running",
            "StartedAt": "2026-01-01T00:00:00Z",
            "ExitCode": 0,
            "Health": {"Status": health},
        },
    }


def compose(service, number="1", **more):
    labels = {"com.docker.compose.project": "p", "com.docker.compose.service": service}
    return dict(labels, **{"com.docker.compose.container-number": number}, **more)


class Play:
    def __init__(self, folder):
        self.folder, self.path = folder, str(folder / "docker")
        (folder / "docker").write_text(PLAYER.format(folder=folder))
        (folder / "docker").chmod(0o755)
        (folder / "stream").write_text("")
        self.holds(document())

    def holds(self, *documents):
        (self.folder / "documents").write_text(json.dumps(documents))
        (self.folder / "ids").write_text("\n".join(one["Id"] for one in documents))

    def streams(self, *lines):
        """Each line is written a moment after the one before, as it is: an event may come in pieces."""
        (self.folder / "stream").write_text("".join(f"0.2\n{line}\n" for line in lines))

    def says(self, name, text=""):
        (self.folder / name).write_text(text)

    def calls(self, command):
        return [line for line in (self.folder / "calls").read_text().splitlines() if line.startswith(command)]

    def check(self, deadline=4.0, **more):
        settings = dict({"kind": "container", "container": "web"}, **more)
        return check(parse_targets([settings]), deadline=deadline, docker=self.path)
