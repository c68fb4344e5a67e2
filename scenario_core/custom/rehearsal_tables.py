"""The table of rehearsals: one that goes on for each person and scenario, and those that were kept as examples."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scenario_core.custom.columns import JsonValue, UtcDateTime
from scenario_core.custom.tables import Base, table_of


class RehearsalRow(Base):
    """A rehearsal of its owner's, seen by nobody else.

    `subject` is the id of a scenario of either store, or `draft:` and the id of a draft. With an empty `name` it is the
    one that goes on; with another it is an example, and `expected` holds what it came to when it was kept.
    """

    __tablename__ = "scenario_desk_rehearsal"
    __table_args__ = (sa.UniqueConstraint("owner_id", "subject", "name"),)

    rehearsal_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    owner_id: Mapped[int]
    subject: Mapped[str] = mapped_column(sa.String(255), index=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    version: Mapped[int] = mapped_column(default=1)
    transcript: Mapped[Any] = mapped_column(JsonValue)
    expected: Mapped[Any] = mapped_column(JsonValue, nullable=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


REHEARSALS: Final = table_of(RehearsalRow)
NAMES: Final = frozenset({REHEARSALS.name})
