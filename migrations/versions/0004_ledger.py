"""The points ledger, append-only."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant, WholeNumber
from migrations.append_only import append_only
from migrations.triggers import forget_functions

revision = "0004"
down_revision = "0003"

ACCOUNT = sa.String(120)
SHA256 = sa.String(64)


def upgrade() -> None:
    """Create the books, the sums of the system accounts, and what keeps entries as they were written."""
    op.create_table(
        "ledger_entries",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("sequence", WholeNumber, nullable=False),
        sa.Column("reference", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("reverses", Id),
        sa.Column("occurred_at", UtcInstant(), nullable=False),
        sa.Column("posted_at", UtcInstant(), nullable=False),
        sa.Column("content_sha256", SHA256, nullable=False),
        sa.Column("previous_sha256", SHA256, nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_ledger_entries"),
        sa.UniqueConstraint("user_id", "reference", name="uq_ledger_entries_user_id_reference"),
        sa.UniqueConstraint("user_id", "sequence", name="uq_ledger_entries_user_id_sequence"),
        sa.UniqueConstraint("user_id", "reverses", name="uq_ledger_entries_user_id_reverses"),
        sa.ForeignKeyConstraint(
            ["user_id", "reverses"],
            ["ledger_entries.user_id", "ledger_entries.id"],
            name="fk_ledger_entries_user_id_reverses_ledger_entries",
        ),
        sa.CheckConstraint("sequence > 0", name="ck_ledger_entries_sequence"),
    )
    op.create_index("ix_ledger_entries_posted_at", "ledger_entries", ["posted_at"], postgresql_using="brin")
    op.create_table(
        "ledger_postings",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("entry_id", Id, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("source", ACCOUNT, nullable=False),
        sa.Column("destination", ACCOUNT, nullable=False),
        sa.Column("amount", WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "entry_id", "position", name="pk_ledger_postings"),
        sa.ForeignKeyConstraint(
            ["user_id", "entry_id"],
            ["ledger_entries.user_id", "ledger_entries.id"],
            name="fk_ledger_postings_user_id_entry_id_ledger_entries",
        ),
        sa.CheckConstraint("amount > 0", name="ck_ledger_postings_amount"),
        sa.CheckConstraint("source <> destination", name="ck_ledger_postings_moves"),
    )
    op.create_table(
        "ledger_heads",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("sequence", WholeNumber, nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ledger_heads"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_ledger_heads_user_id_users"),
    )
    op.create_table(
        "ledger_balances",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("account", ACCOUNT, nullable=False),
        sa.Column("balance", WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "account", name="pk_ledger_balances"),
    )
    op.create_table(
        "ledger_day_sums",
        sa.Column("account", ACCOUNT, nullable=False),
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("change", WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("account", "posted_on", name="pk_ledger_day_sums"),
    )
    op.create_table(
        "ledger_rolled_days",
        sa.Column("posted_on", sa.Date(), nullable=False),
        sa.Column("entries", WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("posted_on", name="pk_ledger_rolled_days"),
    )
    append_only(
        "ledger_entries",
        keys=[("user_id", "id"), ("user_id", "reference"), ("user_id", "sequence"), ("user_id", "reverses")],
    )
    append_only("ledger_postings", keys=[("user_id", "entry_id", "position")])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("ledger_rolled_days", "ledger_day_sums", "ledger_balances", "ledger_heads", "ledger_postings"):
        op.drop_table(table)
    op.drop_table("ledger_entries")
    for table in ("ledger_postings", "ledger_entries"):
        forget_functions(table)
