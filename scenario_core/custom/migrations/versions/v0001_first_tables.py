"""The app's two tables where they are missing, and all of the project's own."""

from collections.abc import Callable

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_TEXT_C = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
_ID_C = sa.String(100).with_variant(sa.String(100, collation="C"), "postgresql")
_MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")

_ENTRY_ORDERS = {
    "title": ["title_key"],
    "updated": ["updated_us"],
    "created": ["created_us"],
    "duration": ["duration_minutes"],
    "category_title": ["category", "title_key"],
    "category_updated": ["category", "updated_us"],
}


def upgrade() -> None:
    """Create what is missing."""
    existing = set(sa.inspect(op.get_bind()).get_table_names())
    create: dict[str, Callable[[], None]] = {"scenarios": _scenarios, "scenario_phases": _scenario_phases}
    for name, make in create.items():
        if name not in existing:
            make()
    _authoring()
    _mirror()
    _catalogue()
    _runs()


def _id() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _times() -> list[sa.Column[object]]:
    return [sa.Column(name, _MOMENT, server_default=sa.func.now()) for name in ("created_at", "updated_at")]


def _scenarios() -> None:
    op.create_table(
        "scenarios",
        _id(),
        sa.Column("scenario_id", sa.String(100), nullable=False, unique=True),
        sa.Column("title", sa.String(255), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("category", sa.String(50), nullable=False),
        sa.Column("difficulty", sa.String(20), nullable=False),
        sa.Column("estimated_duration", sa.Integer),
        sa.Column("language", sa.String(10)),
        sa.Column("user_role", sa.String(50)),
        sa.Column("ai_role", sa.String(50)),
        sa.Column("setting", sa.Text),
        sa.Column("created_by", sa.Integer),
        sa.Column("is_system_scenario", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("is_public", sa.Boolean, nullable=False, server_default=sa.false()),
        *(sa.Column(name, sa.JSON) for name in ("prerequisites", "learning_outcomes", "vocabulary_focus")),
        sa.Column("cultural_context", sa.JSON),
        *_times(),
    )
    op.create_index("ix_scenarios_created_by", "scenarios", ["created_by"])
    op.create_index("ix_scenarios_category", "scenarios", ["category"])
    op.create_index("ix_scenarios_is_public_is_system_scenario", "scenarios", ["is_public", "is_system_scenario"])


def _scenario_phases() -> None:
    op.create_table(
        "scenario_phases",
        _id(),
        sa.Column("scenario_id", sa.Integer, sa.ForeignKey("scenarios.id", ondelete="CASCADE"), nullable=False),
        sa.Column("phase_number", sa.Integer, nullable=False),
        sa.Column("phase_id", sa.String(100), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("description", sa.Text),
        sa.Column("expected_duration_minutes", sa.Integer),
        *(
            sa.Column(name, sa.JSON)
            for name in ("key_vocabulary", "essential_phrases", "learning_objectives", "success_criteria")
        ),
        sa.Column("cultural_notes", sa.Text),
        *_times(),
        sa.UniqueConstraint("scenario_id", "phase_number"),
    )


def _authoring() -> None:
    op.create_table(
        "scenario_desk_record",
        sa.Column("scenario_id", sa.String(100), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("origin_id", sa.String(255), index=True),
        sa.Column("origin_store", sa.String(20)),
        sa.Column("origin_title", sa.Text),
        sa.Column("extra", sa.JSON),
        sa.Column("deleted_at", _MOMENT),
        sa.Column("deleted_owner_id", sa.Integer),
        sa.Column("final", sa.JSON),
    )
    op.create_index(
        "ix_scenario_desk_record_deleted_owner_id", "scenario_desk_record", ["deleted_owner_id", "deleted_at"]
    )
    op.create_table(
        "scenario_desk_revision",
        _id(),
        sa.Column("scenario_id", sa.String(100), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("replaced_at", _MOMENT, nullable=False),
        sa.Column("replaced_by", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON),
        sa.UniqueConstraint("scenario_id", "version"),
    )
    op.create_table(
        "scenario_desk_draft",
        sa.Column("draft_id", sa.String(36), primary_key=True),
        sa.Column("owner_id", sa.Integer, nullable=False, index=True),
        sa.Column("scenario_id", sa.String(100)),
        sa.Column("base_version", sa.Integer),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("document", sa.JSON),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("updated_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "scenario_desk_audit",
        _id(),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor_id", sa.Integer, nullable=False),
        sa.Column("operation", sa.String(40), nullable=False),
        sa.Column("store", sa.String(20), nullable=False),
        sa.Column("scenario_id", sa.String(255), index=True),
        sa.Column("detail", sa.JSON),
    )
    op.create_table(
        "scenario_desk_person",
        sa.Column("user_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(255), nullable=False, server_default=""),
        sa.Column("roles", sa.JSON),
    )


def _mirror() -> None:
    op.create_table(
        "scenario_desk_mirror_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("revision", sa.String(64)),
        sa.Column("applied_at", _MOMENT),
    )
    op.create_table(
        "scenario_desk_mirror_context",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    )


def _catalogue() -> None:
    op.create_table(
        "scenario_desk_entry",
        sa.Column("scenario_pk", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("scenario_id", _ID_C, nullable=False, unique=True),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("title_key", _TEXT_C, nullable=False),
        *(sa.Column(name, sa.Text, nullable=False) for name in ("category", "difficulty", "language")),
        sa.Column("duration_minutes", sa.Integer, nullable=False),
        sa.Column("length", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("phase_count", sa.Integer, nullable=False),
        sa.Column("owner_id", sa.Integer),
        sa.Column("is_public", sa.Boolean, nullable=False),
        sa.Column("created_us", sa.BigInteger, nullable=False),
        sa.Column("updated_us", sa.BigInteger, nullable=False),
    )
    for reach, columns in {"public": ["is_public"], "owner": ["owner_id", "is_public"]}.items():
        for name, order in _ENTRY_ORDERS.items():
            index = f"ix_scenario_desk_entry_{reach}_{name}"
            op.create_index(index, "scenario_desk_entry", [*columns, *order, "scenario_id"])
    op.create_table(
        "scenario_desk_facet",
        sa.Column("owner_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("is_public", sa.Boolean, primary_key=True),
        *(
            sa.Column(name, sa.Text, primary_key=True)
            for name in ("category", "difficulty", "language", "length", "state")
        ),
        sa.Column("number", sa.Integer, nullable=False),
    )
    op.create_table("scenario_desk_stale_entry", _id(), sa.Column("scenario_pk", sa.Integer, nullable=False))
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE scenario_desk_search USING fts5("
            "title, body, prefix='1 2 3', tokenize='unicode61 remove_diacritics 0')"
        )
    else:
        op.execute("CREATE TABLE scenario_desk_search (scenario_pk integer PRIMARY KEY, document tsvector NOT NULL)")
        op.execute("CREATE INDEX ix_scenario_desk_search_document ON scenario_desk_search USING gin (document)")


def _runs() -> None:
    op.create_table(
        "scenario_desk_run",
        sa.Column("run_id", sa.String(36), primary_key=True),
        sa.Column("scenario_id", sa.String(255), nullable=False),
        sa.Column("store", sa.String(20), nullable=False),
        sa.Column("user_id", sa.Integer, nullable=False),
        sa.Column("language", sa.String(35), nullable=False),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("total_phases", sa.Integer, nullable=False),
        sa.Column("started_at", _MOMENT, nullable=False),
        sa.Column("ended_at", _MOMENT),
        sa.Column("end_reason", sa.String(20)),
    )
    op.create_index("ix_scenario_desk_run_scenario_id", "scenario_desk_run", ["scenario_id", "started_at"])
    op.create_index("ix_scenario_desk_run_user_id", "scenario_desk_run", ["user_id", "scenario_id"])
