"""Checks of the production file itself."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Final, Literal

from scenario_core.errors import Fault
from scenario_core.integrity.checks.base import Check, StructuralCheck
from scenario_core.integrity.findings import Finding
from scenario_core.integrity.snapshot import Snapshot
from scenario_core.production.validation import NOT_JSON
from scenario_core.scenario import Store

_LINES: Final = re.compile(r" in (?:the record that begins in )?line \d+(?:, column \d+)?")


def place_in_record(fault: Fault) -> str:
    """The fault's pointer from its record on, which is what a finding points into."""
    parts = fault.pointer.split("/")
    return "".join(f"/{part}" for part in parts[2:])


def flagged(faults: Iterable[Fault]) -> Iterator[tuple[Fault, object]]:
    """Each fault with what is flagged: what was found, without the lines, which move; equal ones are numbered."""
    seen: Counter[tuple[str, str]] = Counter()
    for fault in faults:
        names_lines = fault.rule == "repeated_key" or fault.expected.startswith(NOT_JSON)
        value = _LINES.sub("", fault.actual) if names_lines else fault.actual
        seen[fault.pointer, value] += 1
        number = seen[fault.pointer, value]
        yield fault, value if number == 1 else [value, number]


class ProductionServedFromFile(StructuralCheck):
    """The production file can be read as a whole, so that what is served is what it holds.

    ## Why it matters

    While the file can't be read everyone sees its newest readable backup, or the few predefined scenarios, and nothing
    can be saved.

    ## How to mend it

    Mend the file at the place that is named, or put a backup in its place: `scenario-desk backup restore`.

    ## Examples

    Found: a file that ends in the middle of a record; a file that is a list and not an object; no file at all.

    Fine: an object of records, of which some may be invalid: those are found by IC102.

    ## Limits

    It says nothing about the records inside.
    """

    code, name, needs_database = "IC101", "production file readable", False

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding with the reason."""
        source = snapshot.production.source
        if not source.is_file:
            yield self.finding(
                source.reason,
                expected="a production file that can be read",
                actual=source.reason,
                hint="Run `scenario-desk backup list`, then `scenario-desk backup restore`.",
            )


class ReadersRule(StructuralCheck):
    """What production's reader says about one rule: of ids by its name, of values where it is empty."""

    rule: Literal["", "key", "namespace", "repeated_key", "repeated_phase"]

    def broken(self, snapshot: Snapshot, hint: str) -> Iterator[Finding]:
        """One finding for each fault of the rule."""
        for fault, value in flagged(fault for fault in snapshot.production.loaded.errors if fault.rule == self.rule):
            yield self.finding(
                f"expected {fault.expected}" + (f", found {fault.actual}" if fault.actual else ""),
                scenario_id=fault.scenario_id,
                store=Store.PRODUCTION,
                pointer=place_in_record(fault),
                expected=fault.expected,
                actual=fault.actual,
                value=value,
                hint=hint,
            )


class ProductionRecordsValid(ReadersRule):
    """Every record of the production file is a valid scenario.

    ## Why it matters

    A record that is not stays in the file byte for byte, but nobody can practise it, and the mirror does not hold it.

    ## How to mend it

    Mend the field that the pointer names, or bring the scenario back: `scenario-desk backup restore --scenario ID`.

    ## Examples

    Found: a category that is none of the ten; minutes as text; a record without phases; a comma missing inside a
    record.

    Fine: fields that this project does not know, a missing language, empty lists.

    ## Limits

    What is wrong with ids has checks of its own: IC110, IC111, IC113 and IC115. Below the authoring limits is CQ202.
    """

    code, name, needs_database, rule = "IC102", "production records valid", False, ""

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each fault."""
        yield from self.broken(
            snapshot, "Mend the field in the production file, or restore the scenario from a backup."
        )


CHECKS: Final[tuple[type[Check], ...]] = (ProductionServedFromFile, ProductionRecordsValid)
