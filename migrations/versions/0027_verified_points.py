"""How far each book and each day was verified, so that the next look begins there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant, WholeNumber

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    """Create the checkpoints, and make room for the day's mark. Everything is verified once more from its beginning."""
    op.create_table(
        "ledger_checkpoints",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("sequence", WholeNumber, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("balances", Document, nullable=False),
        sa.Column("verified_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_ledger_checkpoints"),
    )
    op.add_column("ledger_rolled_days", sa.Column("verified_at", UtcInstant()))


def downgrade() -> None:
    """Drop both."""
    op.drop_column("ledger_rolled_days", "verified_at")
    op.drop_table("ledger_checkpoints")
