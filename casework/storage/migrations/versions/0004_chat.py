"""A conversation is looked up by who wrote: only messages of a chat are in this index."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_message_of_a_chat",
        "message",
        ["sender", "id"],
        sqlite_where=sa.text("channel = 'chat'"),
        postgresql_where=sa.text("channel = 'chat'"),
    )


def downgrade() -> None:
    op.drop_index("ix_message_of_a_chat", table_name="message")
