"""The triggers: what the database itself refuses, and what it follows up by itself.

*Protect*: every change of a system row or its phases is refused. The triggers look at the row before and after, by its
number and by its scenario id, because `INSERT OR REPLACE` and a reused number remove a row without firing a delete
trigger. Only while `scenario_desk_mirror_context` holds its row, which the mirror puts in and takes out within one
transaction, are changes let through. Revisions and audit entries can be added, never changed.

*Follow*: a change of a custom scenario by any program raises its version and queues its catalogue entry; a change of
the entries is counted.

What a database superuser can still do: drop or disable triggers, put a row into the context table, edit the file.
`problems` finds dropped, altered and disabled triggers and an open context; comparing the mirror with production,
as the integrity checks do, finds the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

PROTECTED: Final = "scenario_desk: protected"
PREFIX: Final = "scenario_desk_"

_OPEN: Final = "EXISTS (SELECT 1 FROM scenario_desk_mirror_context)"
_SYSTEM_PHASE: Final = (
    "EXISTS (SELECT 1 FROM scenario_phases AS p JOIN scenarios AS s ON s.id = p.scenario_id "
    "WHERE p.id = NEW.id AND {system:s.is_system_scenario})"
)
_NEW_SCENARIO: Final = (
    "{system:NEW.is_system_scenario} "
    "OR EXISTS (SELECT 1 FROM scenarios AS s WHERE s.id = NEW.id AND {system:s.is_system_scenario}) "
    "OR EXISTS (SELECT 1 FROM scenarios AS s WHERE s.scenario_id = NEW.scenario_id AND {system:s.is_system_scenario})"
)


def _parent_is_system(row: str) -> str:
    return f"EXISTS (SELECT 1 FROM scenarios AS s WHERE s.id = {row}.scenario_id AND {{system:s.is_system_scenario}})"


_NEW_PHASE: Final = f"{_parent_is_system('NEW')} OR {_SYSTEM_PHASE}"
_REFUSED: Final = {
    ("scenarios", "INSERT"): _NEW_SCENARIO,
    ("scenarios", "UPDATE"): f"{{system:OLD.is_system_scenario}} OR {_NEW_SCENARIO}",
    ("scenarios", "DELETE"): "{system:OLD.is_system_scenario}",
    ("scenario_phases", "INSERT"): _NEW_PHASE,
    ("scenario_phases", "UPDATE"): f"{_parent_is_system('OLD')} OR {_NEW_PHASE}",
    ("scenario_phases", "DELETE"): _parent_is_system("OLD"),
}
_APPEND_ONLY: Final = ("scenario_desk_audit", "scenario_desk_revision")

_RECORD: Final = (
    "INSERT INTO scenario_desk_record (scenario_id, version) SELECT NEW.scenario_id, 1 "
    "WHERE NOT EXISTS (SELECT 1 FROM scenario_desk_record AS r WHERE r.scenario_id = NEW.scenario_id);"
)
_RENAMED: Final = (
    "UPDATE scenario_desk_record SET scenario_id = NEW.scenario_id "
    "WHERE scenario_id = OLD.scenario_id AND OLD.scenario_id <> NEW.scenario_id AND NOT EXISTS "
    "(SELECT 1 FROM scenario_desk_record AS r WHERE r.scenario_id = NEW.scenario_id);"
)
_QUEUE: Final = "INSERT INTO scenario_desk_stale_entry (scenario_pk) VALUES ({row});"
_BUMP: Final = "UPDATE scenario_desk_record SET version = version + 1 WHERE scenario_id = {scenario};"


def _follow_phase(row: str) -> tuple[str, str]:
    condition = (
        f"EXISTS (SELECT 1 FROM scenarios AS s WHERE s.id = {row}.scenario_id AND NOT {{system:s.is_system_scenario}})"
    )
    parent = f"(SELECT s.scenario_id FROM scenarios AS s WHERE s.id = {row}.scenario_id)"
    return condition, _BUMP.format(scenario=parent) + " " + _QUEUE.format(row=f"{row}.scenario_id")


_FOLLOWED = {
    ("scenarios", "INSERT"): ("NOT {system:NEW.is_system_scenario}", f"{_RECORD} {_QUEUE.format(row='NEW.id')}"),
    ("scenarios", "UPDATE"): (
        "NOT {system:NEW.is_system_scenario}",
        " ".join([_RENAMED, _RECORD, _BUMP.format(scenario="NEW.scenario_id"), _QUEUE.format(row="NEW.id")]),
    ),
    ("scenarios", "DELETE"): ("NOT {system:OLD.is_system_scenario}", _QUEUE.format(row="OLD.id")),
    ("scenario_phases", "INSERT"): _follow_phase("NEW"),
    ("scenario_phases", "UPDATE"): _follow_phase("NEW"),
    ("scenario_phases", "DELETE"): _follow_phase("OLD"),
}


_KIND: Final = ("is_public", "category", "difficulty", "language", "length", "state")
_OWNERS: Final = ("COALESCE({row}.owner_id, -2)", "-1")


def _counted_up() -> str:
    """One more of a kind: for its owner and, if it is shared, for everyone."""
    values = ", ".join(f"NEW.{name}" for name in _KIND)
    return " ".join(
        f"INSERT INTO scenario_desk_facet (owner_id, {', '.join(_KIND)}, number) "
        f"SELECT {owner.format(row='NEW')}, {values}, 1 WHERE {condition} "
        f"ON CONFLICT (owner_id, {', '.join(_KIND)}) DO UPDATE SET number = scenario_desk_facet.number + 1;"
        for owner, condition in zip(_OWNERS, ("1 = 1", "NEW.is_public"), strict=True)
    )


def _counted_down() -> str:
    same = " AND ".join(f"{name} = OLD.{name}" for name in _KIND)
    return " ".join(
        f"UPDATE scenario_desk_facet SET number = number - 1 "
        f"WHERE owner_id = {owner.format(row='OLD')} AND {same} AND {condition};"
        for owner, condition in zip(_OWNERS, ("1 = 1", "OLD.is_public"), strict=True)
    )


_FOLLOWED |= {
    ("scenario_desk_entry", "INSERT"): ("1 = 1", _counted_up()),
    ("scenario_desk_entry", "DELETE"): ("1 = 1", _counted_down()),
}


@dataclass(frozen=True, slots=True)
class Trigger:
    """One trigger: `when` it applies, and the statements that it then runs, or None where it refuses."""

    table: str
    event: str
    when: str
    statements: str | None

    @property
    def name(self) -> str:
        """The trigger's name in the database."""
        kind = "protect" if self.statements is None else "follow"
        return f"{PREFIX}{kind}_{self.table.removeprefix(PREFIX)}_{self.event.lower()}"

    @property
    def timing(self) -> str:
        """Refusals come before the change, follow-ups after it."""
        return "BEFORE" if self.statements is None else "AFTER"


