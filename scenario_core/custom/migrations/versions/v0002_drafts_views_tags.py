"""Undo for drafts, saved views of the catalogue, and tags."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the tables and the draft's place in its own history."""
    op.add_column("scenario_desk_draft", sa.Column("step", sa.Integer, nullable=False, server_default="0"))
    op.create_table(
        "scenario_desk_draft_step",
        sa.Column("draft_id", sa.String(36), primary_key=True),
        sa.Column("step", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("base_version", sa.Integer),
        sa.Column("document", sa.JSON),
    )
    op.execute(
        "INSERT INTO scenario_desk_draft_step (draft_id, step, base_version, document) "
        "SELECT draft_id, 0, base_version, document FROM scenario_desk_draft"
    )
    op.create_table(
        "scenario_desk_view",
        sa.Column("view_id", sa.String(36), primary_key=True),
        sa.Column("owner_id", sa.Integer, nullable=False, index=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("query", sa.Text, nullable=False),
        sa.Column("is_shared", sa.Boolean, nullable=False, index=True),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.UniqueConstraint("owner_id", "name"),
    )
    op.create_table(
        "scenario_desk_tag",
        sa.Column("scenario_id", sa.String(100), primary_key=True),
        sa.Column("tag", sa.String(50), primary_key=True, index=True),
    )
