"""What the mirror would do to equal production, for people and to be held to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

import sqlalchemy as sa

from scenario_core.custom import schema
from scenario_core.custom.engine import READ_ONLY, translated_errors
from scenario_core.mirror.comparison import Comparison, MirrorState, compare
from scenario_core.mirror.rows import Note, Production, made_up

NAMED: Final = 3


@dataclass(frozen=True, slots=True)
class MirrorPlan:
    """What would be done. `update` names the fields that differ; `blocked` are scenarios that can't be mirrored."""

    revision: str
    insert: tuple[str, ...] = ()
    update: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    retire: tuple[str, ...] = ()
    unchanged: int = 0
    defaulted: tuple[Note, ...] = ()
    blocked: tuple[Note, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether the mirror already equals production."""
        return not (self.insert or self.update or self.retire)

    def sentences(self) -> list[str]:
        """The plan for people."""
        counts = {"insert": len(self.insert), "update": len(self.update), "retire": len(self.retire)}
        todo = ", ".join(f"{number} to {name}" for name, number in counts.items())
        lines = [f"mirror: {todo}, {self.unchanged} unchanged"]
        lines += [f"update {name}: {', '.join(fields)}" for name, fields in self.update.items()]
        lines += [f"retire {name}: it is no longer in the production file" for name in self.retire]
        return lines + _grouped("defaulted", self.defaulted) + _grouped("blocked", self.blocked)


def _grouped(verb: str, notes: Iterable[Note]) -> list[str]:
    """One line for each reason, with the first few scenarios that it applies to."""
    by_reason: dict[tuple[str, str], list[str]] = {}
    for note in notes:
        by_reason.setdefault((note.field, note.reason), []).append(note.scenario_id)
    return [
        f"{verb} {name} in {len(ids)} scenario{'' if len(ids) == 1 else 's'} ({reason}): {', '.join(ids[:NAMED])}"
        + (f" and {len(ids) - NAMED} more" if len(ids) > NAMED else "")
        for (name, reason), ids in by_reason.items()
    ]


def plan(engine: sa.Engine, production: Production, *, adopting: bool = False) -> MirrorPlan:
    """What `apply` would do; with `adopting`, after another program's database has been taken over. Changes nothing.

    Raises:
        SchemaOutdatedError: the database is not of this version.
        DatabaseUnavailableError: it does not answer.
    """
    with translated_errors(), engine.connect().execution_options(**READ_ONLY) as connection:
        if not adopting:
            schema.require_current(connection)
        return plan_of(production, compare(connection, production, with_digests=not adopting))


def plan_for_nothing(production: Production) -> MirrorPlan:
    """What `apply` would do to an empty database."""
    notes = [note for scenario in production.scenarios.values() for note in made_up(scenario)]
    return MirrorPlan(production.revision, insert=tuple(production.scenarios), defaulted=tuple(notes))


def plan_of(production: Production, compared: Comparison) -> MirrorPlan:
    """What a comparison asks for."""
    differing = compared.having(MirrorState.FILE_AHEAD, MirrorState.ALTERED, MirrorState.BOTH)
    return MirrorPlan(
        revision=production.revision,
        insert=tuple(compared.having(MirrorState.MISSING)),
        update={name: standing.fields for name, standing in differing.items()},
        retire=tuple(compared.having(MirrorState.ORPHAN)),
        unchanged=len(compared.having(MirrorState.IN_SYNC)),
        defaulted=tuple(
            note
            for name, scenario in production.scenarios.items()
            if name not in compared.blocked
            for note in made_up(scenario)
        ),
        blocked=tuple(compared.blocked.values()),
    )
