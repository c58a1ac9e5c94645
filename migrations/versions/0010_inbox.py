"""The inbox: what was told, what is mailed of it, and quiet hours."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant

revision = "0010"
down_revision = "0009"

UNREAD = sa.text("read_at IS NULL")


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "inbox_notes",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("reference", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("sealed_facts", sa.LargeBinary()),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("read_at", UtcInstant()),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_inbox_notes"),
        sa.UniqueConstraint("user_id", "reference", name="uq_inbox_notes_user_id_reference"),
    )
    op.create_index(
        "ix_inbox_notes_unread", "inbox_notes", ["user_id", "id"], sqlite_where=UNREAD, postgresql_where=UNREAD
    )
    op.create_table(
        "inbox_choices",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("is_mailed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "kind", name="pk_inbox_choices"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_inbox_choices_user_id_users"),
    )
    op.create_table(
        "inbox_quiet_hours",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("from_minute", sa.Integer()),
        sa.Column("until_minute", sa.Integer()),
        sa.PrimaryKeyConstraint("user_id", name="pk_inbox_quiet_hours"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_inbox_quiet_hours_user_id_users"),
        sa.CheckConstraint("(from_minute IS NULL) = (until_minute IS NULL)", name="ck_inbox_quiet_hours_both"),
        sa.CheckConstraint(
            "from_minute BETWEEN 0 AND 1439 AND until_minute BETWEEN 0 AND 1439",
            name="ck_inbox_quiet_hours_within_a_day",
        ),
        sa.CheckConstraint("from_minute <> until_minute", name="ck_inbox_quiet_hours_not_the_whole_day"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("inbox_quiet_hours", "inbox_choices", "inbox_notes"):
        op.drop_table(table)
