# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A stand-in for immich-machine-learning: 512 numbers for a photo, always the same ones for the same bytes.

They are a digest and know nothing of what the photo shows.
"""

import hashlib
import json
import os
import struct
from pathlib import Path

from fixture.web import Refused, Reply, Request, serve

DIMENSIONS = 512
MODEL = {"modelName": "fixture-digest", "dimensions": DIMENSIONS}


def embedding(data: bytes) -> list[float]:
    """Numbers from -1 to 1 that a four-byte float holds exactly, so that no rounding hides or feigns a difference."""
    digest = hashlib.shake_256(data).digest(2 * DIMENSIONS)
    return [number / 32768 for number in struct.unpack(f">{DIMENSIONS}h", digest)]


class MachineLearning:
    """The endpoints, with the cache folder that keeps what can be fetched again."""

    def __init__(self, cache: Path) -> None:
        self.model = cache / "clip" / MODEL["modelName"] / "config.json"

    def fetch_model(self) -> None:
        if not self.model.is_file():
            self.model.parent.mkdir(parents=True, exist_ok=True)
            self.model.write_text(json.dumps(MODEL) + "\n")

    def ping(self, _: Request) -> Reply:
        return Reply(b"pong", headers={"Content-Type": "text/plain"})

    def predict(self, request: Request) -> Reply:
        if not request.body:
            raise Refused(422, "no photo in the body")
        self.fetch_model()
        return Reply({"clip": embedding(request.body)})


def main() -> None:
    learning = MachineLearning(Path(os.environ.get("MACHINE_LEARNING_CACHE_FOLDER", "/cache")))
    serve(
        "immich-machine-learning",
        int(os.environ.get("IMMICH_PORT", "3003")),
        [("GET", "/ping", learning.ping), ("POST", "/predict", learning.predict)],
    )
