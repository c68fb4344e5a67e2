"""Asking the content checks: each scenario is read once, and only if it has changed since it was last looked at."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from scenario_core.integrity.checks.base import ContentCheck, Gathered
from scenario_core.integrity.findings import Finding, Outcome, Severity
from scenario_core.integrity.reading import Reading
from scenario_core.integrity.results import Result, Results
from scenario_core.integrity.snapshot import CouldNotRunError, Snapshot, Unread
from scenario_core.progress import Progress
from scenario_core.scenario import Store

TOLD_EVERY: Final = 25


@dataclass(frozen=True, slots=True)
class Found:
    """What all content checks came to, and how many shared custom scenarios they looked at."""

    outcomes: tuple[Outcome, ...] = ()
    custom_count: int = 0


@dataclass
class _Tally:
    """What one check has come to so far."""

    findings: list[Finding] = field(default_factory=list)
    gathered: dict[str, Gathered] = field(default_factory=dict)
    not_checked: Counter[str] = field(default_factory=Counter)
    problem: str = ""


def run(snapshot: Snapshot, checks: Sequence[ContentCheck], results: Results, progress: Progress) -> Found:
    """Ask every check about every scenario that it may look at, then about all together."""
    if not checks:
        return Found()
    tallies: dict[str, _Tally] = defaultdict(_Tally)
    scenarios, problem = _listed(snapshot)
    kept = results.read() if scenarios else {}
    fresh: dict[str, Result] = {}
    for done, unread in enumerate(scenarios, start=1):
        known = kept.get(unread.digest, {})
        result = _asked(unread, [check for check in checks if check.code not in known], tallies)
        if result and unread.digest:
            fresh[unread.digest] = {**known, **result}
        _add(unread, {**known, **result}, checks, tallies)
        if done % TOLD_EVERY == 0 or done == len(scenarios):
            progress(done, len(scenarios))
    results.keep(fresh, kept.keys() - {unread.digest for unread in scenarios} if not problem else set())
    outcomes = tuple(_concluded(check, tallies[check.code], problem) for check in checks)
    return Found(outcomes, sum(1 for unread in scenarios if unread.store is Store.CUSTOM))


def _listed(snapshot: Snapshot) -> tuple[list[Unread], str]:
    """The scenarios to look at, and why they are not all of them."""
    scenarios: list[Unread] = []
    try:
        scenarios.extend(snapshot.unread())
    except CouldNotRunError as error:
        return list(snapshot.unread_production()), f"shared custom scenarios could not be read: {error}"
    return scenarios, ""


def _asked(unread: Unread, checks: Sequence[ContentCheck], tallies: Mapping[str, _Tally]) -> Result:
    """What these checks find in one scenario, in the form in which it is kept."""
    if not checks:
        return {}
    try:
        reading = unread.read()
    except CouldNotRunError as error:
        for check in checks:
            tallies[check.code].not_checked[str(error)] += 1
        return {}
    result: Result = {}
    for check in checks:
        try:
            result[check.code] = _answer(check, reading)
        except Exception as error:  # noqa: BLE001 - a check that crashes must not hide what the others find
            problem = f"{check.code} failed on {unread.scenario_id}: {type(error).__name__}: {error}"
            tallies[check.code].problem = problem
    return result


def _answer(check: ContentCheck, reading: Reading) -> dict[str, Any] | None:
    """None where there is nothing to say and nothing to gather, which is nearly always: so it is quick to keep."""
    reason = check.not_checked(reading)
    if reason:
        return {"not_checked": reason}
    findings, gathered = [finding.to_json() for finding in check.read(reading)], check.gather(reading)
    return {"findings": findings, "gathered": gathered} if findings or gathered is not None else None


def _add(
    unread: Unread, result: Mapping[str, Any], checks: Sequence[ContentCheck], tallies: Mapping[str, _Tally]
) -> None:
    for check in checks:
        answer = result.get(check.code)
        if answer is None:
            continue
        tally = tallies[check.code]
        if reason := answer.get("not_checked"):
            tally.not_checked[reason] += 1
            continue
        tally.findings += map(finding_of, answer["findings"])
        if answer["gathered"] is not None:
            tally.gathered[unread.scenario_id] = Gathered(unread.store, answer["gathered"])


def finding_of(values: Mapping[str, Any]) -> Finding:
    """A finding from its plain JSON values."""
    store = values["store"]
    return Finding(**{**values, "severity": Severity(values["severity"]), "store": Store(store) if store else None})


def _concluded(check: ContentCheck, tally: _Tally, problem: str) -> Outcome:
    found = list(tally.findings)
    try:
        found += check.conclude(tally.gathered)
    except Exception as error:  # noqa: BLE001 - as above
        problem = problem or f"the check failed: {type(error).__name__}: {error}"
    return Outcome(
        check.code,
        check.name,
        findings=tuple(sorted(found, key=lambda finding: (finding.scenario_id or "", finding.pointer))),
        problem=tally.problem or problem,
        not_checked=dict(sorted(tally.not_checked.items())),
    )
