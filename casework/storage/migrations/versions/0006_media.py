"""What is fetched at providers, messages that belong together, and the way by which an answer leaves."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message", sa.Column("burst", sa.Text(), nullable=True))
    op.create_index(
        "ix_message_burst",
        "message",
        ["burst", "accepted_at"],
        sqlite_where=sa.text("burst IS NOT NULL"),
        postgresql_where=sa.text("burst IS NOT NULL"),
    )
    op.add_column("outbox", sa.Column("way", JSON, nullable=True))
    errands()


def errands() -> None:
    op.create_table(
        "errand",
        sa.Column("id", ID, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("message_id", ID, nullable=True),
        sa.Column("details", JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["message_id"], ["message.id"], name=op.f("fk_errand_message_id_message")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_errand")),
        sa.UniqueConstraint("channel", "what", "name", name=op.f("uq_errand_channel_what_name")),
    )
    op.create_index(op.f("ix_errand_message_id"), "errand", ["message_id"])
    op.create_index(
        "ix_errand_waiting",
        "errand",
        ["next_try_at"],
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_errand_announced",
        "errand",
        ["created_at"],
        sqlite_where=sa.text("what = 'message'"),
        postgresql_where=sa.text("what = 'message'"),
    )
