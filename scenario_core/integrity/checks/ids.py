"""Checks of ids: they route a request to the right store, and must never be mistaken for each other."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Final

from scenario_core.custom.convert import SCENARIO_WIDTHS
from scenario_core.integrity.checks.base import Check, StructuralCheck
from scenario_core.integrity.checks.production import ReadersRule
from scenario_core.integrity.findings import Finding, Severity
from scenario_core.integrity.snapshot import Snapshot
from scenario_core.scenario import Store, in_custom_namespace, is_custom_id

_DESCRIPTIVE: Final = re.compile(r"[a-z0-9]+(_[a-z0-9]+)*")


def alike(scenario_id: str) -> str:
    """A form that two ids share if people or programs may take one for the other: case and Unicode form are folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", scenario_id).casefold())


class IdsDistinct(StructuralCheck):
    """No two ids can be mistaken for each other, in one store or across both, by case or Unicode form either.

    ## Why it matters

    A link, a run or a copy that names one scenario must never reach another.

    ## How to mend it

    Duplicate the custom scenario, which gives it a new id, and delete the old one; rename one of two in production.

    ## Examples

    Found: `hotel_check_in` in production and as a custom scenario; `Hotel_check_in` beside it; an id with a
    full-width letter.

    Fine: `hotel_check_in` and `hotel_check_in_2`.

    ## Limits

    Letters of different scripts that look alike (a Latin and a Cyrillic one) are not folded together. The id of a
    private scenario is not told.
    """

    code, name = "IC106", "ids distinct"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each id that comes after the one it can be mistaken for."""
        seen: dict[str, str] = {}
        private: set[str] = set()
        for scenario_id in snapshot.scenarios:
            twin = seen.setdefault(alike(scenario_id), scenario_id)
            if twin != scenario_id:
                yield self._mistaken(scenario_id, Store.PRODUCTION, twin, "Rename one of them.")
        for row in snapshot.rows:
            if row.is_system_scenario:
                continue
            twin = seen.setdefault(alike(row.scenario_id), row.scenario_id)
            if twin != row.scenario_id or twin in snapshot.scenarios:
                hint, is_told = "Duplicate it, then delete it.", twin not in private
                yield self._mistaken(row.scenario_id, Store.CUSTOM, twin, hint, is_told=is_told)
            elif not row.is_public:
                private.add(row.scenario_id)

    def _mistaken(self, scenario_id: str, store: Store, twin: str, hint: str, *, is_told: bool = True) -> Finding:
        return self.finding(
            f"can be mistaken for {twin!r}" if is_told else "can be mistaken for a private scenario",
            scenario_id=scenario_id,
            store=store,
            actual=twin if is_told else "a private scenario",
            value=twin,
            hint=hint,
        )


class KeysAgreeWithIds(ReadersRule):
    """Each record's `scenario_id` is the key under which it stands.

    ## Why it matters

    One program reads the key, another the field: the same scenario would be known by two ids.

    ## How to mend it

    Decide which of both is right, and write it in both places.

    ## Examples

    Found: the key `hotel_check_in` with a record whose `scenario_id` is `hotel_checkin`.

    Fine: equal ones.

    ## Limits

    A record without any `scenario_id` is invalid, which IC102 finds.
    """

    code, name, needs_database, rule = "IC110", "key and id agree", False, "key"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each record that disagrees with its key."""
        yield from self.broken(snapshot, "Write the same id in both places.")


class IdsInTheirNamespace(ReadersRule):
    """Ids that begin with `custom_` are custom, all others are production's.

    ## Why it matters

    The beginning of an id routes it to its store; an id on the wrong side reaches the other store, or none.

    ## How to mend it

    Rename a production scenario that begins with `custom_`. Custom scenarios of an adopted database may lack the
    prefix: they stay usable as they are; a duplicate gets an id of the right form.

    ## Examples

    Found: `custom_dinner` in the production file or among the system rows (an error); a custom scenario `trip` (a
    notice).

    Fine: `customer_service_call` in production.

    ## Limits

    Custom ids without the prefix work as long as no production scenario takes the same id, which IC106 watches. A
    private scenario is named by the number of its row alone.
    """

    code, name, rule = "IC111", "ids in their namespace", "namespace"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """Findings for production records, for system rows and for custom rows on the wrong side."""
        yield from self.broken(snapshot, "Rename it: `custom_` is for scenarios of authors.")
        for row in snapshot.rows:
            if row.is_system_scenario and in_custom_namespace(row.scenario_id):
                yield self._wrong(row.scenario_id, Store.PRODUCTION, "an id without the prefix custom_", Severity.ERROR)
            elif not row.is_system_scenario and not in_custom_namespace(row.scenario_id):
                yield self._wrong(row.scenario_id, Store.CUSTOM, "an id with the prefix custom_", Severity.NOTICE)

    def _wrong(self, scenario_id: str, store: Store, expected: str, severity: Severity) -> Finding:
        what = "a system row" if store is Store.PRODUCTION else "a custom scenario, usable as it is"
        return self.finding(
            f"{what}: expected {expected}",
            severity=severity,
            scenario_id=scenario_id,
            store=store,
            expected=expected,
            actual=scenario_id,
            hint="Run `scenario-desk migrate --plan`." if store is Store.PRODUCTION else "A duplicate gets a new id.",
        )


