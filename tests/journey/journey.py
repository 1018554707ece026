#!/usr/bin/env python3
# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A user's journey through the site: upload photos, record all that can be seen, compare two records.

journey.py upload --url https://photos.test --resolve 172.17.0.5 --cafile root.crt --count 20 --seed 1
journey.py record --url https://photos.test --resolve 172.17.0.5 --cafile root.crt --out before.json
journey.py compare before.json after.json
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import differences
import photos
from browser import Browser, SiteError


def upload(site: Browser, count: int, seed: int, size: int) -> str:
    """Send photos as the page does; every service must have taken each of them."""
    states = {"created": 0, "duplicate": 0}
    for number in range(1, count + 1):
        photo = photos.make(seed, number, size)
        answer = site.post_file("/api/assets", "assetData", photo.name, photo.data)
        failed = {name: state for name, state in answer["followUps"].items() if state != "ok"}
        if failed:
            raise SiteError(f"{photo.name} is stored as {answer['id']}, but: {failed}")
        states[answer["status"]] += 1
    known = f", {states['duplicate']} were there already" if states["duplicate"] else ""
    return f"{states['created']} photos uploaded through {site.url}{known}"


def record(site: Browser) -> dict[str, Any]:
    """All that can be observed from outside."""
    return {
        "certificate": site.certificate(),
        "photos": {asset["id"]: _photo(site, asset) for asset in site.get_json("/api/assets")},
        "databases": site.get_json("/api/fixture/rows"),
        "groups": site.get_json("/api/groups"),
        "duplicates": site.get_json("/api/duplicates"),
    }


def _photo(site: Browser, asset: dict[str, Any]) -> dict[str, Any]:
    status, data = site.ask("GET", f"/api/assets/{asset['id']}/original")
    found = status == 200
    return {
        "name": asset["originalFileName"],
        "path": asset["originalPath"],
        "bytes": len(data) if found else 0,
        "sha256": hashlib.sha256(data).hexdigest() if found else f"none, the site answers {status}",
    }


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    site = argparse.ArgumentParser(add_help=False)
    site.add_argument("--url", required=True, help="the site's address, https://name")
    site.add_argument("--resolve", metavar="IP", help="connect there instead of asking DNS for the name")
    site.add_argument("--cafile", help="the authority that signed the site's certificate; else the system's")
    sending = commands.add_parser("upload", parents=[site], help="send photos that are the same for the same seed")
    sending.add_argument("--count", type=int, default=20)
    sending.add_argument("--seed", type=int, default=1)
    sending.add_argument("--size", type=int, default=200_000, help="bytes of each photo, about (%(default)s)")
    recording = commands.add_parser("record", parents=[site], help="write down all that can be seen from outside")
    recording.add_argument("--out", type=Path, required=True)
    comparing = commands.add_parser("compare", help="name each difference between two records; exit 1 if there is one")
    comparing.add_argument("before", type=Path)
    comparing.add_argument("after", type=Path)
    return parser.parse_args()


def _compare(before: Path, after: Path) -> int:
    first, second = json.loads(before.read_text()), json.loads(after.read_text())
    found = differences.compare(first, second)
    for line in found:
        print(f"differs: {line}")
    if found:
        print(f"{len(found)} differences. Before: {differences.summary(first)}")
        return 1
    print(f"the same: {differences.summary(first)}")
    return 0


def main() -> int:
    options = _arguments()
    if options.command == "compare":
        return _compare(options.before, options.after)
    try:
        site = Browser(options.url, options.resolve, options.cafile)
        if options.command == "upload":
            print(upload(site, options.count, options.seed, options.size))
            return 0
        seen = record(site)
    except SiteError as error:
        print(f"journey: {error}", file=sys.stderr)
        return 2
    options.out.write_text(json.dumps(seen, indent=1, sort_keys=True) + "\n")
    print(f"recorded: {differences.summary(seen)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
