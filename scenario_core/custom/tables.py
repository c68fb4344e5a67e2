"""The tables: those of the existing app, and the project's own beside them, all named `scenario_desk_*`.

The own tables never add a column to the app's two, so that an adopted database stays usable by its own program.
`scenario_desk_record` holds what a custom scenario needs beyond the app's columns; it outlives a deleted scenario.
`scenario_desk_entry` and `scenario_desk_search` are derived from the two and can be made again (`entries.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from scenario_core.custom.columns import Flag, JsonValue, UtcDateTime, now


class Base(DeclarativeBase):
    """All tables of the project."""

    metadata = sa.MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class ScenarioRow(Base):
    """A custom scenario or, with `is_system_scenario`, the mirror of a production one."""

    __tablename__ = "scenarios"
    __table_args__ = (
        sa.Index("ix_scenarios_created_by", "created_by"),
        sa.Index("ix_scenarios_category", "category"),
        sa.Index("ix_scenarios_is_public_is_system_scenario", "is_public", "is_system_scenario"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_id: Mapped[str] = mapped_column(sa.String(100), unique=True)
    title: Mapped[str] = mapped_column(sa.String(255))
    description: Mapped[str | None] = mapped_column(sa.Text)
    category: Mapped[str] = mapped_column(sa.String(50))
    difficulty: Mapped[str] = mapped_column(sa.String(20))
    estimated_duration: Mapped[int | None]
    language: Mapped[str | None] = mapped_column(sa.String(10))
    user_role: Mapped[str | None] = mapped_column(sa.String(50))
    ai_role: Mapped[str | None] = mapped_column(sa.String(50))
    setting: Mapped[str | None] = mapped_column(sa.Text)
    created_by: Mapped[int | None]
    is_system_scenario: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    is_public: Mapped[bool] = mapped_column(Flag, default=False, server_default=sa.false())
    prerequisites: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    learning_outcomes: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    vocabulary_focus: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    cultural_context: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now, server_default=sa.func.now())
    updated_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now, server_default=sa.func.now())

    phases: Mapped[list[PhaseRow]] = relationship(
        order_by="PhaseRow.phase_number", cascade="all, delete-orphan", back_populates="scenario"
    )


class PhaseRow(Base):
    """One phase; `phase_number` counts from 1."""

    __tablename__ = "scenario_phases"
    __table_args__ = (sa.UniqueConstraint("scenario_id", "phase_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_id: Mapped[int] = mapped_column(sa.ForeignKey("scenarios.id", ondelete="CASCADE"))
    phase_number: Mapped[int]
    phase_id: Mapped[str] = mapped_column(sa.String(100))
    name: Mapped[str] = mapped_column(sa.String(255))
    description: Mapped[str | None] = mapped_column(sa.Text)
    expected_duration_minutes: Mapped[int | None]
    key_vocabulary: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    essential_phrases: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    learning_objectives: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    success_criteria: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    cultural_notes: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now, server_default=sa.func.now())
    updated_at: Mapped[datetime | None] = mapped_column(UtcDateTime, default=now, server_default=sa.func.now())

    scenario: Mapped[ScenarioRow] = relationship(back_populates="phases")


class RecordRow(Base):
    """What the project knows of a custom scenario: its version, its origin, when it was deleted.

    A trigger raises `version` whenever any program changes the scenario or its phases. `extra` holds the fields that
    the app's columns have no place for, `origin_document` the origin as it was when this copy of it was made,
    and `origin_phases` the origin's phase ids by those of the copy. `final` is the whole scenario as it stood when it
    was deleted.
    """

    __tablename__ = "scenario_desk_record"
    __table_args__ = (sa.Index("ix_scenario_desk_record_deleted_owner_id", "deleted_owner_id", "deleted_at"),)

    scenario_id: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    version: Mapped[int] = mapped_column(default=1)
    origin_id: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    origin_store: Mapped[str | None] = mapped_column(sa.String(20))
    origin_title: Mapped[str | None] = mapped_column(sa.Text)
    origin_document: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    origin_phases: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    extra: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deleted_owner_id: Mapped[int | None]
    final: Mapped[Any] = mapped_column(JsonValue, nullable=True)


class RevisionRow(Base):
    """A former version of a custom scenario, kept when it was replaced or deleted. Append-only."""

    __tablename__ = "scenario_desk_revision"
    __table_args__ = (sa.UniqueConstraint("scenario_id", "version"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_id: Mapped[str] = mapped_column(sa.String(100))
    version: Mapped[int]
    replaced_at: Mapped[datetime] = mapped_column(UtcDateTime)
    replaced_by: Mapped[int]
    document: Mapped[Any] = mapped_column(JsonValue, nullable=True)


class DraftRow(Base):
    """What an author is writing, complete or not; private to its owner."""

    __tablename__ = "scenario_desk_draft"

    draft_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    owner_id: Mapped[int] = mapped_column(index=True)
    scenario_id: Mapped[str | None] = mapped_column(sa.String(100))
    base_version: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)
    step: Mapped[int] = mapped_column(default=0, server_default="0")
    document: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class DraftStepRow(Base):
    """What a draft held at one step of its history, and on which version of its scenario it stood then."""

    __tablename__ = "scenario_desk_draft_step"

    draft_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    base_version: Mapped[int | None]
    document: Mapped[Any] = mapped_column(JsonValue, nullable=True)


class ViewRow(Base):
    """A saved view of a page: its name and the query of its address."""

    __tablename__ = "scenario_desk_view"
    __table_args__ = (sa.UniqueConstraint("owner_id", "name"),)

    view_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    owner_id: Mapped[int] = mapped_column(index=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    query: Mapped[str] = mapped_column(sa.Text)
    is_shared: Mapped[bool] = mapped_column(index=True)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    page: Mapped[str] = mapped_column(sa.String(20), default="catalogue", server_default="catalogue")


class TagRow(Base):
    """One word that an owner has put on a custom scenario; whoever reads the scenario sees it."""

    __tablename__ = "scenario_desk_tag"

    scenario_id: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    tag: Mapped[str] = mapped_column(sa.String(50), primary_key=True, index=True)


class AuditRow(Base):
    """Who did what and when, written in the transaction of the change itself. Append-only."""

    __tablename__ = "scenario_desk_audit"
    __table_args__ = (sa.Index("ix_scenario_desk_audit_scenario_id", "scenario_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int]
    operation: Mapped[str] = mapped_column(sa.String(40))
    store: Mapped[str] = mapped_column(sa.String(20))
    scenario_id: Mapped[str | None] = mapped_column(sa.String(255))
    detail: Mapped[Any] = mapped_column(JsonValue, nullable=True)


class PersonRow(Base):
    """Somebody whose roles differ from the default."""

    __tablename__ = "scenario_desk_person"

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(sa.String(255), default="")
    roles: Mapped[Any] = mapped_column(JsonValue, nullable=True)


class MirrorStateRow(Base):
    """Which production file the mirror was last brought to. One row; emptied whenever the protection is opened."""

    __tablename__ = "scenario_desk_mirror_state"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[str | None] = mapped_column(sa.String(64))
    applied_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class MirrorDigestRow(Base):
    """What a system row held when it was mirrored last, to tell which side has moved since. Derived."""

    __tablename__ = "scenario_desk_mirror_digest"

    scenario_id: Mapped[str] = mapped_column(sa.String(100), primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(32))


class MirrorContextRow(Base):
    """Holds its one row only inside the mirror's own transaction; the protection lets changes through while it does."""

    __tablename__ = "scenario_desk_mirror_context"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)


