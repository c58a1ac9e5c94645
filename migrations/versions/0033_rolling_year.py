"""What a reduction of a metered rule brings into its rolling year, and what the year takes of its credit.

What was credited before takes no part: it was credited by the rules of its time.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import WholeNumber
from migrations.triggers import changed, refuse

revision = "0033"
down_revision = "0034"

_ZERO = sa.text("0")
_LIVE_METERED = sa.text("superseded_at IS NULL AND metered_days IS NOT NULL")


def upgrade() -> None:
    """Add the columns and find a person's metered reductions by them."""
    op.add_column("reductions", sa.Column("above", WholeNumber, nullable=False, server_default=_ZERO))
    op.add_column("reductions", sa.Column("netted", WholeNumber, nullable=False, server_default=_ZERO))
    op.add_column("reductions", sa.Column("metered_days", sa.Integer()))
    op.add_column("reductions", sa.Column("meter_ends", sa.Text()))
    op.create_index(
        "ix_reductions_metered",
        "reductions",
        ["user_id", "methodology_id"],
        sqlite_where=_LIVE_METERED,
        postgresql_where=_LIVE_METERED,
    )
    refuse("reductions", "UPDATE", name="metered", when=changed("above", "netted", "metered_days", "meter_ends"))


def downgrade() -> None:
    """Drop them."""
    trigger = "reductions_metered_refused"
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {trigger}")
    else:
        op.execute(f"DROP TRIGGER {trigger} ON reductions")
        op.execute(f"DROP FUNCTION {trigger}()")
    op.drop_index("ix_reductions_metered", "reductions")
    for column in ("meter_ends", "metered_days", "netted", "above"):
        op.drop_column("reductions", column)
