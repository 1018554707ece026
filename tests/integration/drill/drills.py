# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Drills of the small library: what is there of one, what serves meanwhile, and whether it answers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from integration.restore.library import Library

PROJECT = "label=com.docker.compose.project=small"
CONTAINER = "{{.Name}} {{.Id}} {{.State.StartedAt}} {{.RestartCount}} {{.HostConfig.Memory}}"
# All that serves: containers and since when, volumes and what lies beside them, networks.
FACE = f"""
docker ps --all --no-trunc --quiet --filter {PROJECT} |
    xargs docker inspect --format '{CONTAINER}' | sort
docker volume ls --quiet --filter {PROJECT} | sort
for volume in $(docker volume ls --quiet --filter {PROJECT}); do ls /var/lib/docker/volumes/$volume; done
docker network ls --no-trunc --quiet --filter {PROJECT}
"""
LEFT = """
docker ps --all --format '{{.Names}}' | grep small-drill
docker volume ls --quiet | grep small-drill
docker network ls --format '{{.Name}}' | grep small-drill
ls -d /var/lib/small/drill /var/lib/docker/volumes/small-drill* /run/systemd/system.control/small-drill* 2>/dev/null
systemctl is-active small-drill.slice | grep -v inactive
true
"""
# What a drill is like while it runs, looked at from outside again and again.
WATCH = """
cat >/root/watch.sh <<'END'
while [ -e /root/watching ]; do
    ids=$(docker ps --quiet --filter label=com.docker.compose.project=small-drill)
    if [ "$ids" ]; then
        docker inspect $ids \\
            --format '{{with .HostConfig}}{{len .PortBindings}} {{.CgroupParent}} {{.OomScoreAdj}}{{end}}'
        docker network inspect --format 'internal {{.Internal}}' small-drill_default
        echo "limit $(systemctl show --property=MemoryMax --value small-drill.slice)"
    fi
    sleep 0.3
done
END
touch /root/watching
setsid bash /root/watch.sh >/root/watched 2>/dev/null </dev/null &
"""
# A hundred requests a second, each at its own time, whether those before were answered or not.
LOAD = """
import http.client, json, os, socket, ssl, threading, time

THREADS, EVERY = 20, 0.01
context = ssl._create_unverified_context()
answers, failures, lock = [], [], threading.Lock()

class Connection(http.client.HTTPSConnection):
    def connect(self):
        plain = socket.create_connection(("127.0.0.1", 443), 10)
        self.sock = context.wrap_socket(plain, server_hostname="small.localhost")

def ask(number):
    connection, begun, turn = None, time.monotonic(), number
    while os.path.exists("/root/loading"):
        time.sleep(max(begun + turn * EVERY - time.monotonic(), 0))
        turn += THREADS
        asked = time.monotonic()
        try:
            connection = connection or Connection("small.localhost", timeout=10)
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
            said = "" if answer.status == 200 else str(answer.status)
        except (OSError, http.client.HTTPException) as error:
            said, connection = repr(error), None
        with lock:
            answers.append(time.monotonic() - asked)
            if said:
                failures.append(said)

begun = time.monotonic()
threads = [threading.Thread(target=ask, args=(number,)) for number in range(THREADS)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
answers.sort()
print(json.dumps({"asked": len(answers), "rate": len(answers) / (time.monotonic() - begun), "failures": failures,
                  "median": answers[len(answers) // 2], "slowest": answers[-1]}))
"""
LOADING = f"""
cat >/root/load.py <<'END'
{LOAD}
END
touch /root/loading
setsid python3 /root/load.py >/root/loaded 2>&1 </dev/null &
"""
# The command alone is killed, so that what it has started goes on, or all of it at once.
INTERRUPT = """
rm -f /root/said
setsid small drill >/root/said 2>&1 & started=$!
timeout 120 sh -c 'until grep -q "phase {phase}$" /root/said || ! kill -0 '$started'; do sleep 0.02; done'
sleep {pause}; kill -{signal} {whom}$started; wait $started; echo "code $?"
cat /root/said
"""


@dataclass
class Drills:
    """Drills on the machine of a library, spoken to through the host command."""

    library: Library
    point: str = ""

    def sh(self, script: str, check: bool = True) -> str:
        """What a script run as root prints."""
        return self.library.sh(script, check)

    def run(self, words: str = "") -> dict[str, Any]:
        """Drill; returns the outcome. How long it took by the shell's clock is kept on the host."""
        timed = f"TIMEFORMAT=%R; {{ time small drill {words} --json 2>/dev/null; }} 2>/root/took"
        return json.loads(self.sh(timed))

    def took(self) -> float:
        """Seconds that the last drill took, by the shell's clock."""
        return float(self.sh("cat /root/took"))

    def fail(self, words: str = "") -> str:
        """Drill, which has to fail; returns what it says."""
        return self.sh(f"small drill {words} && echo IT DID NOT FAIL", check=False)

    def interrupt(self, phase: str, signal: str, whom: str = "", pause: float = 0.3) -> str:
        """Drill, and end it in the middle of a phase; returns what it says."""
        return self.sh(INTERRUPT.format(phase=phase, signal=signal, whom=whom, pause=pause))

    def left(self) -> str:
        """All that there is of a drill."""
        return self.sh(LEFT).strip()

    def face(self) -> str:
        """Containers, volumes and networks of what serves."""
        return self.sh(FACE)

    def under_load(self, words: str = "") -> tuple[dict[str, Any], dict[str, Any], str]:
        """Drill while a hundred requests a second are asked; returns the outcome, the load's, and what was watched."""
        self.sh(LOADING + WATCH)
        try:
            outcome = self.run(words)
        finally:
            self.sh("rm -f /root/loading /root/watching; sleep 2")
        return outcome, json.loads(self.sh("cat /root/loaded").splitlines()[-1]), self.sh("sort -u /root/watched")

    def held(self) -> int:
        """Bytes that the processes of the stack hold, as a drill counts them."""
        package = "ansible_collections.photosync.vps.plugins.module_utils.drill"
        ask = f"from {package}.room import measure; print(measure('small.slice').held)"
        return int(self.sh(f'PYTHONPATH=/usr/local/bin/small python3 -c "{ask}"'))
