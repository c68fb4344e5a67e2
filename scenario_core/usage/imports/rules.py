"""The rules of records and how their values are read, as DuckDB's SQL over whatever types a file has."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from scenario_core.errors import Fault, InvalidRunsError
from scenario_core.usage.imports.forms import FOREIGN, USER
from scenario_core.usage.learners import PATTERN, pseudonym_sql
from scenario_core.usage.run import COLUMNS, EndReason

_TEXTS: Final = ("run_id", "scenario_id", "store", "learner", "language", "end_reason", "last_phase")
_MOMENTS: Final = ("started_at", "ended_at")
_COUNTS: Final = ("phases_completed", "total_phases")
_NUMBERS: Final = ("minutes", "success_rate", "completion_score")
_LISTS: Final = {"phase_seconds": "DOUBLE[]", "vocabulary": "VARCHAR[]", "objectives": "VARCHAR[]"}
_LENGTHS: Final = {"run_id": 100, "scenario_id": 255, "language": 35, "last_phase": 100}
_ISO: Final = r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d(:?\d\d)?)?)?"
_NUMBER: Final = r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?"
_INTEGERS: Final = frozenset(
    f"{sign}{name}" for sign in ("", "U") for name in ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
)
_NOTHING: Final = frozenset({'"NULL"', "NULL"})
_FLOATS: Final = frozenset({"FLOAT", "DOUBLE"})
_ZONED: Final = frozenset({"TIMESTAMP WITH TIME ZONE", "TIMESTAMPTZ_NS"})
_EARLIEST, _LATEST = "1900-01-01", "3000-01-01"
_REASONS: Final = ", ".join(f"'{reason}'" for reason in EndReason)


@dataclass(frozen=True, slots=True)
class Rule:
    """What must not be true of a record; `found` is the SQL of what to show."""

    field: str
    expected: str
    broken: str
    found: str


@dataclass(frozen=True, slots=True)
class Reading:
    """How a file's columns become those of a run, and what each record must keep to."""

    values: Mapping[str, str]
    """The SQL of each column of a run, over the columns of the file."""
    rules: tuple[Rule, ...]

    @property
    def any_broken(self) -> str:
        """True for a record with a fault."""
        return " OR ".join(f"coalesce({rule.broken}, false)" for rule in self.rules) or "false"

    @property
    def number_broken(self) -> str:
        """How many rules a record breaks."""
        return " + ".join(f"coalesce({rule.broken}, false)::INTEGER" for rule in self.rules) or "0"


def reading_of(types: Mapping[str, str], key: str, *, strict: bool = True) -> Reading:
    """How to read a file whose columns have these types of DuckDB; `key` is that of the pseudonyms.

    Raises:
        InvalidRunsError: a column is of a type that can't hold what it should.
    """
    faults = [
        Fault(f"/{name}", f"a column of {_wanted(name)}", kind)
        for name, kind in types.items()
        if name in (*COLUMNS, USER) and name != "source" and not _fits(name, kind)
    ]
    if faults:
        raise InvalidRunsError(faults, len(faults))
    values = {name: _value(name, types) for name in COLUMNS}
    values["learner"] = _learner(types, key)
    rules = [*_length_rules(types), *(_strict_rules(types, values) if strict else ())]
    return Reading(values, tuple(rules))


def quoted(name: str) -> str:
    """A column's name in SQL."""
    return '"' + name.replace('"', '""') + '"'


def _wanted(name: str) -> str:
    if name in _TEXTS or name == USER:
        return "texts"
    if name in _MOMENTS:
        return "moments or texts"
    if name in _LISTS:
        return "lists of numbers" if name == "phase_seconds" else "lists of texts"
    return "yes or no" if name == "finished_only" else "numbers"


def _fits(name: str, kind: str) -> bool:
    if kind in _NOTHING or (kind == "VARCHAR" and name not in _LISTS):
        return True
    if name in _TEXTS or name == USER:
        return kind in _INTEGERS | {"UUID", "HUGEINT"} or kind.startswith("ENUM") or (name == USER and kind in _FLOATS)
    if name in _MOMENTS:
        return kind.startswith("TIMESTAMP") or kind == "DATE"
    if name in _LISTS:
        inner = kind.removesuffix("[]")
        if name == "phase_seconds":
            return kind.endswith("[]") and (_is_number(inner) or inner in _NOTHING)
        return kind.endswith("[]") and inner in {"VARCHAR", *_NOTHING}
    return kind == "BOOLEAN" if name == "finished_only" else _is_number(kind)


