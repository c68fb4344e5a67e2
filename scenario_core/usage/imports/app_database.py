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
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.usage.imports.app_sessions import SessionTable
from scenario_core.usage.imports.app_values import Cells
from scenario_core.usage.imports.forms import Form, Raw, Report
from scenario_core.usage.imports.spool import Spool, batches
from scenario_core.usage.run import COLUMNS, SCHEMA, EndReason, Source

HISTORY: Final = "scenario_progress_history"
SESSIONS: Final = "learning_sessions"
_NAMED_BY: Final = {HISTORY: "progress_id", SESSIONS: "session_id"}
_LONGEST_ID: Final = 90
_AS_ONE: Final = "sessions that a finished run tells more of, counted once"
_REPEATED: Final = "rows that stand there twice, counted once"
Row = Mapping[str, Any]
Key = tuple[str, str, datetime]


class AppDatabase:
    """The records in one database."""

    form = Form.APP

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine
        self.name = engine.url.render_as_string(hide_password=True)

    def digest(self) -> str:
        """SHA-256 of all rows, in the order in which they are read."""
        digest = hashlib.sha256()
        for table in (HISTORY, SESSIONS):
            for row in self._rows(table):
                digest.update(repr(sorted(row.items())).encode(errors="replace"))
        return digest.hexdigest()

    def is_unchanged(self) -> bool:
        """The app may go on writing: what is new then comes in with the next import."""
        return True

    def read(self, folder: Path, pseudonym: Callable[[str | int], str], report: Report) -> Raw:
        """Bring the rows into a Parquet file; see `Source`."""
        del report
        spool = Spool(folder, SCHEMA)
        spool.raw.numbered = False
        spool.raw.strict = False
        try:
            for batch in batches(_Reading(self._rows, pseudonym, spool.raw.notes).runs()):
                spool.add({name: [run[name] for run in batch] for name in COLUMNS})
        finally:
            spool.close()
        return spool.raw

    def _rows(self, name: str) -> Iterator[dict[str, Any]]:
        """The rows of a table as the driver gives them; none where there is no such table."""
        with translated_errors(), self._engine.connect().execution_options(**READ_ONLY) as connection:
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
    def __init__(self, rows: Callable[[str], Iterator[dict[str, Any]]], pseudonym: Callable[[str | int], str],
                 notes: Counter[str]) -> None:  # fmt: skip
        self._rows, self._pseudonym = rows, pseudonym
        self._cells = Cells(notes)
        self._used: set[str] = set()

    def runs(self) -> Iterator[dict[str, Any]]:
        """All runs of both tables."""
        sessions = SessionTable(lambda: self._rows(SESSIONS), self._cells)
        merged: dict[Key, str] = {}
        begun: dict[Key, str] = {}
        for row in sessions.rows():
            if (key := self._key(row, sessions.scenario_of(row))) is not None:
                begun.setdefault(key, self._run_id("ls", SESSIONS, row))
        for row in self._rows(HISTORY):
            key = self._key(row, row.get("scenario_id"))
            same = begun.get(key) if key is not None and key not in merged else None
            if key is not None and same is not None:
                merged[key] = same
            if (run_id := self._once(same or self._run_id("sph", HISTORY, row), row)) is not None:
                yield self._finished(run_id, row, finished_only=same is None)
        taken = set(merged.values())
        sessions.look_at_scales()
        for row in sessions.rows():
            run_id = self._run_id("ls", SESSIONS, row)
            if run_id in taken:
                self._cells.note(_AS_ONE)
                taken.discard(run_id)
            elif (single := self._once(run_id, row)) is not None:
                yield {**self._common(single, row), **sessions.run_of(row)}

    def _finished(self, run_id: str, row: Row, *, finished_only: bool) -> dict[str, Any]:
        cells = self._cells
        return {
            **self._common(run_id, row),
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
            "finished_only": finished_only,
        }

    def _common(self, run_id: str, row: Row) -> dict[str, Any]:
        user = _user(row)
        empty = dict.fromkeys(COLUMNS)
        return {
            **empty,
            "run_id": run_id,
            "learner": None if user is None else self._pseudonym(user),
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
        if text and text.isascii() and text.isprintable() and len(text) <= _LONGEST_ID and not telling:
            return f"{prefix}-{text}"
        return f"{prefix}-{self._stamp(text if telling else repr(sorted(row.items(), key=str)))}"

    def _once(self, run_id: str, row: Row) -> str | None:
        """The id, made longer where another row has it; None for a row that stands there twice."""
        if run_id not in self._used:
            self._used.add(run_id)
            return run_id
        content = {name: value for name, value in row.items() if name != "id"}
        longer = f"{run_id[: _LONGEST_ID - 20]}-{self._stamp(repr(sorted(content.items(), key=str)))[:16]}"
        if longer in self._used:
            self._cells.note(_REPEATED)
            return None
        self._used.add(longer)
        return longer

    def _stamp(self, text: str) -> str:
        return self._pseudonym(f"row {text}") + self._pseudonym(f"wor {text}")

    def _key(self, row: Row, scenario: Any) -> Key | None:
        user, quiet = _user(row), Cells(Counter())
        started = quiet.moment(row.get("started_at"), "")
        if user is None or not scenario or started is None:
            return None
        return str(user), str(scenario).strip(), started.replace(microsecond=0)


def _user(row: Row) -> str | int | None:
    user = row.get("user_id")
    return user if isinstance(user, (str, int)) and user != "" else None
