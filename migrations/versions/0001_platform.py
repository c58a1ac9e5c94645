"""What every slice stands on: data keys, stored answers, outbox, switches."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.columns import Document, Id, UtcInstant

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "data_keys",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_data_keys"),
    )
    op.create_table(
        "stored_answers",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("key", sa.String(255), nullable=False),
        sa.Column("request_sha256", sa.String(64), nullable=False),
        sa.Column("status", sa.Integer()),
        sa.Column("sealed_body", sa.LargeBinary()),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "key", name="pk_stored_answers"),
    )
    op.create_index("ix_stored_answers_created_at", "stored_answers", ["created_at"])
    op.create_table(
        "outbox",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("topic", sa.String(80), nullable=False),
        sa.Column("facts", Document, nullable=False),
        sa.Column("due_at", UtcInstant(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_outbox"),
    )
    op.create_index("ix_outbox_due_at_id", "outbox", ["due_at", "id"])
    op.create_table(
        "switches",
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("is_on", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("changed_by", Id, nullable=False),
        sa.Column("changed_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_switches"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in ("switches", "outbox", "stored_answers", "data_keys"):
        op.drop_table(table)
