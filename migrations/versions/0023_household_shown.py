"""Households: who lets the others see how they do; nobody until they say so."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    """Add the choice."""
    op.add_column("household_members", sa.Column("is_shown", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("household_members", "is_shown")
