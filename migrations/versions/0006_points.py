"""Grants of points, and what left each of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant, WholeNumber
from migrations.append_only import append_only
from migrations.triggers import forget_functions

revision = "0006"
down_revision = "0005"

OPEN = sa.text("remaining > 0")
ENTRY = ["ledger_entries.user_id", "ledger_entries.id"]


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "grants",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("entry_id", Id, nullable=False),
        sa.Column("activity_id", Id),
        sa.Column("methodology_id", sa.String(80)),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("amount", WholeNumber, nullable=False),
        sa.Column("remaining", WholeNumber, nullable=False),
        sa.Column("taken_back", WholeNumber, nullable=False),
        sa.Column("lost", WholeNumber, nullable=False),
        sa.Column("matures_at", UtcInstant(), nullable=False),
        sa.Column("ends_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_grants"),
        sa.ForeignKeyConstraint(["user_id", "entry_id"], ENTRY, name="fk_grants_user_id_entry_id_ledger_entries"),
        sa.CheckConstraint("state IN ('pending', 'collected', 'lapsed', 'expired')", name="ck_grants_state"),
        sa.CheckConstraint("amount > 0", name="ck_grants_amount"),
        sa.CheckConstraint("remaining BETWEEN 0 AND amount", name="ck_grants_remaining"),
        sa.CheckConstraint("taken_back BETWEEN 0 AND amount", name="ck_grants_taken_back"),
        sa.CheckConstraint("lost BETWEEN 0 AND amount - remaining", name="ck_grants_lost"),
        sa.CheckConstraint("state IN ('pending', 'collected') OR remaining = 0", name="ck_grants_ended_is_empty"),
    )
    op.create_index("ix_grants_user_id_activity_id", "grants", ["user_id", "activity_id"])
    op.create_index("ix_grants_open", "grants", ["user_id", "ends_at"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_index("ix_grants_ending", "grants", ["ends_at"], sqlite_where=OPEN, postgresql_where=OPEN)
    op.create_table(
        "grant_movements",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("grant_id", Id, nullable=False),
        sa.Column("entry_id", Id, nullable=False),
        sa.Column("amount", WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("user_id", "grant_id", "entry_id", name="pk_grant_movements"),
        sa.ForeignKeyConstraint(
            ["user_id", "grant_id"],
            ["grants.user_id", "grants.id"],
            name="fk_grant_movements_user_id_grant_id_grants",
        ),
        sa.ForeignKeyConstraint(
            ["user_id", "entry_id"], ENTRY, name="fk_grant_movements_user_id_entry_id_ledger_entries"
        ),
        sa.CheckConstraint("amount > 0", name="ck_grant_movements_amount"),
    )
    op.create_index("ix_grant_movements_user_id_entry_id", "grant_movements", ["user_id", "entry_id"])
    append_only("grant_movements", keys=[("user_id", "grant_id", "entry_id")])


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("grant_movements")
    op.drop_table("grants")
    forget_functions("grant_movements")
