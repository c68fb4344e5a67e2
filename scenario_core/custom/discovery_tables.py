"""The tables of discovery: what people keep, collect and rate, and words of their own on scenarios of either store.

No row refers to a scenario's row: a scenario that is deleted and brought back has kept all of this.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scenario_core.custom.columns import UtcDateTime
from scenario_core.custom.tables import Base, table_of


class BookmarkRow(Base):
    """A scenario that a person wants to find again; nobody else sees it."""

    __tablename__ = "scenario_desk_bookmark"

    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scenario_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


class LabelRow(Base):
    """A word that a person has put on a scenario for finding it again; nobody else sees it."""

    __tablename__ = "scenario_desk_label"

    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    scenario_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    label: Mapped[str] = mapped_column(sa.String(50), primary_key=True)


class CollectionRow(Base):
    """Scenarios that belong together; as a learning path, in the order in which they are to be practised."""

    __tablename__ = "scenario_desk_collection"

    collection_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    owner_id: Mapped[int] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(sa.String(100))
    description: Mapped[str] = mapped_column(sa.Text)
    is_public: Mapped[bool] = mapped_column(index=True)
    is_path: Mapped[bool]
    version: Mapped[int]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    deleted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class CollectionItemRow(Base):
    """One scenario of a collection; `position` counts from 0 without gaps."""

    __tablename__ = "scenario_desk_collection_item"

    collection_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    scenario_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    position: Mapped[int]
    note: Mapped[str] = mapped_column(sa.String(500))


class RatingRow(Base):
    """What one person thinks of one scenario: 1 to 5 stars and, where they wrote one, a review."""

    __tablename__ = "scenario_desk_rating"

    scenario_id: Mapped[str] = mapped_column(sa.String(255), primary_key=True)
    person_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    stars: Mapped[int]
    review: Mapped[str] = mapped_column(sa.Text)
    rated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


BOOKMARKS: Final = table_of(BookmarkRow)
LABELS: Final = table_of(LabelRow)
COLLECTIONS: Final = table_of(CollectionRow)
COLLECTION_ITEMS: Final = table_of(CollectionItemRow)
RATINGS: Final = table_of(RatingRow)
NAMES: Final = frozenset(table.name for table in (BOOKMARKS, LABELS, COLLECTIONS, COLLECTION_ITEMS, RATINGS))
