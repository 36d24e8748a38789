"""One resident on every channel, one matter in every message: proofs, links, suggestions, joined cases."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
MOMENT = sa.DateTime(timezone=True)

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contact", sa.Column("proof", sa.Text(), nullable=False, server_default="said"))
    op.add_column("contact", sa.Column("verified_at", MOMENT, nullable=True))
    op.add_column("cases", sa.Column("compare_at", MOMENT, nullable=True))
    if op.get_bind().dialect.name == "sqlite":  # which can add a foreign key only with its column
        named = op.f("fk_cases_joined_to_id_cases")
        op.execute(f"ALTER TABLE cases ADD COLUMN joined_to_id INTEGER CONSTRAINT {named} REFERENCES cases (id)")
    else:
        op.add_column("cases", sa.Column("joined_to_id", ID, nullable=True))
        op.create_foreign_key(op.f("fk_cases_joined_to_id_cases"), "cases", "cases", ["joined_to_id"], ["id"])
    op.create_index(op.f("ix_cases_joined_to_id"), "cases", ["joined_to_id"])
    partial("ix_cases_to_compare", "cases", "compare_at IS NOT NULL")
    proofs()
    matters()


def proofs() -> None:
    op.create_table(
        "contact_code",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("nonce", sa.Text(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_contact_code_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_code")),
        sa.UniqueConstraint("nonce", name=op.f("uq_contact_code_nonce")),
    )
    op.create_index(op.f("ix_contact_code_case_id"), "contact_code", ["case_id"])
    op.create_index("ix_contact_code_address", "contact_code", ["kind", "address", "sent_at"])
    op.create_table(
        "link",
        sa.Column("id", ID, nullable=False),
        sa.Column("person_id", ID, nullable=False),
        sa.Column("was_person_id", ID, nullable=False),
        sa.Column("contacts", JSON, nullable=False),
        sa.Column("anchors", JSON, nullable=False),
        sa.Column("cases", JSON, nullable=False),
        sa.Column("filled", JSON, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("undone_at", MOMENT, nullable=True),
        sa.Column("undone_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_link_person_id_person")),
        sa.ForeignKeyConstraint(["was_person_id"], ["person.id"], name=op.f("fk_link_was_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
    )
    op.create_index(op.f("ix_link_person_id"), "link", ["person_id"])
    op.create_index(op.f("ix_link_was_person_id"), "link", ["was_person_id"])


def matters() -> None:
    op.create_table(
        "clue",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_clue_case_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clue")),
        sa.UniqueConstraint("case_id", "digest", name=op.f("uq_clue_case_id_digest")),
    )
    op.create_index(op.f("ix_clue_digest"), "clue", ["digest"])
    op.create_table(
        "suggestion",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("other_id", ID, nullable=False),
        sa.Column("sort", sa.Text(), nullable=False),
        sa.Column("reasons", JSON, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_suggestion_case_id_cases")),
        sa.ForeignKeyConstraint(["other_id"], ["cases.id"], name=op.f("fk_suggestion_other_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_suggestion")),
        sa.UniqueConstraint("case_id", "other_id", name=op.f("uq_suggestion_case_id_other_id")),
    )
    op.create_index(op.f("ix_suggestion_other_id"), "suggestion", ["other_id"])
    partial("ix_suggestion_open", "suggestion", "state = 'open'")
    op.create_table(
        "joining",
        sa.Column("id", ID, nullable=False),
        sa.Column("case_id", ID, nullable=False),
        sa.Column("head_id", ID, nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("clocks", JSON, nullable=False),
        sa.Column("before", JSON, nullable=False),
        sa.Column("after", JSON, nullable=False),
        sa.Column("started", JSON, nullable=False),
        sa.Column("replaced", JSON, nullable=False),
        sa.Column("parted_at", MOMENT, nullable=True),
        sa.Column("parted_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_joining_case_id_cases")),
        sa.ForeignKeyConstraint(["head_id"], ["cases.id"], name=op.f("fk_joining_head_id_cases")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_joining")),
    )
    op.create_index(op.f("ix_joining_case_id"), "joining", ["case_id"])
    op.create_index(op.f("ix_joining_head_id"), "joining", ["head_id"])


def partial(name: str, table: str, where: str) -> None:
    op.create_index(name, table, ["id"], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
