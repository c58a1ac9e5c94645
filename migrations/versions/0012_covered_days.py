"""The earlier days that a credited activity covers beside its own, for what may count only once a day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Create the table, and the way to a day's totals under every methodology."""
    op.create_table(
        "covered_days",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("covered_on", sa.Date(), nullable=False),
        sa.Column("activity_id", Id, nullable=False),
        sa.Column("methodology_id", sa.String(80), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "covered_on", "activity_id", name="pk_covered_days"),
        sa.ForeignKeyConstraint(
            ["user_id", "activity_id"],
            ["activities.user_id", "activities.id"],
            name="fk_covered_days_user_id_activity_id_activities",
        ),
    )
    op.create_index("ix_day_totals_user_id_occurred_on", "day_totals", ["user_id", "occurred_on"])


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_day_totals_user_id_occurred_on", "day_totals")
    op.drop_table("covered_days")
