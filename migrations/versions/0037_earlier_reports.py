"""What activities said before they were corrected, and those that wait while crediting is paused."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant

revision = "0037"
down_revision = "0042"


def upgrade() -> None:
    """Create the table and the index."""
    op.create_table(
        "earlier_reports",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("activity_id", Id, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("methodology_id", sa.String(80), nullable=False),
        sa.Column("occurred_at", UtcInstant(), nullable=False),
        sa.Column("occurred_on", sa.Date(), nullable=False),
        sa.Column("duration_s", sa.Integer()),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("given_region", sa.String(40)),
        sa.Column("inputs", Document, nullable=False),
        sa.Column("declared_alternative", sa.String(60)),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("reason", sa.String(60)),
        sa.Column("reduction_id", Id, nullable=False),
        sa.Column("replaced_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "activity_id", "number", name=op.f("pk_earlier_reports")),
        sa.ForeignKeyConstraint(
            ["user_id", "activity_id"],
            ["activities.user_id", "activities.id"],
            name=op.f("fk_earlier_reports_user_id_activity_id_activities"),
        ),
    )

    waits = sa.text("reason = 'crediting_paused'")
    op.create_index(
        "ix_activities_waiting",
        "activities",
        ["user_id", "created_at"],
        sqlite_where=waits,
        postgresql_where=waits,
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_index("ix_activities_waiting", "activities")
    op.drop_table("earlier_reports")
