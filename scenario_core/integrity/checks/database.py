"""Checks of the rows in the database, whoever wrote them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import sqlalchemy as sa

from scenario_core.custom import entries
from scenario_core.custom.tables import ENTRIES, PHASES, SCENARIOS, is_custom
from scenario_core.integrity.checks.base import Check, StructuralCheck
from scenario_core.integrity.checks.production import ReadersRule
from scenario_core.integrity.findings import Finding, Severity
from scenario_core.integrity.snapshot import BATCH, Snapshot
from scenario_core.scenario import Store

SHOWN_NUMBERS: Final = 20
MOST_PROBLEMS: Final = 20


def _store(is_system: Any) -> Store:
    return Store.PRODUCTION if is_system else Store.CUSTOM


class PhasesNumbered(StructuralCheck):
    """The phases of every scenario in the database are numbered 1, 2, 3 and so on.

    ## Why it matters

    The numbers are the order in which a learner meets the phases. A gap is a phase that was lost; a number below 1
    is a row that the app never shows.

    ## How to mend it

    `scenario-desk repair resync_mirror` mends system rows. Open a custom scenario and save it: its phases are then
    numbered anew.

    ## Examples

    Found: phases 1, 2 and 4; phases 0 and 1; a scenario of three phases numbered 1, 1 and 2.

    Fine: a custom scenario without any phase, as a draft of another program may be.

    ## Limits

    Production's file has no numbers: its phases stand in order. Of a private scenario only the number of its row is
    told.
    """

    code, name = "IC114", "phases numbered 1 to n"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each scenario whose numbers have gaps, repeats or another start."""
        number = PHASES.c.phase_number
        counted = (
            sa.select(SCENARIOS.c.scenario_id, SCENARIOS.c.is_system_scenario, SCENARIOS.c.id)
            .join(PHASES, PHASES.c.scenario_id == SCENARIOS.c.id)
            .group_by(SCENARIOS.c.id, SCENARIOS.c.scenario_id, SCENARIOS.c.is_system_scenario)
            .having(
                sa.or_(
                    sa.func.min(number) != 1,
                    sa.func.max(number) != sa.func.count(),
                    sa.func.count(number.distinct()) != sa.func.count(),
                )
            )
            .order_by(SCENARIOS.c.scenario_id)
        )
        with snapshot.connection() as connection:
            for scenario_id, is_system, row_id in connection.execute(counted).all():
                mine = sa.select(number).where(PHASES.c.scenario_id == row_id).order_by(number)
                numbers = list(connection.scalars(mine.limit(SHOWN_NUMBERS)))
                yield self.finding(
                    f"its phases are numbered {', '.join(map(str, numbers))}",
                    scenario_id=scenario_id,
                    store=_store(is_system),
                    pointer="/phases",
                    field="phases",
                    expected="1, 2, 3, ...",
                    actual=", ".join(map(str, numbers)),
                    hint="Run `scenario-desk repair resync_mirror`, or save the custom scenario again.",
                )


class PhaseIdsDistinct(ReadersRule):
    """No two phases of a scenario have the same `phase_id`.

    ## Why it matters

    Usage is counted, and differences are found, by the id of a phase: two of the same can't be told apart.

    ## How to mend it

    Give one of them another id. A copied phase gets a new one by itself when it is copied on the page.

    ## Examples

    Found: two phases `greeting` in one scenario.

    Fine: a phase `greeting` in each of ten scenarios.

    ## Limits

    Ids that differ only in case are two ids. Of a private scenario only the number of its row is told.
    """

    code, name, rule = "IC115", "phase ids distinct", "repeated_phase"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """Findings for production's records, and one for each scenario in the database with repeated ids."""
        yield from self.broken(snapshot, "Give one of them another id.")
        repeated = (
            sa.select(SCENARIOS.c.scenario_id, SCENARIOS.c.is_system_scenario, PHASES.c.phase_id, sa.func.count())
            .join(PHASES, PHASES.c.scenario_id == SCENARIOS.c.id)
            .group_by(SCENARIOS.c.scenario_id, SCENARIOS.c.is_system_scenario, PHASES.c.phase_id)
            .having(sa.func.count() > 1)
            .order_by(SCENARIOS.c.scenario_id, PHASES.c.phase_id)
        )
        with snapshot.connection() as connection:
            for scenario_id, is_system, phase_id, count in connection.execute(repeated).all():
                yield self.finding(
                    f"{count} phases have the id {phase_id!r}",
                    scenario_id=scenario_id,
                    store=_store(is_system),
                    pointer="/phases",
                    field=f"phases[{phase_id}]",
                    expected="an id that no other phase of the scenario has",
                    actual=f"{phase_id!r} {count} times",
                    hint="Give one of them another id.",
                )


