"""xAPI statements: what a run says of itself, and the statements that make up a run.

Each run is a registration. It was `initialized`, and it was `completed`, `abandoned` or `terminated` unless it is open.
A registration must be a UUID: where a run's id is none, one is made of it, and the id stands in the context's
extensions.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, unquote

import orjson

from scenario_core.usage.run import EndReason

HOME: Final = "https://scenario-desk.invalid/"
"""Begins the names that this project gives; nobody can own a domain that ends so."""
LEARNERS: Final = f"{HOME}learners"
SCENARIOS: Final = f"{HOME}scenarios/"
EXTENSIONS: Final = f"{HOME}extensions/"
NOBODY: Final = "nobody"
"""The account of a run whose source names no learner."""
INITIALIZED: Final = "http://adlnet.gov/expapi/verbs/initialized"
ENDINGS: Final = {
    EndReason.COMPLETED: "http://adlnet.gov/expapi/verbs/completed",
    EndReason.ABANDONED: "https://w3id.org/xapi/adl/verbs/abandoned",
    EndReason.TERMINATED: "http://adlnet.gov/expapi/verbs/terminated",
}
RESULT_FIELDS: Final = (
    "last_phase", "phases_completed", "total_phases", "phase_seconds", "minutes", "vocabulary", "objectives",
    "finished_only",
)  # fmt: skip
"""What stands in the extensions of a result under its own name."""
_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, HOME)
_DURATION: Final = re.compile(
    r"P(?:(?P<weeks>\d+(?:\.\d+)?)W)?(?:(?P<days>\d+(?:\.\d+)?)D)?"
    r"(?:T(?:(?P<hours>\d+(?:\.\d+)?)H)?(?:(?P<minutes>\d+(?:\.\d+)?)M)?(?:(?P<seconds>\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)


def lines_of(run: Mapping[str, Any]) -> Iterator[bytes]:
    """The statements of one run, one JSON line each."""
    for statement in statements_of(run):
        yield orjson.dumps(statement, option=orjson.OPT_APPEND_NEWLINE)


def statements_of(run: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The statements of one run as JSON values."""
    reason = run["end_reason"]
    said = [_statement(run, INITIALIZED, run["started_at"], None if reason else {**_scored(run), **_extended(run)})]
    if reason:
        result = {**_scored(run), **_extended(run), "completion": reason == EndReason.COMPLETED}
        result["success"] = reason == EndReason.COMPLETED
        if (duration := _duration_of(run["started_at"], run["ended_at"])) is not None:
            result["duration"] = duration
        said.append(_statement(run, ENDINGS[EndReason(reason)], run["ended_at"], result))
    return said


def registration_of(run_id: str) -> str:
    """The UUID that stands for a run."""
    return run_id if _is_uuid(run_id) else str(uuid.uuid5(_NAMESPACE, run_id.encode(errors="replace").hex()))


def scenario_of(activity_id: str) -> str | None:
    """The scenario that an activity is: one of this project by its id, any other by the activity's whole name."""
    if activity_id.startswith(SCENARIOS):
        return unquote(activity_id.removeprefix(SCENARIOS)) or None
    return activity_id


def seconds_of(duration: str) -> float | None:
    """The length of an ISO 8601 duration.

    None if it is none, counts in months and years, whose length varies, or is longer than `timedelta.max`.
    """
    found = _DURATION.fullmatch(duration)
    if found is None or not any(found.groupdict().values()):
        return None
    try:
        return timedelta(**{name: float(text) for name, text in found.groupdict().items() if text}).total_seconds()
    except OverflowError:
        return None


def _is_uuid(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", text) is not None


def _statement(
    run: Mapping[str, Any], verb: str, moment: datetime | None, result: dict[str, Any] | None
) -> dict[str, Any]:
    registration = registration_of(run["run_id"])
    named = {} if registration == run["run_id"] else {f"{EXTENSIONS}run_id": run["run_id"]}
    stored = {f"{EXTENSIONS}store": run["store"]} if run["store"] else {}
    context: dict[str, Any] = {"registration": registration}
    if run["language"]:
        context["language"] = run["language"]
    if named or stored:
        context["extensions"] = {**named, **stored}
    statement: dict[str, Any] = {
        "id": str(uuid.uuid5(_NAMESPACE, f"{registration} {verb}")),
        "actor": {"objectType": "Agent", "account": {"homePage": LEARNERS, "name": run["learner"] or NOBODY}},
        "verb": {"id": verb, "display": {"en": verb.rpartition("/")[2]}},
        "object": {"objectType": "Activity", "id": SCENARIOS + quote(run["scenario_id"] or "", safe="")},
        "context": context,
    }
    if result:
        statement["result"] = result
    if moment is not None:
        statement["timestamp"] = moment.replace(tzinfo=None).isoformat() + "Z"
    return statement


def _scored(run: Mapping[str, Any]) -> dict[str, Any]:
    score: dict[str, Any] = {}
    if run["success_rate"] is not None:
        score["scaled"] = run["success_rate"]
    if run["completion_score"] is not None:
        score |= {"raw": run["completion_score"], "min": 0, "max": 100}
    return {"score": score} if score else {}


def _extended(run: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that xAPI has no place for; those of open runs too."""
    told = {
        f"{EXTENSIONS}{name}": run[name] for name in RESULT_FIELDS if run[name] is not None and run[name] is not False
    }
    return {"extensions": told} if told else {}


def _duration_of(started: datetime | None, ended: datetime | None) -> str | None:
    if started is None or ended is None or ended < started:
        return None
    microseconds = (ended - started) // timedelta(microseconds=1)
    return f"PT{microseconds // 1_000_000}.{microseconds % 1_000_000:06}S"
