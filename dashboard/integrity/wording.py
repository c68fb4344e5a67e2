"""The audit in sentences: the light, what changed since the last run, and what could not be judged."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dashboard import words
from scenario_core.integrity import Outcome, Report, Severity
from scenario_core.integrity.history import CheckRun
from scenario_core.integrity.reports.content import in_order, not_checked

__all__ = [
    "LIGHTS",
    "Light",
    "facts",
    "light",
    "moment_and_age",
    "not_judged",
    "not_run",
    "scope",
    "since_last_run",
    "totals",
]

MINUTE, HOUR, DAY = 60, 3600, 86_400
_NAMED: Final = 4
"""How many checks a sentence names."""


@dataclass(frozen=True, slots=True)
class Light:
    """How the light is drawn, and what it says."""

    kind: str
    title: str


LIGHTS: Final[Mapping[str, Light]] = {
    "green": Light("good", "The catalogue is in order."),
    "yellow": Light("warn", "The catalogue has warnings."),
    "red": Light("bad", "The catalogue needs mending."),
    "grey": Light("unknown", "Not everything could be checked."),
}


def light(report: Report) -> tuple[Light, str]:
    """The light, and why it is as it is."""
    if report.light == "green":
        return LIGHTS["green"], "Every check has run, and none found an error or a warning."
    asked = in_order(report.outcomes)
    reasons = {
        "Checks with errors": [each.name for each in asked if _found(report, each, Severity.ERROR)],
        "Could not run": [each.name for each in asked if each.problem],
        "With warnings": [each.name for each in asked if _found(report, each, Severity.WARNING)],
    }
    return LIGHTS[report.light], " ".join(f"{what}: {_listed(names)}." for what, names in reasons.items() if names)


def totals(report: Report) -> str:
    """`2 errors, 24 warnings, 30 notices, 3 waived`: what is waived is always said."""
    counts = report.counts()
    found = [words.plural(counts[severity], severity.value) for severity in Severity if counts[severity]]
    return ", ".join([*found, f"{report.waived_count:,} waived"])


def facts(report: Report) -> list[tuple[str, str]]:
    """The totals, those of zero too: how many are waived is always said."""
    counts = report.counts()
    found = [(f"{severity.value.capitalize()}s", f"{counts[severity]:,}") for severity in Severity]
    return [*found, ("Waived", f"{report.waived_count:,}"), ("Could not run", f"{len(report.not_run):,}")]


def scope(report: Report) -> str:
    """`36 checks over 31 production scenarios and 2 shared ones`."""
    shared = f" and {words.plural(report.custom_count, 'shared one')}" if report.custom_count else ""
    checks = words.plural(len(report.outcomes), "check")
    return f"{checks} over {words.plural(report.production_count, 'production scenario')}{shared}"


def since_last_run(report: Report, runs: Iterable[CheckRun], known: Collection[str] | None) -> list[str]:
    """What the last run with a place in the history was the first to find, and what has changed since.

    `known` are the fingerprints of what that run left open; None where there is no history.
    """
    last = next(iter(runs), None)
    if last is None or known is None:
        return []
    said = [f"{last.new:,} new, {last.mended:,} mended, {last.still:,} still there since the run before"]
    silent = {outcome.code for outcome in report.not_run}
    found = {finding.fingerprint for finding in report.findings}
    new = len(found - set(known))
    gone = 0 if silent else len(set(known) - found - report.waived.keys())
    if new or gone:
        said.append(f"after that run {new:,} more, {gone:,} gone")
    return said


def not_run(report: Report) -> list[tuple[str, str, str]]:
    """(code, name, problem) of each check that could not run."""
    return [(outcome.code, outcome.name, outcome.problem) for outcome in in_order(report.not_run)]


def not_judged(report: Report) -> list[dict[str, Any]]:
    """What checks had no means to judge, by the reason: how many scenarios, and by which checks."""
    found: dict[str, dict[str, Any]] = {}
    for outcome, reason, number in not_checked(report):
        entry = found.setdefault(reason, {"reason": reason, "scenarios": 0, "codes": []})
        entry["scenarios"] = max(entry["scenarios"], number)
        entry["codes"].append(outcome.code)
    return list(found.values())


def _ago(seconds: float) -> str:
    """`just now`, `3 minutes ago`."""
    if seconds < MINUTE:
        return "just now"
    size, noun = (DAY, "day") if seconds >= DAY else (HOUR, "hour") if seconds >= HOUR else (MINUTE, "minute")
    return f"{words.plural(int(seconds // size), noun)} ago"


def moment_and_age(at: datetime, now: datetime) -> str:
    """`2026-11-23 17:04 UTC, 3 minutes ago`."""
    return f"{words.moment(at)} UTC, {_ago((now - at).total_seconds())}"


def _found(report: Report, outcome: Outcome, severity: Severity) -> bool:
    return any(each.severity is severity and each.fingerprint not in report.waived for each in outcome.findings)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
