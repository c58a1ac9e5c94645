"""What a logged activity writes costs less: no key and no index whose work another one does (ADR 0121).

A table that nothing writes to any more goes. No row of another changes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from migrations.checks import ForeignKey, create_foreign_key, drop_foreign_key

revision = "0036"
down_revision = "0047"

_LIVE = sa.text("superseded_at IS NULL")
ACTIVITY, ENTRY = ("user_id", "activity_id"), ("user_id", "entry_id")
# Each with the constraint behind it in its table.
KEYS = (
    (
        ForeignKey("reductions", ACTIVITY, "activities", ("user_id", "id")),
        "uq_reductions_user_id_activity_id_revision",
    ),
    (
        ForeignKey("ledger_postings", ENTRY, "ledger_entries", ("user_id", "id")),
        "ck_ledger_postings_ck_ledger_postings_amount",
    ),
    (ForeignKey("grants", ENTRY, "ledger_entries", ("user_id", "id")), "ck_grants_ck_grants_state"),
)


def upgrade() -> None:
    """Drop the keys, the indexes and the table."""
    for key, _ in KEYS:
        drop_foreign_key(key)
    op.drop_index("uq_reductions_live", "reductions")
    op.drop_index("ix_activities_user_id_occurred_at_id", "activities")
    op.create_index("ix_activities_user_id_occurred_at", "activities", ["user_id", "occurred_at"])
    op.drop_index("ix_stored_answers_created_at", "stored_answers")
    op.create_index("ix_stored_answers_created_at", "stored_answers", ["created_at"], postgresql_using="brin")
    op.drop_table("activity_books")


def downgrade() -> None:
    """Make them again; fails where a row leads to nothing."""
    op.create_table(
        "activity_books",
        sa.Column("user_id", sa.String(30), nullable=False),
        sa.Column("revision", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_activity_books"),
    )
    op.drop_index("ix_stored_answers_created_at", "stored_answers")
    op.create_index("ix_stored_answers_created_at", "stored_answers", ["created_at"])
    op.drop_index("ix_activities_user_id_occurred_at", "activities")
    op.create_index("ix_activities_user_id_occurred_at_id", "activities", ["user_id", "occurred_at", "id"])
    op.create_index(
        "uq_reductions_live",
        "reductions",
        ["user_id", "activity_id"],
        unique=True,
        sqlite_where=_LIVE,
        postgresql_where=_LIVE,
    )
    for key, behind in reversed(KEYS):
        create_foreign_key(key, behind)
