"""Claims: which meter, car or roof was counted on which day, for whom, and which activities rest on that."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    """Create the directory and the rows that rest on it."""
    op.create_table(
        "thing_claims",
        sa.Column("thing_hash", sa.String(64), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("user_id", Id),
        sa.PrimaryKeyConstraint("thing_hash", "claimed_on", name="pk_thing_claims"),
    )
    op.create_index("ix_thing_claims_user_id", "thing_claims", ["user_id"])
    op.create_table(
        "claimed_things",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("activity_id", Id, nullable=False),
        sa.Column("thing_hash", sa.String(64), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "activity_id", "thing_hash", "claimed_on", name="pk_claimed_things"),
        sa.ForeignKeyConstraint(
            ["user_id", "activity_id"],
            ["activities.user_id", "activities.id"],
            name="fk_claimed_things_user_id_activity_id_activities",
        ),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("claimed_things")
    op.drop_table("thing_claims")
