"""Proposals to production, and what was said about them."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
_UNDER_REVIEW = sa.text("state IN ('open', 'changes_asked_for')")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "scenario_desk_proposal",
        sa.Column("proposal_id", sa.String(16), primary_key=True),
        sa.Column("scenario_id", sa.String(100), nullable=False, index=True),
        sa.Column("scenario_version", sa.Integer, nullable=False),
        sa.Column("proposer_id", sa.Integer, nullable=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("document", sa.JSON),
        sa.Column("frozen_at", _MOMENT, nullable=False),
        sa.Column("origin_id", sa.String(255)),
        sa.Column("origin_phases", sa.JSON, nullable=False),
        sa.Column("replaces", sa.String(255)),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("production_id", sa.String(255), index=True),
        sa.Column("before_sha256", sa.String(64)),
        sa.Column("former", sa.Text),
        sa.Column("backup", sa.String(255)),
        sa.Column("after_sha256", sa.String(64)),
        sa.Column("record_sha256", sa.String(64)),
    )
    op.create_index(
        "uq_scenario_desk_proposal_under_review",
        "scenario_desk_proposal",
        ["scenario_id"],
        unique=True,
        sqlite_where=_UNDER_REVIEW,
        postgresql_where=_UNDER_REVIEW,
    )
    for other in ("state", "proposer_id"):
        name = f"ix_scenario_desk_proposal_{other}_updated_at"
        op.create_index(name, "scenario_desk_proposal", [other, "updated_at"])
    op.create_table(
        "scenario_desk_proposal_event",
        sa.Column("event_id", sa.Integer, primary_key=True),
        sa.Column("proposal_id", sa.String(16), nullable=False, index=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor_id", sa.Integer, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
    )
