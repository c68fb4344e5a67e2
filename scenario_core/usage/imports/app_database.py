"""The existing app's own records as runs: `scenario_progress_history`, and the scenarios' part of `learning_sessions`.

**scenario_progress_history** holds finished runs only: they are completed, and `finished_only`, so that nothing takes
them for all that was started. A run's id is the row's `progress_id`, unless that holds the user's number: an id must
not tell whose run it is. Without a usable one, the id is made of the whole row.

**learning_sessions** tells of a scenario only where its `session_type` says so: it contains `scenario`, `conversation`
or `role`. A session without an end is an open run. Of one with an end the table does not say how it ended, so that it
is neither `completed` nor `abandoned` but `terminated`, the only reason that claims nothing. An accuracy is read as
what its column's name says or its values show: a percentage if one lies above 1, a share if one lies between 0 and 1.

A row and a session of the same user, scenario and second of starting are one run: it has the session's id, under which
it may have come in before it was finished, and what the row tells of it. Its start is on record, so that it is not
`finished_only`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.usage.imports.app_merging import LONGEST_ID, ROWS, merged
from scenario_core.usage.imports.app_sessions import SessionTable
from scenario_core.usage.imports.app_values import Cells
from scenario_core.usage.imports.forms import Form, Raw, Report, foreign
from scenario_core.usage.imports.spool import Spool, batches
from scenario_core.usage.run import COLUMNS, EndReason, Source

HISTORY: Final = "scenario_progress_history"
SESSIONS: Final = "learning_sessions"
_NAMED_BY: Final = {HISTORY: "progress_id", SESSIONS: "session_id"}
Row = Mapping[str, Any]
Rows = Callable[[str], Iterator[dict[str, Any]]]
"""The rows of a table by its name."""


class AppDatabase:
    """The records in one database. Unless it is the desk's own, its users are other people than the desk's."""

    form = Form.APP

    def __init__(self, engine: sa.Engine, *, is_own: bool = True) -> None:
        self._engine = engine
        self._is_own = is_own
        self.name = engine.url.render_as_string(hide_password=True)

    def digest(self) -> str:
        """SHA-256 of all rows, in the order in which they are read."""
        digest = hashlib.sha256()
        with self._moment() as rows:
            for table in (HISTORY, SESSIONS):
                for row in rows(table):
                    digest.update(repr(sorted(row.items())).encode(errors="replace"))
        return digest.hexdigest()

    def is_unchanged(self) -> bool:
        """The app may go on writing: what is new then comes in with the next import."""
        return True

    def read(self, folder: Path, pseudonym: Callable[[str | int], str], report: Report) -> Raw:
        """Bring the rows, as they are at one moment, into a Parquet file; see `Source`."""
        del report
        parts = folder / "rows"
        parts.mkdir()
        spool = Spool(parts, ROWS)
        notes = spool.raw.notes
        try:
            with self._moment() as rows:
                for batch in batches(_Reading(rows, pseudonym, notes, is_own=self._is_own).runs()):
                    spool.add({name: [run[name] for run in batch] for name in ROWS.names})
        finally:
            spool.close()
        path, count = merged(spool.raw.path, folder, notes)
        return Raw(path, count, numbered=False, strict=False, notes=notes)

    @contextmanager
    def _moment(self) -> Iterator[Rows]:
        """Read tables as they are at one moment, whatever the app writes meanwhile."""
        options = dict(READ_ONLY)
        if self._engine.dialect.name == "postgresql":
            options |= {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with translated_errors(), self._engine.connect().execution_options(**options) as connection:
            yield lambda table: _rows(connection, table)


def _rows(connection: sa.Connection, name: str) -> Iterator[dict[str, Any]]:
    """The rows of a table as the driver gives them; none where there is no such table."""
    inspector = sa.inspect(connection)
    if not inspector.has_table(name):
        return
    columns = [each["name"] for each in inspector.get_columns(name)]
    table = sa.table(name, *map(sa.column, columns))
    order = [table.c.id] if "id" in columns else []
    query = sa.select(table).order_by(*order).execution_options(yield_per=5_000)
    for row in connection.execute(query).mappings():
        yield dict(row)


class _Reading:
    def __init__(self, rows: Rows, pseudonym: Callable[[str | int], str], notes: Counter[str], *, is_own: bool) -> None:
        self._rows, self._pseudonym, self._is_own = rows, pseudonym, is_own
        self._cells = Cells(notes)

    def runs(self) -> Iterator[dict[str, Any]]:
        """Each row of both tables as a run, with what `app_merging` needs to tell which are the same."""
        sessions = SessionTable(lambda: self._rows(SESSIONS), self._cells)
        sessions.look_at_scales()
        place = 0
        for place, row in enumerate(self._rows(HISTORY), 1):
            yield {**self._finished(row), **self._mark(place, row, is_session=False)}
        for number, row in enumerate(sessions.rows(), place + 1):
            run = {**self._common(self._run_id("ls", SESSIONS, row), row), **sessions.run_of(row)}
            yield {**run, **self._mark(number, row, is_session=True)}

    def _mark(self, place: int, row: Row, *, is_session: bool) -> dict[str, Any]:
        content = {name: value for name, value in row.items() if name != "id"}
        stamp = self._stamp(repr(sorted(content.items(), key=str)))
        return {"place": place, "is_session": is_session, "stamp": stamp}

    def _finished(self, row: Row) -> dict[str, Any]:
        cells = self._cells
        return {
            **self._common(self._run_id("sph", HISTORY, row), row),
            "scenario_id": cells.text(row.get("scenario_id"), 255, "scenario ids"),
            "started_at": cells.moment(row.get("started_at"), "starts"),
            "ended_at": cells.moment(row.get("completed_at"), "ends"),
            "end_reason": EndReason.COMPLETED.value,
            "phases_completed": cells.count(row.get("phases_completed"), "numbers of phases"),
            "total_phases": cells.count(row.get("total_phases"), "numbers of phases"),
            "minutes": cells.number(row.get("duration_minutes"), float(2**31), "durations"),
            "vocabulary": cells.texts(row.get("vocabulary_mastered"), "vocabularies"),
            "objectives": cells.texts(row.get("objectives_completed"), "objectives"),
            "success_rate": cells.number(row.get("success_rate"), 1, "success rates"),
            "completion_score": cells.number(row.get("completion_score"), 100, "completion scores"),
            "finished_only": True,
        }

    def _common(self, run_id: str, row: Row) -> dict[str, Any]:
        user = _user(row)
        empty = dict.fromkeys(COLUMNS)
        return {
            **empty,
            "run_id": run_id,
            "learner": None if user is None else self._pseudonym(user if self._is_own else foreign(user)),
            "language": self._cells.text(row.get("language") or row.get("language_code"), 35, "languages"),
            "source": Source.IMPORT.value,
            "finished_only": False,
        }

    def _run_id(self, prefix: str, table: str, row: Row) -> str:
        """The row's own id where it tells nobody, else one that is made of it with the database's key."""
        named, user = row.get(_NAMED_BY[table]), _user(row)
        if table == SESSIONS and named in {None, ""}:
            named = row.get("id")
        text = "" if named is None else str(named).strip()
        telling = user is not None and str(user) in text and text != str(row.get("id"))
        if text and text.isascii() and text.isprintable() and len(text) <= LONGEST_ID and not telling:
            return f"{prefix}-{text}"
        return f"{prefix}-{self._stamp(text if telling else repr(sorted(row.items(), key=str)))}"

    def _stamp(self, text: str) -> str:
        return self._pseudonym(f"row {text}") + self._pseudonym(f"wor {text}")


def _user(row: Row) -> str | int | None:
    user = row.get("user_id")
    return user if isinstance(user, (str, int)) and user != "" else None
