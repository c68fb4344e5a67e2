"""The author's workbench: rehearsals, read-only links, and what a copy's origin was when the copy was made."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the tables and the columns."""
    op.create_table(
        "scenario_desk_rehearsal",
        sa.Column("rehearsal_id", sa.String(36), primary_key=True),
        sa.Column("owner_id", sa.Integer, nullable=False),
        sa.Column("subject", sa.String(255), nullable=False, index=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("transcript", sa.JSON, nullable=False),
        sa.Column("expected", sa.JSON),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("owner_id", "subject", "name", name="uq_scenario_desk_rehearsal_owner_id_subject_name"),
    )
    op.create_table(
        "scenario_desk_share_link",
        sa.Column("link_id", sa.String(36), primary_key=True),
        sa.Column("scenario_id", sa.String(100), nullable=False, index=True),
        sa.Column("owner_id", sa.Integer, nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_at", _MOMENT),
    )
    op.add_column("scenario_desk_record", sa.Column("origin_document", sa.JSON))
    op.add_column("scenario_desk_record", sa.Column("origin_phases", sa.JSON))
