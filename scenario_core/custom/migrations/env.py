"""Runs the migrations on the connection that `schema.py` hands over, all in its one transaction."""

from alembic import context

from scenario_core.custom.tables import Base

VERSION_TABLE = "scenario_desk_version"

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Base.metadata,
    version_table=VERSION_TABLE,
    transactional_ddl=True,
)
context.run_migrations()
