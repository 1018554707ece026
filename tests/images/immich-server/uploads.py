# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The uploads volume: Immich's folders with their marker files, and photos written whole or not at all."""

import os
from pathlib import Path

FOLDERS = ("encoded-video", "library", "upload", "profile", "thumbs", "backups")
MARKER = ".immich"


class MissingMarker(Exception):
    """The database says that this volume was in use, and the volume does not: it is another one, or empty."""


class Uploads:
    """The folder that IMMICH_MEDIA_LOCATION names."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def mark(self) -> None:
        """Put the markers into a volume that is used for the first time."""
        for folder in FOLDERS:
            (self.root / folder).mkdir(parents=True, exist_ok=True)
            (self.root / folder / MARKER).touch()

    def check(self) -> None:
        """Refuse a volume without its markers."""
        for folder in FOLDERS:
            marker = self.root / folder / MARKER
            if not marker.is_file():
                raise MissingMarker(f"Failed to read {marker}: the uploads volume is not the one this database knows")

    def store(self, asset_id: str, suffix: str, data: bytes) -> Path:
        """Write a photo so that its name appears only when all of it is on the disk."""
        folder = self.root / "upload" / asset_id[:2] / asset_id[2:4]
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{asset_id}{suffix}"
        unfinished = path.with_suffix(".part")
        with open(unfinished, "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        unfinished.rename(path)
        return path
