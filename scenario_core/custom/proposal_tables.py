"""The tables of proposals to production: what an author has proposed, as it stood then, and what was said about it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scenario_core.custom.columns import JsonValue, UtcDateTime
from scenario_core.custom.tables import Base, table_of

_UNDER_REVIEW: Final = sa.text("state IN ('open', 'changes_asked_for')")


class ProposalRow(Base):
    """A proposal. Of one scenario only one can be under review at a time.

    `document` is the scenario as it was frozen at `frozen_at`; `version` moves with every change of the proposal.
    From `production_id` on the columns say what publishing did: which revision of the file it replaced by which, which
    record it replaced (`former`, byte for byte as it stood) and the hash of the one that it wrote. All but the
    last three are written before the file is, so that publishing can be finished where it was interrupted.
    """

    __tablename__ = "scenario_desk_proposal"
    __table_args__ = (
        sa.Index(
            "uq_scenario_desk_proposal_under_review",
            "scenario_id",
            unique=True,
            sqlite_where=_UNDER_REVIEW,
            postgresql_where=_UNDER_REVIEW,
        ),
        sa.Index("ix_scenario_desk_proposal_state_updated_at", "state", "updated_at"),
        sa.Index("ix_scenario_desk_proposal_proposer_id_updated_at", "proposer_id", "updated_at"),
    )

    proposal_id: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    scenario_id: Mapped[str] = mapped_column(sa.String(100), index=True)
    scenario_version: Mapped[int]
    proposer_id: Mapped[int]
    title: Mapped[str] = mapped_column(sa.Text)
    document: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    frozen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    origin_id: Mapped[str | None] = mapped_column(sa.String(255))
    origin_phases: Mapped[Any] = mapped_column(JsonValue)
    replaces: Mapped[str | None] = mapped_column(sa.String(255))
    state: Mapped[str] = mapped_column(sa.String(20))
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    production_id: Mapped[str | None] = mapped_column(sa.String(255), index=True)
    before_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    former: Mapped[str | None] = mapped_column(sa.Text)
    backup: Mapped[str | None] = mapped_column(sa.String(255))
    after_sha256: Mapped[str | None] = mapped_column(sa.String(64))
    record_sha256: Mapped[str | None] = mapped_column(sa.String(64))


class ProposalEventRow(Base):
    """What was done with a proposal or said about it. Append-only."""

    __tablename__ = "scenario_desk_proposal_event"

    event_id: Mapped[int] = mapped_column(primary_key=True)
    proposal_id: Mapped[str] = mapped_column(sa.String(16), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    actor_id: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(20))
    text: Mapped[str] = mapped_column(sa.Text)


PROPOSALS: Final = table_of(ProposalRow)
PROPOSAL_EVENTS: Final = table_of(ProposalEventRow)
NAMES: Final = frozenset(table.name for table in (PROPOSALS, PROPOSAL_EVENTS))
