"""Bringing a database to this version: a fresh one, an older one, or another program's after `--adopt`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from scenario_core.custom import (
    check_tables,
    discovery_tables,
    entries,
    proposal_tables,
    protection,
    rehearsal_tables,
    share_link_tables,
    usage_tables,
)
from scenario_core.custom.engine import READ_ONLY, make_sqlite_file, prefer_wal, translated_errors
from scenario_core.custom.tables import PHASES, RECORDS, SCENARIOS, Base, is_custom
from scenario_core.errors import AdoptionRequiredError, DatabaseError, SchemaOutdatedError
from scenario_core.progress import Progress, silent
from scenario_core.scenario import CUSTOM_PREFIX, SYSTEM_USER_ID

VERSION_TABLE: Final = "scenario_desk_version"
APP_TABLES: Final = (SCENARIOS, PHASES)
REPORTED_IDS: Final = 20
_LOCK_KEY: Final = 0x5CE9A810


@dataclass(frozen=True, slots=True)
class SchemaPlan:
    """What `upgrade` would do to the schema; nothing in an existing row changes."""

    current: str | None
    target: str
    adopting: bool
    new_tables: tuple[str, ...]
    kept_tables: tuple[str, ...]
    custom_rows: int
    system_rows: int
    unprefixed_ids: tuple[str, ...]
    trigger_problems: tuple[str, ...]
    obstacles: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return self.current == self.target and not self.trigger_problems

    def sentences(self) -> list[str]:
        """The plan for people."""
        if self.is_empty:
            return [f"schema {self.current}: up to date"]
        lines = [f"schema {self.current or 'none'} -> {self.target}"]
        if self.adopting:
            lines += [
                f"adopt: {self.custom_rows} custom and {self.system_rows} system scenarios stay as they are",
                f"leave alone: {', '.join(self.kept_tables) or 'nothing'}",
            ]
        if self.new_tables:
            lines.append(f"add tables: {', '.join(self.new_tables)}")
        if self.unprefixed_ids:
            lines.append(
                f"ids without the prefix {CUSTOM_PREFIX}, usable as they are: {', '.join(self.unprefixed_ids)}"
            )
        lines += [f"in the way: {obstacle}" for obstacle in self.obstacles]
        return lines + [f"mend: {problem}" for problem in self.trigger_problems if self.current]


def plan(engine: sa.Engine) -> SchemaPlan:
    """What `upgrade` would do. Changes nothing.

    Raises:
        DatabaseError: an existing `scenarios` table lacks columns, or the database is of a newer version.
        DatabaseUnavailableError: it does not answer.
    """
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        return _plan(connection)


def plan_for_nothing() -> SchemaPlan:
    """What `upgrade` would do where there is no database yet."""
    return SchemaPlan(
        current=None,
        target=_target(),
        adopting=False,
        new_tables=tuple(sorted(_own_tables())),
        kept_tables=(),
        custom_rows=0,
        system_rows=0,
        unprefixed_ids=(),
        trigger_problems=(),
    )


def upgrade(engine: sa.Engine, *, adopt: bool = False, progress: Progress = silent) -> SchemaPlan:
    """Bring the schema to this version in one transaction; a killed process leaves it as it was.

    Raises:
        AdoptionRequiredError: the tables were made by another program and `adopt` is not given.
        DatabaseError: an existing `scenarios` table lacks columns, or the database is of a newer version.
        DatabaseUnavailableError: it does not answer.
    """
    make_sqlite_file(engine)
    planned = plan(engine)
    _require_consent(planned, adopt=adopt)
    if planned.is_empty:
        return planned
    with translated_errors():
        prefer_wal(engine)
    with translated_errors(), engine.begin() as connection:
        lock(connection)
        made = _plan(connection)
        _require_consent(made, adopt=adopt)
        if made.is_empty:
            return made
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        protection.install(connection)
        if made.current is None or made.trigger_problems:
            _enrol(connection)
    entries.refresh(engine, progress=progress)
    return made


def _require_consent(planned: SchemaPlan, *, adopt: bool) -> None:
    if planned.adopting and not adopt:
        raise AdoptionRequiredError(
            "This database already holds scenarios of another program.",
            hint="Look at `scenario-desk migrate --plan`, then run `scenario-desk migrate --adopt`.",
        )
    if planned.obstacles:
        raise DatabaseError(f"{'; '.join(planned.obstacles)}.", hint="Nothing was changed. Do this and migrate again.")


def lock(connection: sa.Connection) -> None:
    """Let one migration or mirror run at a time; SQLite's transactions already see to that."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK_KEY)))


