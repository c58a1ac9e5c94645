"""Where a hold came from, and whether by somebody who has proved an address: all of them share a bound."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0030"


def upgrade() -> None:
    """Add both; holds of before count for their own person only."""
    op.add_column("holds", sa.Column("network", sa.String(64)))
    op.add_column("holds", sa.Column("is_proved", sa.Boolean(), nullable=False, server_default=sa.true()))


def downgrade() -> None:
    """Drop them."""
    op.drop_column("holds", "is_proved")
    op.drop_column("holds", "network")
