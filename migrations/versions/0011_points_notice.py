"""Grants know when their owner was told of their end, and that they were extended."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import UtcInstant

revision = "0011"
down_revision = "0010"

UNTOLD = sa.text("remaining > 0 AND noticed_at IS NULL")


def upgrade() -> None:
    """Add the two instants, and the index by which the job finds whom to tell."""
    op.add_column("grants", sa.Column("noticed_at", UtcInstant()))
    op.add_column("grants", sa.Column("extended_at", UtcInstant()))
    op.create_index("ix_grants_untold", "grants", ["ends_at"], sqlite_where=UNTOLD, postgresql_where=UNTOLD)


def downgrade() -> None:
    """Take them away again."""
    op.drop_index("ix_grants_untold", "grants")
    op.drop_column("grants", "extended_at")
    op.drop_column("grants", "noticed_at")