def require_current(connection: sa.Connection) -> None:
    """Do nothing when the schema is of this version.

    Raises:
        SchemaOutdatedError: `scenario-desk migrate` has to run first.
    """
    if _current(connection) != _target():
        raise SchemaOutdatedError("The database is not of this version.", hint="Run `scenario-desk migrate`.")


def _plan(connection: sa.Connection) -> SchemaPlan:
    existing = set(sa.inspect(connection).get_table_names())
    current, target = _current(connection), _target()
    if current is not None and current not in _known():
        raise DatabaseError(
            f"The database is of version {current}, which this program does not know.", hint="Use a newer program."
        )
    adopting = current is None and SCENARIOS.name in existing
    if adopting:
        _require_columns(connection, existing)
    counts = _counts(connection) if SCENARIOS.name in existing else (0, 0)
    return SchemaPlan(
        current=current,
        target=target,
        adopting=adopting,
        new_tables=tuple(sorted(_own_tables() - existing)) if current != target else (),
        kept_tables=tuple(sorted(existing - {name for name in existing if name.startswith("scenario_desk_")})),
        custom_rows=counts[0],
        system_rows=counts[1],
        unprefixed_ids=_unprefixed(connection) if adopting else (),
        trigger_problems=tuple(protection.problems(connection)) if current == target else (),
        obstacles=_obstacles(connection) if adopting else (),
    )


def _obstacles(connection: sa.Connection) -> tuple[str, ...]:
    """What an adopted database demands of its rows and the mirror's rows would not meet."""
    missing = []
    for key in sa.inspect(connection).get_foreign_keys(SCENARIOS.name):
        if key["constrained_columns"] == [SCENARIOS.c.created_by.name]:
            table, (column,) = key["referred_table"], key["referred_columns"]
            users = sa.table(table, sa.column(column))
            owner = sa.select(sa.literal(1)).select_from(users).where(users.c[column] == SYSTEM_USER_ID)
            if connection.execute(owner).first() is None:
                missing.append(f"table {table} has no user {SYSTEM_USER_ID}, to whom system rows must belong: add one")
    return tuple(missing)


def _own_tables() -> set[str]:
    tables = (check_tables, discovery_tables, proposal_tables, rehearsal_tables, share_link_tables, usage_tables)
    names = (each.NAMES for each in tables)
    return {*Base.metadata.tables, *(name for each in names for name in each), "scenario_desk_search"}


def _require_columns(connection: sa.Connection, existing: Iterable[str]) -> None:
    inspector = sa.inspect(connection)
    for table in APP_TABLES:
        if table.name not in existing:
            continue
        found = {column["name"] for column in inspector.get_columns(table.name)}
        missing = [column.name for column in table.columns if column.name not in found]
        if missing:
            raise DatabaseError(
                f"Table {table.name} lacks the columns {', '.join(missing)}.",
                hint="Bring the database to the app's current schema first; nothing was changed.",
            )


def _counts(connection: sa.Connection) -> tuple[int, int]:
    total = sa.func.count()
    system = sa.func.sum(sa.case((SCENARIOS.c.is_system_scenario, 1), else_=0))
    rows, system_rows = connection.execute(sa.select(total, system).select_from(SCENARIOS)).one()
    return rows - (system_rows or 0), system_rows or 0


def _unprefixed(connection: sa.Connection) -> tuple[str, ...]:
    ids = sa.select(SCENARIOS.c.scenario_id).where(
        is_custom(), ~SCENARIOS.c.scenario_id.startswith(CUSTOM_PREFIX, autoescape=True)
    )
    return tuple(connection.scalars(ids.order_by(SCENARIOS.c.scenario_id).limit(REPORTED_IDS)))


def _enrol(connection: sa.Connection) -> None:
    """Give the custom scenarios that are already there a version and a place in the queue for the catalogue."""
    known = sa.exists().where(RECORDS.c.scenario_id == SCENARIOS.c.scenario_id)
    custom = sa.select(SCENARIOS.c.scenario_id, sa.literal(1)).where(is_custom(), ~known)
    connection.execute(sa.insert(RECORDS).from_select(["scenario_id", "version"], custom))
    entries.count_again(connection)
    entries.queue_all(connection)


def _current(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()


@cache
def _target() -> str:
    """The version that this program asks for; its migrations don't change while it runs."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    if head is None:
        raise DatabaseError("The migrations that ship with the program are missing.", hint="Install it again.")
    return head


def _known() -> set[str]:
    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config