def _is_number(kind: str) -> bool:
    return kind in _INTEGERS | _FLOATS | {"HUGEINT", "UHUGEINT"} or kind.startswith("DECIMAL")


def _value(name: str, types: Mapping[str, str]) -> str:
    column, kind = f"r.{quoted(name)}", types.get(name)
    if name == "source":
        return "'import'"
    if name == "finished_only":
        return "false" if kind is None else f"coalesce(try_cast({column} AS BOOLEAN), false)"
    if name in _TEXTS:
        return "NULL::VARCHAR" if kind is None else f"nullif({column}::VARCHAR, '')"
    target = _target(name)
    if kind is None:
        return f"NULL::{target}"
    if name in _MOMENTS and kind == "VARCHAR":
        return f"CASE WHEN regexp_full_match({column}, '{_ISO}') THEN try_cast({column} AS TIMESTAMPTZ) END"
    if name in _MOMENTS and _is_local(kind):
        moment = _local(name, kind)
        return f"CASE WHEN {_in_range(moment, 'TIMESTAMP')} THEN make_timestamptz(epoch_us({moment})) END"
    if name in _COUNTS:
        return _whole(column, kind)
    if name in _NUMBERS and kind == "VARCHAR":
        return f"CASE WHEN regexp_full_match({column}, '{_NUMBER}') THEN try_cast({column} AS DOUBLE) END"
    return f"try_cast({column} AS {target})"


def _is_local(kind: str) -> bool:
    """Whether moments of a type have no zone; DuckDB's own way of giving them one takes eight times as long."""
    return kind == "DATE" or (kind.startswith("TIMESTAMP") and kind not in _ZONED)


def _local(name: str, kind: str) -> str:
    """In microseconds: nanoseconds can't be compared with moments that are too far away for them."""
    return f"r.{quoted(name)}" if kind == "TIMESTAMP" else f"r.{quoted(name)}::TIMESTAMP"


def _in_range(column: str, kind: str) -> str:
    return f"{column} >= {kind} '{_EARLIEST}' AND {column} < {kind} '{_LATEST}'"


def _target(name: str) -> str:
    if name in _MOMENTS:
        return "TIMESTAMPTZ"
    if name in _COUNTS:
        return "INTEGER"
    return _LISTS.get(name, "DOUBLE")


def _whole(column: str, kind: str) -> str:
    """A whole number; pandas makes fractions of them where one is missing."""
    if kind == "VARCHAR":
        return f"CASE WHEN regexp_full_match({column}, '[+-]?[0-9]+([.]0+)?') THEN try_cast({column} AS INTEGER) END"
    if kind in _FLOATS or kind.startswith("DECIMAL"):
        whole = f"isfinite({column}::DOUBLE) AND {column} = trunc({column})"
        return f"CASE WHEN {whole} THEN try_cast({column} AS INTEGER) END"
    return f"try_cast({column} AS INTEGER)"


def _learner(types: Mapping[str, str], key: str) -> str:
    given = _value("learner", types)
    if (kind := types.get(USER)) is None:
        return given
    column = f"r.{quoted(USER)}"
    if kind in _FLOATS:
        column = f"CASE WHEN isfinite({column}) THEN {column}::BIGINT END"
    return f"coalesce({given}, {pseudonym_sql(key, f''''{FOREIGN}' || nullif({column}::VARCHAR, '')''')})"


def _length_rules(types: Mapping[str, str]) -> list[Rule]:
    rules = []
    for name, longest in _LENGTHS.items():
        if name not in types:
            continue
        text = f"r.{quoted(name)}" if types[name] == "VARCHAR" else f"r.{quoted(name)}::VARCHAR"
        broken = f"length({text}) > {longest} OR contains({text}, chr(0))"
        if name == "run_id":
            broken = f"{text} IS NULL OR {text} = '' OR {broken}"
        rules.append(Rule(name, f"1 to {longest} characters, none of them NUL", broken, f"r.{quoted(name)}"))
    return rules


