"""Discovery: bookmarks, labels of one's own, collections and learning paths, ratings."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "scenario_desk_bookmark",
        sa.Column("person_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("scenario_id", sa.String(255), primary_key=True),
        sa.Column("added_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "scenario_desk_label",
        sa.Column("person_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("scenario_id", sa.String(255), primary_key=True),
        sa.Column("label", sa.String(50), primary_key=True),
    )
    op.create_table(
        "scenario_desk_collection",
        sa.Column("collection_id", sa.String(36), primary_key=True),
        sa.Column("owner_id", sa.Integer, nullable=False, index=True),
        sa.Column("title", sa.String(100), nullable=False),
        sa.Column("description", sa.Text, nullable=False),
        sa.Column("is_public", sa.Boolean, nullable=False, index=True),
        sa.Column("is_path", sa.Boolean, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
        sa.Column("deleted_at", _MOMENT),
    )
    op.create_table(
        "scenario_desk_collection_item",
        sa.Column("collection_id", sa.String(36), primary_key=True),
        sa.Column("scenario_id", sa.String(255), primary_key=True),
        sa.Column("position", sa.Integer, nullable=False),
        sa.Column("note", sa.String(500), nullable=False),
    )
    op.create_table(
        "scenario_desk_rating",
        sa.Column("scenario_id", sa.String(255), primary_key=True),
        sa.Column("person_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("stars", sa.Integer, nullable=False),
        sa.Column("review", sa.Text, nullable=False),
        sa.Column("rated_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
    )
