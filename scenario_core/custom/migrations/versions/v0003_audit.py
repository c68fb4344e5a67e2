"""Waivers, the history of check runs, and what the checks and the mirror keep to be fast."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "scenario_desk_mirror_digest",
        sa.Column("scenario_id", sa.String(100), primary_key=True),
        sa.Column("digest", sa.String(32), nullable=False),
    )
    op.create_table(
        "scenario_desk_waiver",
        sa.Column("waiver_id", sa.String(36), primary_key=True),
        sa.Column("fingerprint", sa.String(16), nullable=False, unique=True),
        sa.Column("code", sa.String(10), nullable=False),
        sa.Column("scenario_id", sa.String(255)),
        sa.Column("field", sa.Text, nullable=False),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("author_id", sa.Integer, nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("expires_on", sa.String(10)),
    )
    op.create_table(
        "scenario_desk_check_run",
        sa.Column("run_id", sa.Integer, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False, index=True),
        sa.Column("actor_id", sa.Integer, nullable=False),
        sa.Column("revision", sa.String(64), nullable=False),
        sa.Column("light", sa.String(10), nullable=False),
        *(
            sa.Column(name, sa.Integer, nullable=False)
            for name in ("errors", "warnings", "notices", "waived", "not_run", "new", "mended", "still")
        ),
    )
    op.create_table(
        "scenario_desk_known_finding",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("fingerprint", sa.String(16), nullable=False, index=True),
        sa.Column("code", sa.String(10), nullable=False),
        sa.Column("severity", sa.String(10), nullable=False),
        sa.Column("scenario_id", sa.String(255)),
        sa.Column("message", sa.Text, nullable=False),
        sa.Column("first_run", sa.Integer, nullable=False, index=True),
        sa.Column("mended_run", sa.Integer, index=True),
    )
    op.create_table(
        "scenario_desk_check_result",
        sa.Column("digest", sa.String(32), primary_key=True),
        sa.Column("engine", sa.String(32), nullable=False),
        sa.Column("result", sa.Text, nullable=False),
    )
