"""Findings, waivers and reports to draw."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from scenario_core.integrity import About, Finding, Outcome, Report, Severity, Waiver
from scenario_core.scenario import Store
from tests.core.steward_examples import HOTEL
from tests.factories import ADMIN

MOMENT = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def finding(code: str = "CQ205", scenario_id: str | None = HOTEL, number: int = 0, **fields: Any) -> Finding:
    values = {
        "severity": Severity.NOTICE,
        "message": f"message {number}",
        "store": Store.PRODUCTION if scenario_id else None,
        "fingerprint": f"{code}-{scenario_id}-{number}",
        **fields,
    }
    return Finding(code, scenario_id=scenario_id, **values)


def waiver(of: Finding, **fields: Any) -> Waiver:
    values = {"reason": "meant so", "author_id": ADMIN, "created_at": MOMENT, **fields}
    return Waiver("w", of.fingerprint, of.code, of.scenario_id, of.field, of.message, **values)


def report(*found: Finding, waived: tuple[Finding, ...] = (), problems: tuple[str, ...] = ()) -> Report:
    codes = dict.fromkeys([*(each.code for each in found), *problems])
    outcomes = tuple(
        Outcome(
            code, f"name of {code}", tuple(each for each in found if each.code == code), "gone" * (code in problems)
        )
        for code in codes
    )
    ids = {each.scenario_id for each in found if each.scenario_id}
    about = {name: About(f"Title of {name}", "travel", Store.PRODUCTION) for name in ids}
    return Report(outcomes, 3, "0" * 64, waived={each.fingerprint: waiver(each) for each in waived}, about=about)
