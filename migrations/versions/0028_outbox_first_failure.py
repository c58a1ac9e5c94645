"""Since when a row of the outbox has failed, and the lane a dead letter came from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import UtcInstant

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    """Add both columns; what failed before counts from its next failure on."""
    op.add_column("outbox", sa.Column("first_failed_at", UtcInstant()))
    op.add_column("dead_letters", sa.Column("lane", sa.String(120), nullable=False, server_default="local"))


def downgrade() -> None:
    """Drop both."""
    with op.batch_alter_table("dead_letters") as letters:
        letters.drop_column("lane")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("first_failed_at")
