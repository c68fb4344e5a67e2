"""Reading xAPI statements: those of one registration become one run, in whatever order they stand.

A registration that was only initialized is an open run. Where it ended more than once, as players do that complete and
then terminate, it was completed rather than abandoned, and abandoned rather than terminated. A statement that stands
twice changes nothing. Statements of other verbs are counted and left alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import pyarrow as pa

from scenario_core.errors import Fault
from scenario_core.scenario import as_utc
from scenario_core.usage import xapi
from scenario_core.usage.duckdb_sql import literal
from scenario_core.usage.imports.engine import workshop
from scenario_core.usage.imports.files import FileSource
from scenario_core.usage.imports.forms import Form, Raw, Report, in_line
from scenario_core.usage.imports.spool import PLACE, Pseudonyms, Spool, batches
from scenario_core.usage.imports.text_files import Count, Lines, fault_of
from scenario_core.usage.learners import PATTERN
from scenario_core.usage.run import SCHEMA

_VERBS: Final = {
    **{verb: (rank, str(reason)) for rank, (reason, verb) in enumerate(xapi.ENDINGS.items(), 1)},
    xapi.INITIALIZED: (9, None),
}
_BEGUN: Final = 9
_CARRIED: Final = (
    "scenario_id",
    "store",
    "learner",
    "language",
    "success_rate",
    "completion_score",
    *xapi.RESULT_FIELDS,
)
_SCHEMA: Final = pa.schema(
    [pa.field("run_id", pa.string()), pa.field("rank", pa.int32()), pa.field("end_reason", pa.string())]
    + [pa.field("moment", SCHEMA.field("started_at").type), pa.field("earlier", SCHEMA.field("started_at").type)]
    + [pa.field(name, SCHEMA.field(name).type) for name in _CARRIED]
    + list(PLACE)
)
_OTHER_VERB: Final = "statements of other verbs, left out"


class _Account(msgspec.Struct):
    name: str
    homePage: str = ""  # noqa: N815 - named by xAPI


class _Actor(msgspec.Struct):
    account: _Account | None = None
    mbox: str | None = None
    mbox_sha1sum: str | None = None
    openid: str | None = None


class _Verb(msgspec.Struct):
    id: str


class _Activity(msgspec.Struct):
    id: str | None = None


class _ContextExtensions(msgspec.Struct):
    run_id: str | None = msgspec.field(default=None, name=f"{xapi.EXTENSIONS}run_id")
    store: str | None = msgspec.field(default=None, name=f"{xapi.EXTENSIONS}store")


class _Context(msgspec.Struct):
    registration: str | None = None
    language: str | None = None
    extensions: _ContextExtensions = msgspec.field(default_factory=_ContextExtensions)


class _Score(msgspec.Struct):
    scaled: float | None = None
    raw: float | None = None
    min: float | None = None
    max: float | None = None


_ResultExtensions = msgspec.defstruct(
    "_ResultExtensions",
    [
        (name, kind | None, None)
        for name, kind in {
            "last_phase": str,
            "phases_completed": Count,
            "total_phases": Count,
            "phase_seconds": list[float],
            "minutes": float,
            "vocabulary": list[str],
            "objectives": list[str],
            "finished_only": bool,
        }.items()
    ],
)


class _Result(msgspec.Struct):
    score: _Score = msgspec.field(default_factory=_Score)
    duration: str | None = None
    extensions: Any = msgspec.field(default_factory=dict)


class _Statement(msgspec.Struct):
    actor: _Actor
    verb: _Verb
    object: _Activity
    timestamp: str | None = None
    context: _Context = msgspec.field(default_factory=_Context)
    result: _Result = msgspec.field(default_factory=_Result)


_DECODER: Final = msgspec.json.Decoder(_Statement)


class _WrongError(Exception):
    """A statement that can't be used: where, what was expected, what was found."""


class XapiFile(FileSource):
    """A file with one xAPI statement in each line."""

    form = Form.XAPI

    def read(self, folder: Path, pseudonym: Callable[[str | int], str], report: Report) -> Raw:
        """Bring the runs into a Parquet file; see `Source`."""
        parts = folder / "statements"
        parts.mkdir()
        spool = Spool(parts, _SCHEMA)
        pseudonyms = Pseudonyms(pseudonym)
        try:
            with self.path.open("rb") as file:
                for batch in batches(_rows(spool.raw, Lines(file, report), pseudonyms)):
                    spool.add({name: [row.get(name) for row in batch] for name in _SCHEMA.names})
        finally:
            spool.close()
        raw = spool.raw
        raw.path, raw.records = _merged(raw.path, folder)
        return raw


