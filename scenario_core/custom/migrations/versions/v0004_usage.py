"""Usage: runs by pseudonym, the files of compacted runs, imports, notes; saved views of more pages than one."""

import hashlib
import secrets

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_MOMENT = sa.DateTime().with_variant(sa.DateTime(timezone=True), "postgresql")
_KEPT = "run_id, scenario_id, store, language, source, total_phases, started_at, ended_at, end_reason"


def upgrade() -> None:
    """Put pseudonyms in the place of users' numbers, and add what usage needs beside them."""
    key = secrets.token_hex(32)
    op.rename_table("scenario_desk_run", "scenario_desk_run_old")
    op.drop_index("ix_scenario_desk_run_scenario_id", "scenario_desk_run_old")
    op.drop_index("ix_scenario_desk_run_user_id", "scenario_desk_run_old")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER INDEX pk_scenario_desk_run RENAME TO pk_scenario_desk_run_old")
    _add_tables()
    op.execute(
        f"INSERT INTO scenario_desk_run ({_KEPT}, learner, heard_at) "  # noqa: S608 - a constant of the module
        f"SELECT {_KEPT}, CAST(user_id AS VARCHAR(16)), started_at FROM scenario_desk_run_old"
    )
    users = op.get_bind().execute(sa.text("SELECT DISTINCT user_id FROM scenario_desk_run_old")).scalars().all()
    rename = sa.text("UPDATE scenario_desk_run SET learner = :new WHERE learner = :old")
    for user_id in users:
        new = hashlib.sha256(f"{key}:{user_id}".encode()).hexdigest()[:16]
        op.get_bind().execute(rename, {"old": str(user_id), "new": new})
    op.drop_table("scenario_desk_run_old")
    op.add_column("scenario_desk_view", sa.Column("page", sa.String(20), nullable=False, server_default="catalogue"))
    state = sa.table("scenario_desk_usage_state", *map(sa.column, ("id", "pseudonym_key", "highest_user_id")))
    op.bulk_insert(state, [{"id": 1, "pseudonym_key": key, "highest_user_id": max(users, default=0)}])


def _add_tables() -> None:
    op.create_table(
        "scenario_desk_run",
        sa.Column("run_id", sa.String(100), primary_key=True),
        sa.Column("scenario_id", sa.String(255)),
        sa.Column("store", sa.String(20)),
        sa.Column("learner", sa.String(16)),
        sa.Column("language", sa.String(35)),
        sa.Column("source", sa.String(20), nullable=False),
        sa.Column("started_at", _MOMENT),
        sa.Column("ended_at", _MOMENT),
        sa.Column("end_reason", sa.String(20)),
        sa.Column("last_phase", sa.String(100)),
        sa.Column("phases_completed", sa.Integer),
        sa.Column("total_phases", sa.Integer),
        sa.Column("phase_seconds", sa.JSON),
        sa.Column("minutes", sa.Double),
        sa.Column("vocabulary", sa.JSON),
        sa.Column("objectives", sa.JSON),
        sa.Column("success_rate", sa.Double),
        sa.Column("completion_score", sa.Double),
        sa.Column("finished_only", sa.Boolean, nullable=False, server_default=sa.false()),
        sa.Column("heard_at", _MOMENT),
    )
    op.create_index("ix_scenario_desk_run_learner", "scenario_desk_run", ["learner", "scenario_id"])
    op.create_table(
        "scenario_desk_run_file",
        sa.Column("file_id", sa.Integer, primary_key=True),
        sa.Column("path", sa.String(255), nullable=False, unique=True),
        sa.Column("is_sample", sa.Boolean, nullable=False),
        sa.Column("runs", sa.Integer, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.Column("import_id", sa.Integer, index=True),
    )
    op.create_table(
        "scenario_desk_run_batch",
        sa.Column("batch_id", sa.String(32), primary_key=True),
        sa.Column("begun_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "scenario_desk_run_import",
        sa.Column("import_id", sa.Integer, primary_key=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("actor_id", sa.Integer, nullable=False),
        sa.Column("form", sa.String(20), nullable=False),
        sa.Column("name", sa.String(255), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False, index=True),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("known", sa.Integer, nullable=False),
        sa.Column("faulty", sa.Integer, nullable=False),
    )
    op.create_table(
        "scenario_desk_usage_state",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("pseudonym_key", sa.String(64), nullable=False),
        sa.Column("highest_user_id", sa.Integer, nullable=False),
    )
    op.create_table(
        "scenario_desk_usage_note",
        sa.Column("note_id", sa.String(36), primary_key=True),
        sa.Column("owner_id", sa.Integer, nullable=False, index=True),
        sa.Column("on_day", sa.Date, nullable=False),
        sa.Column("text", sa.String(200), nullable=False),
    )
