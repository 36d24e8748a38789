"""Alembic's entry: runs on the connection that `casework.storage.schema` hands it."""

from alembic import context

import casework.storage.api_clients  # noqa: F401  # with these all tables are known
from casework.storage.learning_tables import Base

connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=Base.metadata,
    render_as_batch=connection.dialect.name == "sqlite",
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
