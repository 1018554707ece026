# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A database engine in a folder: each database a JSON file of tables with rows, served by nobody."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any, NamedTuple

from ansible_collections.photosync.vps.plugins.module_utils.common.pipes import pipe
from ansible_collections.photosync.vps.plugins.module_utils.common.shapes import COUNT, Field
from ansible_collections.photosync.vps.plugins.module_utils.databases import engine, model

PART = {"toy": Field(COUNT)}


class Held(NamedTuple):
    name: str
    bytes: int
    tables: int
    is_open = True
    is_set_aside = property(lambda self: "~" in self.name)
    is_empty = property(lambda self: not self.tables)
    said = property(lambda self: f"{self.tables} tables" if self.tables else "")


class Toy(engine.Engine):
    def __init__(self, folder: Path):
        self.folder = folder

    def path(self, name: str) -> Path:
        return self.folder / f"{name}.json"

    def names(self, server: Any) -> list[str]:
        return sorted(path.stem for path in self.folder.glob("*.json"))

    def stored(self, server: Any) -> list[Held]:
        return [self.content(server, name) for name in self.names(server)]

    def content(self, server: Any, database: str) -> Held:
        return Held(database, self.path(database).stat().st_size, len(json.loads(self.path(database).read_text())))

    def ensure(self, server: Any, spec: Any) -> list[str]:
        made = [name for name in server.names if not self.path(name).exists()]
        return [f"{server.service}/{name}" for name in made if self.path(name).write_text("{}")]

    def version(self, server: Any) -> str:
        return "2"

    def holding(self, server: Any) -> model.Holding:
        own = [one for one in self.stored(server) if not one.is_set_aside]
        return model.Holding(tuple(model.Database(one.name, one.bytes, one.name in server.names) for one in own))

    def moment(self, server: Any, database: str) -> contextlib.AbstractContextManager[Moment]:
        return contextlib.nullcontext(Moment(self.path(database).read_text()))

    def misfits(self, parts: Any, server: Any, image: Any) -> list[str]:
        return [f"{part['database']} comes from toy {part['toy']}" for part in parts if part["toy"] > 2]

    def read_argv(self, server: Any) -> list[str]:
        return ["grep", "}$"]

    def fill(self, server: Any, source: Any, part: Any, point: str, *_given: Any) -> str:
        reading, new = source.dump_argv(part["snapshot"], part["file"]), f"{part['database']}~restore"
        pipe(reading, ["tee", str(self.path(new))], source.environment)
        return new

    def take_over(self, server: Any, part: Any, point: str) -> str:
        name, old = part["database"], f"{part['database']}~{point}"
        if self.path(name).exists():
            os.rename(self.path(name), self.path(old))
        os.rename(self.path(f"{name}~restore"), self.path(name))
        return old

    def is_done(self, database: str, point: str, there: Any) -> bool:
        return {database, f"{database}~{point}"} <= set(there)

    def set_aside(self, database: str, there: Any) -> list[str]:
        return [name for name in there if name.startswith(f"{database}~")]

    def drop(self, server: Any, name: str) -> None:
        self.path(name).unlink(missing_ok=True)

    def checkpoint(self, server: Any) -> None: ...


class Moment(NamedTuple):
    text: str

    def argv(self) -> list[str]:
        return ["echo", self.text]

    def describe(self) -> dict[str, Any]:
        return {"toy": 2}

    def tables(self) -> model.Tables:
        return {name: {"rows": len(rows), "digest": str(rows)} for name, rows in json.loads(self.text).items()}
