# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs on the host, with the engine from the host command: waits for a container and says when it is healthy."""

from ansible_collections.photosync.vps.plugins.module_utils.health import engine, targets

print("watching", flush=True)
results = engine.check(targets.parse_targets([{"kind": "container", "project": "photosync-bench"}]), deadline=60)
print("seen" if all(result.healthy for result in results) else "not healthy", flush=True)
