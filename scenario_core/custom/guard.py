"""The ORM's layer of the protection: a flush or a bulk statement that would touch a system row is refused."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, sessionmaker

from scenario_core.custom.tables import PhaseRow, ScenarioRow
from scenario_core.errors import ProtectedScenarioError


def install(factory: sessionmaker[Session]) -> None:
    """Guard every session that the factory makes."""
    event.listen(factory, "before_flush", _before_flush)
    event.listen(factory, "do_orm_execute", _before_statement)


def _before_flush(session: Session, _context: Any, _instances: Any) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if _touches_system_row(session, row):
            raise _refusal()


def _touches_system_row(session: Session, row: object) -> bool:
    if isinstance(row, ScenarioRow):
        history = sa.inspect(row).attrs.is_system_scenario.history
        return bool(row.is_system_scenario or any(history.deleted or ()))
    if isinstance(row, PhaseRow):
        parents = {row.scenario_id, *(sa.inspect(row).attrs.scenario_id.history.deleted or ())} - {None}
        parent: ScenarioRow | None = row.scenario
        if parent is not None and parent.is_system_scenario:
            return True
        return _any_system(session, ScenarioRow.id.in_(parents))
    return False


def _before_statement(state: ORMExecuteState) -> None:
    """Bulk statements name no rows, so they are refused on the two tables; the service changes rows one by one."""
    if not (state.is_update or state.is_delete or state.is_insert):
        return
    if state.bind_mapper is not None and state.bind_mapper.class_ in (ScenarioRow, PhaseRow):
        raise ProtectedScenarioError(
            "Bulk ORM statements on scenarios are refused, since they could reach production's system rows.",
            hint="Use ScenarioBuilderService.",
        )


def _any_system(session: Session, condition: sa.ColumnElement[bool]) -> bool:
    found = sa.select(sa.literal(1)).select_from(ScenarioRow).where(condition, ScenarioRow.is_system_scenario)
    with session.no_autoflush:
        return session.execute(found.limit(1)).first() is not None


def _refusal() -> ProtectedScenarioError:
    return ProtectedScenarioError(
        "A system row mirrors production and can't be changed.", hint="Duplicate the scenario and change the copy."
    )
