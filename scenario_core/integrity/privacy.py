"""What may be said of custom scenarios: a private one is its owner's matter alone, and so is a deleted one.

Structural checks look at every row of the database, and records of the past may name a scenario that was shared then.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

import sqlalchemy as sa

from scenario_core.custom.audit import storable
from scenario_core.custom.tables import RECORDS, SCENARIOS, is_custom
from scenario_core.integrity.findings import About, Finding, Outcome
from scenario_core.scenario import Store

BATCH: Final = 500
PRIVATE_NOW: Final = "a scenario that is private now"
_PRIVATE_ID: Final = "(private now)"
_ESCAPE: Final = r"""\\(?:[\\'"nrt]|x[0-9a-f]{2}|u[0-9a-f]{4}|U[0-9a-f]{8})"""
_QUOTED: Final = re.compile(rf"""(?=('(?:[^'\\]|{_ESCAPE})+'|"(?:[^"\\]|{_ESCAPE})+"))""")


@dataclass(frozen=True, slots=True)
class CustomRows:
    """What the database says of some ids.

    Attributes:
        shared: What people call the scenarios that everyone may see, by id.
        private: The row numbers of those that are their owners' matter, by id; none where the scenario was deleted.
    """

    shared: Mapping[str, About] = field(default_factory=dict)
    private: Mapping[str, Sequence[int]] = field(default_factory=dict)


def custom_rows(connection: sa.Connection, scenario_ids: Iterable[str]) -> CustomRows:
    """Which of these ids are shared custom scenarios, and which private ones; ids of neither store are left out."""
    names = ("id", "scenario_id", "title", "category", "is_public")
    columns = [SCENARIOS.c[name] for name in names]
    shared: dict[str, About] = {}
    private: dict[str, list[int]] = {}
    wanted = sorted(name for name in set(scenario_ids) if storable(name) == name)
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        query = sa.select(*columns, is_custom().label("custom")).where(SCENARIOS.c.scenario_id.in_(batch))
        known = set()
        for row in connection.execute(query.order_by(SCENARIOS.c.id)):
            known.add(row.scenario_id)
            if row.custom and row.is_public:
                shared[row.scenario_id] = About(row.title, row.category, Store.CUSTOM)
            elif row.custom:
                private.setdefault(row.scenario_id, []).append(row.id)
        recorded = connection.scalars(sa.select(RECORDS.c.scenario_id).where(RECORDS.c.scenario_id.in_(batch)))
        private |= {name: [] for name in recorded if name not in known}
    return CustomRows({name: about for name, about in shared.items() if name not in private}, private)


def subjects(findings: Iterable[Finding]) -> set[str]:
    """The ids that findings name and that may be those of custom scenarios."""
    return {
        each.scenario_id for each in findings if each.scenario_id is not None and each.store is not Store.PRODUCTION
    }


def redacted(outcome: Outcome, rows: CustomRows | None) -> Outcome:
    """What a structural check found, without saying whose private scenario it found it in, nor what it says.

    Such findings come last, in the order of their rows. Where `rows` is None nothing is known of any custom scenario.
    """
    told = [finding for finding in outcome.findings if not _is_private(finding, rows)]
    hidden = [finding for finding in outcome.findings if _is_private(finding, rows)]
    made = [_hidden(outcome, finding, rows) for finding in hidden]
    return replace(outcome, findings=(*told, *sorted(made, key=lambda each: (each.message, each.fingerprint))))


def quoted(message: str) -> dict[str, str]:
    """What stands in quotes in a message, as ids do, with the very text that stands for it."""
    found = {}
    for text in _QUOTED.findall(message):
        with suppress(ValueError, SyntaxError):
            found[str(ast.literal_eval(text))] = text
    return found


class OfThePast(Protocol):
    """What was recorded of a finding."""

    @property
    def scenario_id(self) -> str | None:
        """The scenario that it was found in."""
        ...

    @property
    def message(self) -> str:
        """What was said then."""
        ...


def private_in(connection: sa.Connection, recorded: Sequence[OfThePast]) -> Collection[str]:
    """The ids that are private now among those that these records are about, or name in their messages."""
    named = {each.scenario_id for each in recorded if each.scenario_id is not None}
    return custom_rows(connection, named.union(*(quoted(each.message) for each in recorded))).private.keys()


def told_now(message: str, private: Collection[str]) -> str:
    """A message of the past without the ids that are private now."""
    for name, text in quoted(message).items():
        if name in private:
            message = message.replace(text, _PRIVATE_ID)
    return message


def _is_private(finding: Finding, rows: CustomRows | None) -> bool:
    if finding.scenario_id is None or finding.store is Store.PRODUCTION:
        return False
    if finding.store is Store.CUSTOM:
        return rows is None or finding.scenario_id not in rows.shared
    return rows is not None and finding.scenario_id in rows.private


def _hidden(outcome: Outcome, finding: Finding, rows: CustomRows | None) -> Finding:
    numbers = rows.private.get(finding.scenario_id or "", ()) if rows else ()
    where = f"row {', '.join(map(str, numbers))}, a private scenario" if numbers else "a private scenario"
    return Finding(
        finding.code,
        finding.severity,
        f"{where}: {outcome.name}",
        store=finding.store,
        hint=finding.hint,
        fingerprint=finding.fingerprint,
    )