def install(connection: sa.Connection) -> None:
    """Put every trigger in place, replacing whatever stands under its name."""
    for statement in _uninstalling(connection):
        connection.exec_driver_sql(statement)
    for trigger in _triggers(connection):
        for statement in _creating(trigger, connection):
            connection.exec_driver_sql(statement)


def problems(connection: sa.Connection) -> list[str]:
    """What is wrong with the triggers, one sentence each; empty when all stand as installed."""
    found = _installed(connection)
    expected = _expected(connection)
    sentences = [
        f"trigger {name} is {'altered or disabled' if name in found else 'missing'}"
        for name, text in expected.items()
        if found.get(name) != text
    ]
    if connection.exec_driver_sql(f"SELECT 1 WHERE {_OPEN}").first():
        sentences.append("the mirror's context is open, so that system rows can be changed")
    return sentences


def _triggers(connection: sa.Connection) -> Iterator[Trigger]:
    for (table, event), refused in _REFUSED.items():
        yield Trigger(table, event, f"NOT {_OPEN} AND ({refused})", None)
    for table in _APPEND_ONLY:
        for event in ("UPDATE", "DELETE"):
            yield Trigger(table, event, "1 = 1", None)
    if connection.dialect.name == "postgresql":
        for table in ("scenarios", "scenario_phases", *_APPEND_ONLY):
            yield Trigger(table, "TRUNCATE", "1 = 1", None)
    for (table, event), (condition, statements) in _FOLLOWED.items():
        yield Trigger(table, event, condition, statements)
    forget = "UPDATE scenario_desk_mirror_state SET revision = NULL;"
    yield Trigger("scenario_desk_mirror_context", "INSERT", "1 = 1", forget)


