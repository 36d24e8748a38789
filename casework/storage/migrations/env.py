"""Alembic's entry: runs on the connection that `casework.storage.schema` hands it."""

from alembic import context

from casework.storage import api_clients, errand_table, learning_tables, people_tables, tables  # noqa: F401 - all tables
from casework.storage.columns import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
