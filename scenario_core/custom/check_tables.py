"""The tables of the integrity checks: waivers, runs and what they found, and what content checks keep."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scenario_core.custom.columns import UtcDateTime
from scenario_core.custom.tables import Base, table_of


class WaiverRow(Base):
    """A finding of a content check that somebody has decided to leave as it is, for as long as the value stays."""

    __tablename__ = "scenario_desk_waiver"

    waiver_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(16), unique=True)
    code: Mapped[str] = mapped_column(sa.String(10))
    scenario_id: Mapped[str | None] = mapped_column(sa.String(255))
    field: Mapped[str] = mapped_column(sa.Text)
    message: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    author_id: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_on: Mapped[str | None] = mapped_column(sa.String(10))


class CheckRunRow(Base):
    """One run of all checks: what it came to, and how that differs from the run before."""

    __tablename__ = "scenario_desk_check_run"

    run_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    actor_id: Mapped[int]
    revision: Mapped[str] = mapped_column(sa.String(64))
    light: Mapped[str] = mapped_column(sa.String(10))
    errors: Mapped[int]
    warnings: Mapped[int]
    notices: Mapped[int]
    waived: Mapped[int]
    not_run: Mapped[int]
    new: Mapped[int]
    mended: Mapped[int]
    still: Mapped[int]


class KnownFindingRow(Base):
    """A finding that is open, or was until a later run no longer found it."""

    __tablename__ = "scenario_desk_known_finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    fingerprint: Mapped[str] = mapped_column(sa.String(16), index=True)
    code: Mapped[str] = mapped_column(sa.String(10))
    severity: Mapped[str] = mapped_column(sa.String(10))
    scenario_id: Mapped[str | None] = mapped_column(sa.String(255))
    message: Mapped[str] = mapped_column(sa.Text)
    first_run: Mapped[int] = mapped_column(index=True)
    mended_run: Mapped[int | None] = mapped_column(index=True)


class CheckResultRow(Base):
    """What the content checks found in one state of one scenario, so that it is not looked at again. Derived."""

    __tablename__ = "scenario_desk_check_result"

    digest: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    engine: Mapped[str] = mapped_column(sa.String(32))
    result: Mapped[str] = mapped_column(sa.Text)


WAIVERS = table_of(WaiverRow)
CHECK_RUNS = table_of(CheckRunRow)
KNOWN_FINDINGS = table_of(KnownFindingRow)
CHECK_RESULTS = table_of(CheckResultRow)
NAMES: Final = frozenset(table.name for table in (WAIVERS, CHECK_RUNS, KNOWN_FINDINGS, CHECK_RESULTS))