class PhasesHaveScenarios(StructuralCheck):
    """Every phase row belongs to a scenario row.

    ## Why it matters

    A phase whose scenario is gone is what a half-finished deletion leaves behind. A new scenario that gets the same row
    number would inherit it.

    ## How to mend it

    Look at the rows, then delete them with the program that left them: `DELETE FROM scenario_phases WHERE
    scenario_id NOT IN (SELECT id FROM scenarios)`.

    ## Examples

    Found: phase rows of scenario row 17, where there is no row 17.

    Fine: a scenario row without phases.

    ## Limits

    Only databases whose foreign keys were switched off can hold such rows.
    """

    code, name = "IC116", "phase rows have their scenario"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each missing scenario row."""
        lost = (
            sa.select(PHASES.c.scenario_id, sa.func.count())
            .outerjoin(SCENARIOS, SCENARIOS.c.id == PHASES.c.scenario_id)
            .where(SCENARIOS.c.id.is_(None))
            .group_by(PHASES.c.scenario_id)
            .order_by(PHASES.c.scenario_id)
        )
        with snapshot.connection() as connection:
            for number, count in connection.execute(lost).all():
                yield self.finding(
                    f"{count} phase row{'' if count == 1 else 's'} without a scenario: row {number} is gone",
                    field=f"scenario_phases.scenario_id = {number}",
                    expected="a row of scenarios",
                    actual=f"{count} phase rows of row {number}",
                    hint="Delete them with the program that left them.",
                )


class DatabaseSound(StructuralCheck):
    """The database's own checks find nothing: pages, indexes and foreign keys are sound.

    ## Why it matters

    A damaged page or index answers wrongly long before it fails.

    ## How to mend it

    Make a copy of the database first. SQLite: restore a backup of it, or `.recover` it into a new file. PostgreSQL:
    `REINDEX` what is invalid, and validate the constraint once the rows that break it are mended.

    ## Examples

    Found: a row that refers to a user who is gone; an index that lacks a row; an index that was never finished.

    Fine: tables of other programs, whatever they hold, as long as their foreign keys hold.

    ## Limits

    SQLite is asked for `integrity_check` and `foreign_key_check`, which read the whole file. PostgreSQL is asked
    for invalid indexes, for constraints that were never validated, and for rows of `scenarios` that break their
    foreign keys; it has no complete check that an ordinary role may run.
    """

    code, name = "IC117", "database sound"

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each problem, at most twenty."""
        with snapshot.connection() as connection:
            problems = _sqlite_problems if connection.dialect.name == "sqlite" else _postgresql_problems
            for problem in list(problems(connection))[:MOST_PROBLEMS]:
                yield self.finding(problem, actual=problem, hint="Make a copy of the database before mending it.")


def _sqlite_problems(connection: sa.Connection) -> Iterator[str]:
    for (text,) in connection.exec_driver_sql(f"PRAGMA integrity_check({MOST_PROBLEMS})").all():
        if text != "ok":
            yield f"integrity_check: {text}"
    broken: dict[tuple[str, str], int] = {}
    for table, _row, parent, _key in connection.exec_driver_sql("PRAGMA foreign_key_check").all():
        if (table, parent) != (PHASES.name, SCENARIOS.name):
            broken[table, parent] = broken.get((table, parent), 0) + 1
    for (table, parent), count in broken.items():
        yield f"foreign_key_check: {count} rows of {table} refer to rows of {parent} that are gone"


def _postgresql_problems(connection: sa.Connection) -> Iterator[str]:
    here = "relnamespace = current_schema()::regnamespace"
    invalid = f"SELECT relname FROM pg_class JOIN pg_index ON indexrelid = oid WHERE NOT indisvalid AND {here}"  # noqa: S608 - constants
    for (name,) in connection.exec_driver_sql(invalid).all():
        yield f"the index {name} is not valid"
    constraints = (
        "SELECT conname, conrelid::regclass::text FROM pg_constraint "
        "WHERE NOT convalidated AND connamespace = current_schema()::regnamespace"
    )
    for name, table in connection.exec_driver_sql(constraints).all():
        yield f"the constraint {name} of {table} was never validated"
    for key in sa.inspect(connection).get_foreign_keys(SCENARIOS.name):
        parent = sa.table(key["referred_table"], *(sa.column(name) for name in key["referred_columns"]))
        pairs = list(zip(key["constrained_columns"], key["referred_columns"], strict=True))
        met = sa.exists().where(*(parent.c[theirs] == SCENARIOS.c[mine] for mine, theirs in pairs))
        given = [SCENARIOS.c[mine].is_not(None) for mine, _ in pairs]
        count = connection.scalar(sa.select(sa.func.count()).select_from(SCENARIOS).where(*given, ~met))
        if count:
            yield f"{count} rows of {SCENARIOS.name} refer to rows of {key['referred_table']} that are gone"


class CustomRowsReadable(StructuralCheck):
    """Every custom row of the database can be read as a scenario.

    ## Why it matters

    Another program may have stored what no scenario can hold. Such a row hides no other, but it is in no list and
    can't be opened.

    ## How to mend it

    Mend the row in the program that wrote it. The log of the server says what was wrong with it.

    ## Examples

    Found: a row whose id is an empty text.

    Fine: a row with an unknown category, with a broken time, or with text where a list should be: those are read as
    well as they can be.

    ## Limits

    Rows that have a line in the catalogue were read when they were last changed, and are not read again. A private one
    is named by its number alone.
    """

    code, name, severity = "IC120", "custom rows readable", Severity.ERROR

    def run(self, snapshot: Snapshot) -> Iterator[Finding]:
        """One finding for each row that has no line in the catalogue and can't have one."""
        listed = sa.exists().where(ENTRIES.c.scenario_pk == SCENARIOS.c.id)
        unlisted = sa.select(SCENARIOS.c.id, SCENARIOS.c.scenario_id).where(is_custom(), ~listed)
        with snapshot.connection() as connection:
            rows = connection.execute(unlisted.order_by(SCENARIOS.c.scenario_id)).all()
            readable = {
                number
                for start in range(0, len(rows), BATCH)
                for number, *_ in entries.load(connection, [row.id for row in rows[start : start + BATCH]])
            }
        for row in rows:
            if row.id not in readable:
                yield self.finding(
                    "can't be read as a scenario, so it is in no list",
                    scenario_id=row.scenario_id,
                    store=Store.CUSTOM,
                    expected="a row that a scenario can hold",
                    actual=f"row {row.id}",
                    hint="Mend the row in the program that wrote it.",
                )


CHECKS: Final[tuple[type[Check], ...]] = (
    PhasesNumbered,
    PhaseIdsDistinct,
    PhasesHaveScenarios,
    DatabaseSound,
    CustomRowsReadable,
)