def _strict_rules(types: Mapping[str, str], values: Mapping[str, str]) -> list[Rule]:
    rules = [rule for name in types if (rule := _readable(name, types, values)) is not None]

    def ask(name: str, expected: str, broken: str) -> None:
        rules.append(_asked(types, name, expected, broken))

    rules += _end_rules(types, values)
    for name, most in (("success_rate", 1), ("completion_score", 100)):
        if name in types:
            ask(name, f"a number from 0 to {most}", f"NOT {values[name]} BETWEEN 0 AND {most}")
    if "minutes" in types:
        ask("minutes", "a number of 0 or more", f"NOT ({values['minutes']} >= 0 AND isfinite({values['minutes']}))")
    for name in _COUNTS:
        if name in types:
            ask(name, "a whole number of 0 or more", f"{values[name]} < 0")
    if set(_COUNTS) <= types.keys():
        low, high = (values[name] for name in _COUNTS)
        ask("phases_completed", "at most total_phases", f"{low} > {high}")
    return rules


def _end_rules(types: Mapping[str, str], values: Mapping[str, str]) -> Iterator[Rule]:
    """A run has an end and a reason, or neither; where finished runs alone are recorded, the moment may be missing."""
    started, ended, reason = (values[name] for name in ("started_at", "ended_at", "end_reason"))
    if {"started_at", "ended_at"} <= types.keys():
        plain = all(_is_local(types[name]) for name in _MOMENTS)
        low, high = (_local(name, types[name]) for name in _MOMENTS) if plain else (started, ended)
        yield _asked(types, "ended_at", "a moment not before started_at", f"{high} < {low}")
    if "end_reason" in types:
        yield _asked(types, "end_reason", f"one of {_REASONS.replace(chr(39), '')}", f"{reason} NOT IN ({_REASONS})")
    if {"ended_at", "end_reason"} & types.keys():
        given = "r.ended_at IS NOT NULL" if "ended_at" in types else "false"
        given = f"({given} AND r.ended_at::VARCHAR <> '')" if types.get("ended_at") == "VARCHAR" else given
        yield _asked(types, "end_reason", "a reason, since ended_at is given", f"{given} AND {reason} IS NULL")
        late = f"NOT ({given}) AND {reason} IS NOT NULL AND NOT {values['finished_only']}"
        yield _asked(types, "ended_at", "a moment, since end_reason is given", late)


def _asked(types: Mapping[str, str], name: str, expected: str, broken: str) -> Rule:
    return Rule(name, expected, broken, f"r.{quoted(name)}" if name in types else "NULL")


def _readable(name: str, types: Mapping[str, str], values: Mapping[str, str]) -> Rule | None:
    """A value that is there can be read; whatever the type of its column."""
    column, kind = f"r.{quoted(name)}", types[name]
    given = f"{column} <> ''" if kind == "VARCHAR" else f"{column} IS NOT NULL"
    lost = f"({given} AND {values.get(name)} IS NULL)"
    if name in _MOMENTS:
        wanted = "an ISO 8601 moment of the years 1900 to 2999, such as 2026-01-31T18:30:00Z"
        if _is_local(kind):
            return Rule(name, wanted, f"NOT ({_in_range(_local(name, kind), 'TIMESTAMP')})", column)
        return Rule(name, wanted, f"{lost} OR NOT ({_in_range(values[name], 'TIMESTAMPTZ')})", column)
    if name in _COUNTS:
        return Rule(name, "a whole number", lost, column)
    if name in _NUMBERS:
        return Rule(name, "a number", lost, column)
    if name == "finished_only" and kind == "VARCHAR":
        return Rule(name, "true or false", lost, column)
    if name == "learner":
        wrong = f"{column}::VARCHAR <> '' AND NOT regexp_full_match({column}::VARCHAR, '{PATTERN}')"
        return Rule(name, "16 hexadecimal digits, or else the column `user`", wrong, "'(not shown)'")
    if name == "phase_seconds":
        wrong = f"NOT (list_min({values[name]}) >= 0 AND isfinite(list_max({values[name]})))"
        return Rule(name, "numbers of 0 or more", f"{wrong} OR {_has_gaps(column)}", column)
    if name in _LISTS:
        return Rule(name, "texts", _has_gaps(column), column)
    return None


def _has_gaps(column: str) -> str:
    return f"list_count({column}) <> len({column})"