class IdsWellFormed(StructuralCheck):
    """Production ids are words with underscores, custom ids `custom_{category}_{seconds}_{8 hex digits}`.

    ## Why it matters

    Ids stand in links, file names and commands. An id with spaces or unprintable characters breaks some of them;
    one that is too long can't be mirrored.

    ## How to mend it

    Rename the production scenario. A duplicate of a custom scenario gets an id of the right form.

    ## Examples

    Found: `hotel check-in`, an id with a line break (an error), an id of more than 100 characters (an error),
    `custom_dinner`.

    Fine: `hotel_check_in`, `custom_travel_1795446000_5678bcdf`.

    ## Limits

    Form is a convention: ids of another form that are printable work, and are only noted. A private scenario is named
    by the number of its row alone.
    """

    code, name, severity = "IC112", "ids well formed", Severity.NOTICE

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each id of another form."""
        for scenario_id in snapshot.scenarios:
            if not _DESCRIPTIVE.fullmatch(scenario_id):
                expected = "words of a to z and digits, joined by underscores"
                yield self._malformed(scenario_id, Store.PRODUCTION, expected)
        for row in snapshot.rows:
            custom = not row.is_system_scenario and in_custom_namespace(row.scenario_id)
            if custom and not is_custom_id(row.scenario_id):
                yield self._malformed(row.scenario_id, Store.CUSTOM, "custom_{category}_{seconds}_{8 hex digits}")

    def _malformed(self, scenario_id: str, store: Store, expected: str) -> Finding:
        broken = not scenario_id.isprintable() or scenario_id != scenario_id.strip() or "/" in scenario_id
        too_long = len(scenario_id) > SCENARIO_WIDTHS["scenario_id"]
        return self.finding(
            f"expected {expected}" + (f", at most {SCENARIO_WIDTHS['scenario_id']} characters" if too_long else ""),
            severity=Severity.ERROR if broken or too_long else self.severity,
            scenario_id=scenario_id,
            store=store,
            expected=expected,
            actual=repr(scenario_id),
            hint="Rename it." if store is Store.PRODUCTION else "A duplicate gets an id of this form.",
        )


class IdsStandOnce(ReadersRule):
    """Each id stands once: as a key of the production file, and as a row of the database.

    ## Why it matters

    Of two records under one key every JSON reader silently takes one and hides the other.

    ## How to mend it

    Compare the two records at the lines that are named, and take one of them out of the file.

    ## Examples

    Found: the key `hotel_check_in` in line 1 and again in line 900; two rows with one `scenario_id`.

    Fine: an id that was deleted and comes again.

    ## Limits

    Rows can only repeat where an adopted database has lost its unique index.
    """

    code, name, rule = "IC113", "ids stand once", "repeated_key"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each repetition in the file, and one for each id with several rows."""
        yield from self.broken(snapshot, "Compare the two records and take one out.")
        counts = Counter(row.scenario_id for row in snapshot.rows)
        for scenario_id, count in counts.items():
            if count > 1:
                yield self.finding(
                    f"stands in {count} rows of the database",
                    scenario_id=scenario_id,
                    expected="1 row",
                    actual=f"{count} rows",
                    hint="Take all but one out with the program that made them.",
                )


CHECKS: Final[tuple[type[Check], ...]] = (
    IdsDistinct,
    KeysAgreeWithIds,
    IdsInTheirNamespace,
    IdsWellFormed,
    IdsStandOnce,
)