def _rows(raw: Raw, lines: Lines, pseudonyms: Pseudonyms) -> Iterator[dict[str, Any]]:
    number = 0
    for text in lines:
        if not text.strip():
            continue
        number += 1
        try:
            statement = _DECODER.decode(text)
            if (verb := _VERBS.get(statement.verb.id)) is None:
                raw.notes[_OTHER_VERB] += 1
                continue
            yield {"record": number, "line": lines.line, **_row(statement, verb, pseudonyms)}
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError) as error:
            raw.broken += 1
            raw.blame(fault_of(error, number, lines.line))
        except _WrongError as error:
            where, expected, found = error.args
            raw.broken += 1
            raw.blame(Fault(f"/{number}/{where}", expected, in_line(found, lines.line)))


def _row(statement: _Statement, verb: tuple[int, str | None], pseudonyms: Pseudonyms) -> dict[str, Any]:
    context, score = statement.context, statement.result.score
    run_id = context.extensions.run_id or context.registration
    if not run_id:
        raise _WrongError("context/registration", "a registration, which is the run's id", None)
    moment = _moment(statement.timestamp)
    extensions = msgspec.convert(_named(statement.result.extensions), _ResultExtensions)
    return {
        "run_id": run_id,
        "rank": verb[0],
        "end_reason": verb[1],
        "moment": moment,
        "earlier": _earlier(moment, statement.result.duration),
        "scenario_id": xapi.scenario_of(statement.object.id) if statement.object.id else None,
        "store": context.extensions.store,
        "learner": _learner(statement.actor, pseudonyms),
        "language": context.language,
        "success_rate": score.scaled,
        "completion_score": _of_hundred(score),
        **{name: getattr(extensions, name) for name in xapi.RESULT_FIELDS},
    }


def _named(extensions: Any) -> dict[str, Any]:
    """The project's own extensions, without what all their names begin with."""
    named = extensions if isinstance(extensions, dict) else {}
    return {
        name.removeprefix(xapi.EXTENSIONS): value for name, value in named.items() if name.startswith(xapi.EXTENSIONS)
    }


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return as_utc(datetime.fromisoformat(text.strip()))
    except (ValueError, OverflowError) as error:
        raise _WrongError("timestamp", "an ISO 8601 moment", text) from error


def _earlier(moment: datetime | None, duration: str | None) -> datetime | None:
    """When something began that ended at a moment, as far as both are told."""
    if duration is None:
        return None
    seconds = xapi.seconds_of(duration)
    with suppress(OverflowError):
        if seconds is not None:
            return moment - timedelta(seconds=seconds) if moment else None
    wanted = "an ISO 8601 duration without months and years that does not reach back before the year 1"
    raise _WrongError("result/duration", wanted, duration)


def _of_hundred(score: _Score) -> float | None:
    """The raw score on a scale to 100, where the statement says which scale it is on."""
    if score.raw is None or score.min is None or score.max is None or score.max <= score.min:
        return score.raw
    if (score.min, score.max) == (0, 100):
        return score.raw
    return (score.raw - score.min) / (score.max - score.min) * 100


def _learner(actor: _Actor, pseudonyms: Pseudonyms) -> str | None:
    account = actor.account
    if account is not None:
        if account.homePage == xapi.LEARNERS and (account.name == xapi.NOBODY or re.fullmatch(PATTERN, account.name)):
            return None if account.name == xapi.NOBODY else account.name
        return pseudonyms(f"{account.homePage} {account.name}")
    named = actor.mbox or actor.mbox_sha1sum or actor.openid
    if not named:
        raise _WrongError("actor", "an account, an mbox or an openid", None)
    return pseudonyms(named)


def _merged(statements: Path, folder: Path) -> tuple[Path, int]:
    """One record for each registration, numbered as the first of its statements."""
    target = folder / "records.parquet"
    carried = ", ".join(
        f"first({name} ORDER BY rank, record) FILTER (WHERE {name} IS NOT NULL) AS {name}"
        for name in ("end_reason", *_CARRIED)
    )
    ended = f"first(moment ORDER BY rank, moment, record) FILTER (WHERE rank < {_BEGUN})"
    earlier = f"first(earlier ORDER BY rank, moment, record) FILTER (WHERE rank < {_BEGUN})"
    started = f"coalesce(min(moment) FILTER (WHERE rank = {_BEGUN}), {earlier})"
    query = (
        f"SELECT run_id, min(record) AS record, arg_min(line, record) AS line, {started} AS started_at, "  # noqa: S608 - constants and an own path
        f"{ended} AS ended_at, {carried} FROM read_parquet({literal(statements)}) GROUP BY run_id"
    )
    with workshop(folder / "merging") as work:
        [(count,)] = work.run(f"COPY ({query}) TO {literal(target)} (FORMAT parquet)")
    return target, count
