"""What profiles said before they changed, of all that an activity is judged by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import DecimalText, Id, UtcInstant

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    """Add the instant of the last change, and the table."""
    op.add_column("profiles", sa.Column("changed_at", UtcInstant()))
    op.create_table(
        "profile_pasts",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("until_at", UtcInstant(), nullable=False),
        sa.Column("region", sa.String(40)),
        sa.Column("zone", sa.String(64)),
        sa.Column("household_size", DecimalText),
        sa.Column("diet", sa.String(20)),
        sa.PrimaryKeyConstraint("user_id", "until_at", name="pk_profile_pasts"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_profile_pasts_user_id_users"),
    )


def downgrade() -> None:
    """Drop both."""
    op.drop_table("profile_pasts")
    with op.batch_alter_table("profiles") as profiles:
        profiles.drop_column("changed_at")
