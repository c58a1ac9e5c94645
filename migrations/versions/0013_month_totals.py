"""Totals by month, and those of what was recorded before there were any."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, WholeNumber

revision = "0013"
down_revision = "0012"

SUMS = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g", "behaviour_points")
FIRST_DAY = {
    "sqlite": "date(occurred_on, 'start of month')",
    "postgresql": "CAST(date_trunc('month', occurred_on) AS DATE)",
}


def upgrade() -> None:
    """Create the table and add up every reduction that lives."""
    op.create_table(
        "month_totals",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("month_on", sa.Date(), nullable=False),
        sa.Column("methodology_id", sa.String(80), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("version_id", Id, nullable=False),
        sa.Column("content_sha256", sa.String(64), nullable=False),
        sa.Column("activities", WholeNumber, nullable=False),
        *(sa.Column(name, WholeNumber, nullable=False) for name in SUMS),
        sa.PrimaryKeyConstraint("user_id", "month_on", "methodology_id", "version", name="pk_month_totals"),
        sa.CheckConstraint("activities >= 0", name="ck_month_totals_activities"),
        sa.CheckConstraint("credited_g >= 0 AND behaviour_points >= 0", name="ck_month_totals_credit"),
        sa.CheckConstraint("reduction_g = baseline_g - project_g", name="ck_month_totals_signed"),
    )
    month = FIRST_DAY[op.get_bind().dialect.name]
    sums = ", ".join(f"SUM({name})" for name in SUMS)
    op.execute(
        f"INSERT INTO month_totals (user_id, month_on, methodology_id, version, version_id, content_sha256,"
        f" activities, {', '.join(SUMS)}) SELECT user_id, {month}, methodology_id, version, MAX(version_id),"
        f" MAX(content_sha256), COUNT(*), {sums} FROM reductions WHERE superseded_at IS NULL"
        f" GROUP BY user_id, {month}, methodology_id, version"
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("month_totals")