class EntryRow(Base):
    """One line of the catalogue for one custom scenario. Derived.

    `title_key` is the folded title, compared by code point on every engine. `created_us` and `updated_us` are
    microseconds since 1970 in UTC, 0 where the source has no readable time.
    """

    __tablename__ = "scenario_desk_entry"
    __table_args__ = tuple(
        sa.Index(f"ix_scenario_desk_entry_{reach}_{name}", *columns, *order, "scenario_id")
        for reach, columns in {"public": ["is_public"], "owner": ["owner_id", "is_public"]}.items()
        for name, order in {
            "title": ["title_key"],
            "updated": ["updated_us"],
            "created": ["created_us"],
            "duration": ["duration_minutes"],
            "category_title": ["category", "title_key"],
            "category_updated": ["category", "updated_us"],
        }.items()
    )

    scenario_pk: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scenario_id: Mapped[str] = mapped_column(
        sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql"), unique=True
    )
    title: Mapped[str] = mapped_column(sa.Text)
    title_key: Mapped[str] = mapped_column(sa.Text().with_variant(sa.Text(collation="C"), "postgresql"))
    category: Mapped[str] = mapped_column(sa.Text)
    difficulty: Mapped[str] = mapped_column(sa.Text)
    language: Mapped[str] = mapped_column(sa.Text)
    duration_minutes: Mapped[int]
    length: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.Text)
    phase_count: Mapped[int]
    owner_id: Mapped[int | None]
    is_public: Mapped[bool]
    created_us: Mapped[int] = mapped_column(sa.BigInteger)
    updated_us: Mapped[int] = mapped_column(sa.BigInteger)


class FacetRow(Base):
    """How many entries there are of one kind, for each owner and, as owner -1, for all shared ones. Kept by triggers.

    Entries without an owner are counted under -2.
    """

    __tablename__ = "scenario_desk_facet"

    owner_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    is_public: Mapped[bool] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    difficulty: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    language: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    length: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    state: Mapped[str] = mapped_column(sa.Text, primary_key=True)
    number: Mapped[int]


class StaleEntryRow(Base):
    """A queue, filled by triggers, of scenarios whose entry has to be made again."""

    __tablename__ = "scenario_desk_stale_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_pk: Mapped[int]


EVERYONE = -1
NO_OWNER = -2
"""What `FacetRow.owner_id` holds for all that is shared, and for what belongs to nobody."""


def is_custom() -> sa.ColumnElement[bool]:
    """True for rows that are no mirror; another program's table may hold NULL there."""
    return sa.func.coalesce(ScenarioRow.is_system_scenario, sa.false()) == sa.false()


def table_of(row: type[Base]) -> sa.Table:
    """The table of a row class."""
    return Base.metadata.tables[row.__tablename__]


SCENARIOS = table_of(ScenarioRow)
PHASES = table_of(PhaseRow)
RECORDS = table_of(RecordRow)
REVISIONS = table_of(RevisionRow)
DRAFTS = table_of(DraftRow)
DRAFT_STEPS = table_of(DraftStepRow)
VIEWS = table_of(ViewRow)
TAGS = table_of(TagRow)
AUDIT = table_of(AuditRow)
PEOPLE = table_of(PersonRow)
MIRROR_STATE = table_of(MirrorStateRow)
MIRROR_DIGESTS = table_of(MirrorDigestRow)
MIRROR_CONTEXT = table_of(MirrorContextRow)
ENTRIES = table_of(EntryRow)
FACETS = table_of(FacetRow)
STALE_ENTRIES = table_of(StaleEntryRow)
