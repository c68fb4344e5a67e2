"""The table of read-only links."""

from __future__ import annotations

from datetime import datetime
from typing import Final

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from scenario_core.custom.columns import UtcDateTime
from scenario_core.custom.tables import Base, table_of


class ShareLinkRow(Base):
    """A link to one scenario; `token_hash` is the SHA-256 of what stands in it."""

    __tablename__ = "scenario_desk_share_link"

    link_id: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    scenario_id: Mapped[str] = mapped_column(sa.String(100), index=True)
    owner_id: Mapped[int]
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


SHARE_LINKS: Final = table_of(ShareLinkRow)
NAMES: Final = frozenset({SHARE_LINKS.name})
