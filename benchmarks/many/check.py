# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Runs on the host, with the engine from the host command: checks the addresses of its arguments in one call."""

import sys
import time

from ansible_collections.photosync.vps.plugins.module_utils.health import engine, targets

wanted = [{"kind": "http", "name": str(number), "url": url} for number, url in enumerate(sys.argv[1:])]
began = time.monotonic()
results = engine.check(targets.parse_targets(wanted), deadline=60)
seconds = time.monotonic() - began
print(seconds if all(result.healthy for result in results) else "not healthy")