def _for_engine(sql: str, *, sqlite: bool) -> str:
    """Spell `{system:column}`, which also takes a NULL for an ordinary row."""
    spelling = r"COALESCE(\1, 0) <> 0" if sqlite else r"COALESCE(\1, FALSE)"
    return re.sub(r"\{system:([^}]+)\}", f"({spelling})", sql)


def _creating(trigger: Trigger, connection: sa.Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        return _sqlite(trigger)
    schema = connection.scalar(sa.select(sa.func.current_schema()))
    return _postgresql(trigger, connection.dialect.identifier_preparer.quote(str(schema)))


def _sqlite(trigger: Trigger) -> list[str]:
    action = trigger.statements or f"SELECT RAISE(ABORT, '{PROTECTED} by {trigger.name}');"
    text = (
        f"CREATE TRIGGER {trigger.name} {trigger.timing} {trigger.event} ON {trigger.table} "
        f"WHEN {trigger.when} BEGIN {action} END"
    )
    return [_for_engine(text, sqlite=True)]


def _postgresql(trigger: Trigger, schema: str) -> list[str]:
    """One function each; its search path ends in `pg_temp`, so that a temporary table can't stand in for a real one."""
    return [
        f"CREATE FUNCTION {trigger.name}() RETURNS trigger LANGUAGE plpgsql AS $body${_body(trigger)}$body$",
        f"ALTER FUNCTION {trigger.name}() SET search_path = {schema}, pg_temp",
        _definition(trigger),
        f"ALTER TABLE {trigger.table} ENABLE ALWAYS TRIGGER {trigger.name}",
    ]


def _definition(trigger: Trigger) -> str:
    each = "STATEMENT" if trigger.event == "TRUNCATE" else "ROW"
    return (
        f"CREATE TRIGGER {trigger.name} {trigger.timing} {trigger.event} ON {trigger.table} "
        f"FOR EACH {each} EXECUTE FUNCTION {trigger.name}()"
    )


def _body(trigger: Trigger) -> str:
    action = trigger.statements or f"RAISE EXCEPTION '{PROTECTED} by {trigger.name}';"
    row = {"DELETE": "OLD", "TRUNCATE": "NULL"}.get(trigger.event, "NEW")
    return _for_engine(f"BEGIN IF {trigger.when} THEN {action} END IF; RETURN {row}; END", sqlite=False)


def _expected(connection: sa.Connection) -> dict[str, str]:
    """What `_installed` finds where nobody has changed anything."""
    triggers = list(_triggers(connection))
    if connection.dialect.name == "sqlite":
        return {trigger.name: _sqlite(trigger)[0] for trigger in triggers}
    return {trigger.name: f"{_definition(trigger)} A {_body(trigger)}" for trigger in triggers}


def _installed(connection: sa.Connection) -> dict[str, str]:
    if connection.dialect.name == "sqlite":
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return {name: sql for name, sql in rows if name.startswith(PREFIX)}
    rows = connection.exec_driver_sql(
        "SELECT t.tgname, pg_get_triggerdef(t.oid), t.tgenabled, p.prosrc, n.nspname "
        "FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND n.nspname = current_schema()"
    )
    found = {}
    for name, definition, enabled, body, schema in rows:
        unqualified = re.sub(rf"(ON|FUNCTION) {schema}[.]", r"\1 ", definition)
        if name.startswith(PREFIX):
            found[name] = f"{unqualified} {enabled} {body}"
    return found


def _uninstalling(connection: sa.Connection) -> list[str]:
    if connection.dialect.name == "sqlite":
        return [f"DROP TRIGGER {name}" for name in _installed(connection)]
    rows = connection.exec_driver_sql(
        "SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace "
        "WHERE prorettype = 'trigger'::regtype AND n.nspname = current_schema()"
    )
    return [f"DROP FUNCTION {name}() CASCADE" for (name,) in rows if name.startswith(PREFIX)]
