"""What people do again and again, and the days on which they did not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Create both tables."""
    op.create_table(
        "routines",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("methodology_id", sa.String(80), nullable=False),
        sa.Column("inputs", Document, nullable=False),
        sa.Column("weekdays", sa.String(7), nullable=False),
        sa.Column("time", sa.String(5), nullable=False),
        sa.Column("duration_s", sa.Integer()),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("ended_at", UtcInstant()),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_routines"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_routines_user_id_users"),
    )
    op.create_table(
        "routine_skips",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("routine_id", Id, nullable=False),
        sa.Column("skipped_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "routine_id", "skipped_on", name="pk_routine_skips"),
        sa.ForeignKeyConstraint(
            ["user_id", "routine_id"],
            ["routines.user_id", "routines.id"],
            name="fk_routine_skips_user_id_routine_id_routines",
        ),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("routine_skips")
    op.drop_table("routines")
