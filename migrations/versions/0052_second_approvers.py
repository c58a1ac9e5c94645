"""A second approver of a version: who approved first, of which content, and what somebody could earn under it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant
from migrations.triggers import changed, refuse

revision = "0052"
down_revision = "0046"

TABLE = "methodology_versions"
FIRST = ("first_approved_by", "first_approved_sha256", "first_approved_at")


def upgrade() -> None:
    """Add the columns, and what keeps the first approval as it was written."""
    op.add_column(TABLE, sa.Column("first_approved_by", Id))
    op.add_column(TABLE, sa.Column("first_approved_sha256", sa.String(64)))
    op.add_column(TABLE, sa.Column("first_approved_at", UtcInstant()))
    op.add_column(TABLE, sa.Column("exposure", Document))
    refuse(
        TABLE,
        "UPDATE",
        name="first_approval",
        when=f"(OLD.first_approved_by IS NOT NULL OR OLD.status <> 'draft') AND ({changed(*FIRST)})",
    )
    # not as constraints: those would have the table built anew on SQLite, and its triggers dropped
    refuse(
        TABLE,
        "UPDATE",
        name="two_people",
        when="NEW.first_approved_by IS NOT NULL AND (NEW.first_approved_by = NEW.submitted_by"
        " OR NEW.first_approved_by = NEW.approved_by OR NEW.first_approved_sha256 <> NEW.content_sha256"
        " OR NEW.first_approved_sha256 IS NULL OR NEW.first_approved_at IS NULL)",
    )
    refuse(TABLE, "UPDATE", name="exposure", when=f"OLD.status <> 'draft' AND ({changed('exposure')})")


def downgrade() -> None:
    """Drop them again."""
    for name in ("exposure", "two_people", "first_approval"):
        _drop(f"{TABLE}_{name}_refused")
    for column in ("exposure", *reversed(FIRST)):
        op.drop_column(TABLE, column)


def _drop(trigger: str) -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute(f"DROP TRIGGER {trigger}")
        return
    op.execute(f"DROP TRIGGER {trigger} ON {TABLE}")
    op.execute(f"DROP FUNCTION {trigger}()")
