"""Who is paid for which instance of a flow, in one table instead of the days that an activity covers.

What was credited before holds no claim: it was credited by the rules of its time.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id

revision = "0031"
down_revision = "0035"


def upgrade() -> None:
    """Make the claims; the covered days are part of them."""
    op.create_table(
        "flow_claims",
        sa.Column("owner_id", sa.String(length=64), nullable=False),
        sa.Column("flow", sa.String(length=80), nullable=False),
        sa.Column("instance", sa.String(length=120), nullable=False),
        sa.Column("claimed_on", sa.Date(), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("activity_id", Id, nullable=False),
        sa.Column("methodology_id", sa.String(length=80), nullable=False),
        sa.Column("rank", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "activity_id"],
            ["activities.user_id", "activities.id"],
            name=op.f("fk_flow_claims_user_id_activity_id_activities"),
        ),
        sa.PrimaryKeyConstraint("owner_id", "flow", "instance", name=op.f("pk_flow_claims")),
    )
    op.create_index(op.f("ix_flow_claims_owner_id_claimed_on"), "flow_claims", ["owner_id", "claimed_on"])
    op.create_index(op.f("ix_flow_claims_user_id_activity_id"), "flow_claims", ["user_id", "activity_id"])
    op.drop_table("covered_days")


def downgrade() -> None:
    """Drop the claims; the covered days come back empty."""
    op.drop_table("flow_claims")
    op.create_table(
        "covered_days",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("covered_on", sa.Date(), nullable=False),
        sa.Column("activity_id", Id, nullable=False),
        sa.Column("methodology_id", sa.String(length=80), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "activity_id"],
            ["activities.user_id", "activities.id"],
            name=op.f("fk_covered_days_user_id_activity_id_activities"),
        ),
        sa.PrimaryKeyConstraint("user_id", "covered_on", "activity_id", name=op.f("pk_covered_days")),
    )
