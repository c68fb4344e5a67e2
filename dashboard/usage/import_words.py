"""What is said of imports: what one would do, the faults of its records, and the imports that there were."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

import pandas as pd

from dashboard.words import moment, plain, plural
from scenario_core.errors import Fault
from scenario_core.exports.sheets import Cell, csv_of
from scenario_core.usage.imports import Form, ImportPlan, RunImport
from scenario_core.usage.imports.applying import MOST_UNKNOWN

__all__ = ["FORMS", "details", "fault_table", "faults_csv", "faults_said", "history", "taken_for", "ways_to_read"]

FORMS: Final[Mapping[Form, str]] = {
    Form.CSV: "CSV",
    Form.JSONL: "JSON Lines",
    Form.PARQUET: "Parquet",
    Form.XAPI: "xAPI statements",
    Form.APP: "Database of the existing app",
}
_FAULT: Final = ("record", "field", "expected", "found")


def taken_for(form: Form) -> str:
    """What a file of a form is read as."""
    return "a database of the existing app" if form is Form.APP else FORMS[form]


def ways_to_read(form: Form) -> list[Form]:
    """The forms that a file may be taken for whose content looks like one."""
    return [Form.APP] if form is Form.APP else [each for each in FORMS if each is not Form.APP]


def details(plan: ImportPlan) -> list[str]:
    """What a person should know of a plan beside how many runs are new, known and faulty."""
    counts = (
        (plan.open, "of the new runs is still open", "of the new runs are still open"),
        (plan.closed, "run that was open has ended since", "runs that were open have ended since"),
        (
            plan.differing,
            "run that is in already differs here; it stays as it is",
            "runs that are in already differ here; they stay as they are",
        ),
        (
            plan.without_scenario,
            "run names no scenario; it is kept and counted as such",
            "runs name no scenario; they are kept and counted as such",
        ),
        (
            plan.unknown_count,
            "run is of a scenario that no store knows; it is kept and counted as such",
            "runs are of scenarios that no store knows; they are kept and counted as such",
        ),
    )
    said = [plural(number, one, many) for number, one, many in counts if number]
    if plan.unknown_scenarios:
        named = ", ".join(f"{name} ({number:,})" for name, number in plan.unknown_scenarios.items())
        most = (
            "Unknown scenarios" if len(plan.unknown_scenarios) < MOST_UNKNOWN else "The most frequent unknown scenarios"
        )
        said.append(f"{most}: {named}")
    return said + [f"{number:,} {note}" for note, number in plan.notes.items()]


def fault_table(faults: Iterable[Fault]) -> pd.DataFrame:
    """One row for each fault, as Markdown that shows exactly what there is; without columns in which nothing stands."""
    rows = [{name: plain(str(cell or "")) for name, cell in _fault(fault).items()} for fault in faults]
    frame = pd.DataFrame(rows, columns=list(_FAULT), dtype=str)
    return frame.loc[:, (frame != "").any()].rename(columns=str.capitalize)


def faults_csv(name: str, faults: Iterable[Fault], count: int) -> bytes:
    """The faults of a file as a table for spreadsheets; `count` is how many there are."""
    rows = [_fault(fault) for fault in faults]
    said = [("File", name), ("Faults", f"{count:,}")]
    if len(rows) < count:
        said.append(("Listed", f"the first {len(rows):,}"))
    return csv_of(list(_FAULT), rows, said)


def history(imports: Iterable[RunImport], person: Callable[[int], str]) -> pd.DataFrame:
    """One row for each import: `at`, `by`, `name`, `form`, `added`, `known`, `faulty`."""
    rows = [
        (moment(each.at), person(each.actor_id), each.name, _form(each.form), each.added, each.known, each.faulty)
        for each in imports
    ]
    return pd.DataFrame(rows, columns=["at", "by", "name", "form", "added", "known", "faulty"])


def faults_said(number: int) -> str:
    """`1 record has a fault.`, `12 records have faults.`."""
    return f"{plural(number, 'record')} {'has a fault' if number == 1 else 'have faults'}"


def _form(name: str) -> str:
    return FORMS[Form(name)] if name in set(Form) else name


def _fault(fault: Fault) -> dict[str, Cell]:
    record, _, field = fault.pointer.removeprefix("/").partition("/")
    number = int(record) if record.isascii() and record.isdigit() else None
    return {
        "record": number,
        "field": field if number is not None else record,
        "expected": fault.expected,
        "found": fault.actual,
    }
