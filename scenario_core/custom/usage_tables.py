"""The tables of usage: runs that are not compacted yet, the files of those that are, and imports."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scenario_core.custom.columns import JsonValue, UtcDateTime
from scenario_core.custom.tables import Base, table_of


class RunRow(Base):
    """One learner walking through one scenario, until it is compacted. `usage.run` says what each column holds.

    `heard_at` is when the run was last written: an open run that is abandoned ended then.
    """

    __tablename__ = "scenario_desk_run"
    __table_args__ = (sa.Index("ix_scenario_desk_run_learner", "learner", "scenario_id"),)

    run_id: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    scenario_id: Mapped[str | None] = mapped_column(sa.String(255))
    store: Mapped[str | None] = mapped_column(sa.String(20))
    learner: Mapped[str | None] = mapped_column(sa.String(16))
    language: Mapped[str | None] = mapped_column(sa.String(35))
    source: Mapped[str] = mapped_column(sa.String(20))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    end_reason: Mapped[str | None] = mapped_column(sa.String(20))
    last_phase: Mapped[str | None] = mapped_column(sa.String(100))
    phases_completed: Mapped[int | None]
    total_phases: Mapped[int | None]
    phase_seconds: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    minutes: Mapped[float | None] = mapped_column(sa.Double)
    vocabulary: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    objectives: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    success_rate: Mapped[float | None] = mapped_column(sa.Double)
    completion_score: Mapped[float | None] = mapped_column(sa.Double)
    finished_only: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    heard_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RunFileRow(Base):
    """One Parquet file of the dataset. Only files that stand here count; the row appears when the file is whole."""

    __tablename__ = "scenario_desk_run_file"

    file_id: Mapped[int] = mapped_column(primary_key=True)
    path: Mapped[str] = mapped_column(sa.String(255), unique=True)
    is_sample: Mapped[bool]
    runs: Mapped[int]
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
    import_id: Mapped[int | None] = mapped_column(index=True)


class RunBatchRow(Base):
    """A batch of files that somebody has begun to write; the row goes when they are listed, or removed as litter."""

    __tablename__ = "scenario_desk_run_batch"

    batch_id: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)


class RunImportRow(Base):
    """One import that was applied. `digest` is the SHA-256 of what was read: the same once more adds nothing."""

    __tablename__ = "scenario_desk_run_import"

    import_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int]
    form: Mapped[str] = mapped_column(sa.String(20))
    name: Mapped[str] = mapped_column(sa.String(255))
    digest: Mapped[str] = mapped_column(sa.String(64), index=True)
    added: Mapped[int]
    known: Mapped[int]
    faulty: Mapped[int]


class UsageStateRow(Base):
    """One row: the key of the learners' pseudonyms, and the highest number of a person who has ever run a scenario."""

    __tablename__ = "scenario_desk_usage_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    pseudonym_key: Mapped[str] = mapped_column(sa.String(64))
    highest_user_id: Mapped[int]


class UsageNoteRow(Base):
    """What somebody wants to remember of a day when looking at usage; private to its owner."""

    __tablename__ = "scenario_desk_usage_note"

    note_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    owner_id: Mapped[int] = mapped_column(index=True)
    on_day: Mapped[date] = mapped_column(sa.Date)
    text: Mapped[str] = mapped_column(sa.String(200))


RUNS: Final = table_of(RunRow)
RUN_FILES: Final = table_of(RunFileRow)
RUN_BATCHES: Final = table_of(RunBatchRow)
RUN_IMPORTS: Final = table_of(RunImportRow)
USAGE_STATE: Final = table_of(UsageStateRow)
USAGE_NOTES: Final = table_of(UsageNoteRow)
NAMES: Final = frozenset(table.name for table in (RUNS, RUN_FILES, RUN_BATCHES, RUN_IMPORTS, USAGE_STATE, USAGE_NOTES))
