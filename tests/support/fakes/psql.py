# Copyright: (c) 2026, the photosync.vps authors
# GNU General Public License v3.0+ (see COPYING or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One session of psql: it reads SQL, stops at the first error and answers in CSV."""

from __future__ import annotations

import csv
import io
from typing import Any

from support.fakes import sql, statements
from support.fakes.cluster import Cluster, Refused, opened
from support.fakes.commands import Answer
from support.fakes.questions import Rows

NO_CONNECTION, SCRIPT_ERROR = 2, 3


class Psql:
    """The session; what it has changed in a transaction is kept at its end, or not at all."""

    def __init__(self, server: Any, database: str):
        self.server, self.database = server, database
        self.exported: list[str] = []
        self.frozen: Cluster | None = None
        self._open: Cluster | None = None
        self._variables: dict[str, str] = {}
        self._skipping: list[bool] = []
        self._rest = ""
        self._failed: Answer | None = None
        try:
            opened(server.load(), database)
        except Refused as refused:
            said = f'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: {refused}'
            self._failed = Answer(NO_CONNECTION, err=said.encode("utf-8", "surrogateescape") + b"\n")

    @property
    def cluster(self) -> Cluster:
        """What this session sees."""
        return self.frozen or self._open or self.server.load()

    def feed(self, data: bytes) -> bytes:
        self._rest += data.decode("utf-8", "surrogateescape")
        printed = b""
        for statement, ending, rest in sql.statements(self._rest):
            self._rest = rest
            printed += self._do(statement, ending)
        return printed

    def end(self) -> Answer:
        # What has no end of its own ends with the input.
        printed = self._do(self._rest.strip(), ";")
        self.server.forget(self.exported)
        return self._failed or Answer(out=printed)

    def _do(self, statement: str, ending: str) -> bytes:
        if self._failed:
            return b""
        try:
            return self._done(statement, ending)
        except Refused as refused:
            self._failed = Answer(SCRIPT_ERROR, err=f"{refused}\n".encode("utf-8", "surrogateescape"))
            return b""

    def _done(self, statement: str, ending: str) -> bytes:
        if statement.startswith("\\") and not ending:
            return self._command(statement)
        if any(self._skipping) or not statement:
            return b""
        text = sql.plain(statement)
        if self._transaction(text):
            return b""
        cluster = self.cluster
        if statements.is_change(text) and self._open is None:
            self.server.point(f"psql: {text[:60]}")
        rows, changed = statements.execute(self, cluster, statement)
        if changed and self._open is None:
            self.server.save(cluster)
        if ending == "\\gset":
            self._variables.update({key: str(value) for key, value in rows[0].items()})
            return b""
        return _csv(rows)

    def _command(self, text: str) -> bytes:
        word, _blank, given = text.partition(" ")
        if word == "\\if":
            self._skipping.append(self._variables[given.strip().lstrip(":")] not in ("t", "true", "1"))
        elif word == "\\endif":
            self._skipping.pop()
        elif word == "\\echo":
            return given.encode("utf-8", "surrogateescape") + b"\n"
        return b""

    def _transaction(self, text: str) -> bool:
        """Begin or end a transaction, where that is what the statement does."""
        if text == "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY":
            self.frozen = self.server.load()
        elif text == "BEGIN":
            self._open = self.server.load()
        elif text == "COMMIT":
            if self._open is not None:
                self.server.point("psql: COMMIT")
                self.server.save(self._open)
            self._open = self.frozen = None
        elif text == "ROLLBACK":
            self._open = self.frozen = None
        else:
            return text.startswith(("SAVEPOINT ", "ROLLBACK TO ", "RELEASE "))
        return True


def _csv(rows: Rows) -> bytes:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for row in rows:
        writer.writerow([_shown(value) for value in row.values()])
    return stream.getvalue().encode("utf-8", "surrogateescape")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "t" if value else "f"
    return "" if value is None else str(value)
