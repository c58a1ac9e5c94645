"""Profiles: where and how people live."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import DecimalText, Id, UtcInstant

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "profiles",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("region", sa.String(40)),
        sa.Column("zone", sa.String(64)),
        sa.Column("language", sa.String(10)),
        sa.Column("household_size", DecimalText()),
        sa.Column("diet", sa.String(20)),
        sa.Column("dwelling", sa.String(20)),
        sa.Column("commute_mode", sa.String(20)),
        sa.Column("commute_km", DecimalText()),
        sa.Column("commute_days", sa.Integer()),
        sa.Column("sealed_display_name", sa.LargeBinary()),
        sa.Column("updated_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_profiles_user_id_users"),
        sa.PrimaryKeyConstraint("user_id", name="pk_profiles"),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("profiles")
