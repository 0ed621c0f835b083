"""Alembic's environment: the open connection that ``versions.upgrade`` hands in takes the steps that it lacks."""

from alembic import context

from models.tables import Base

connection = context.config.attributes["connection"]
# SQLite cannot alter a table: in a batch it is copied into its new form. Either database takes back a step that fails.
context.configure(connection, target_metadata=Base.metadata, render_as_batch=True, transactional_ddl=True)
context.run_migrations()
