"""Households: who lives with whom and since when, codes to join, and which meter, car or roof is whose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant

revision = "0016"
down_revision = "0015"

OPEN = sa.text("left_on IS NULL")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "household_members",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("joined_on", sa.Date(), nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("left_on", sa.Date()),
        sa.PrimaryKeyConstraint("user_id", "joined_on", name="pk_household_members"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_household_members_user_id_users"),
    )
    op.create_index("ix_household_members_household_id", "household_members", ["household_id"])
    op.create_index(
        "uq_household_members_open",
        "household_members",
        ["user_id"],
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    )
    op.create_table(
        "household_invitations",
        sa.Column("code_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("household_id", Id, nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name="pk_household_invitations"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_household_invitations_user_id_users"),
    )
    op.create_index("ix_household_invitations_expires_at", "household_invitations", ["expires_at"])
    op.create_table(
        "declared_things",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("thing_hash", sa.String(64)),
        sa.Column("sealed_number", sa.LargeBinary()),
        sa.Column("declared_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "kind", "from_on", name="pk_declared_things"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_declared_things_user_id_users"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("declared_things", "household_invitations", "household_members"):
        op.drop_table(table)
