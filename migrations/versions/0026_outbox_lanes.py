"""Lanes of the outbox, and which attempts failed; indexes that lead to what is ready, whatever else waits.

What is on its way already goes by the lane of our own database, whose worker hands out any topic.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"

BY_TIME = "ix_outbox_lane_not_before_due_at_id"
BY_PERSON = "ix_outbox_user_id_lane_due_at_id"


def upgrade() -> None:
    """Add both columns and both indexes; let PostgreSQL clean a table up that is written and emptied all day."""
    op.add_column("outbox", sa.Column("lane", sa.String(120), nullable=False, server_default="local"))
    op.add_column("outbox", sa.Column("failures", sa.Integer(), nullable=False, server_default="0"))
    op.create_index(BY_TIME, "outbox", ["lane", "not_before", "due_at", "id"])
    op.create_index(BY_PERSON, "outbox", ["user_id", "lane", "due_at", "id"])
    op.drop_index("ix_outbox_not_before_due_at_id", table_name="outbox")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000,"
            " autovacuum_vacuum_insert_scale_factor = 0.1, autovacuum_analyze_scale_factor = 0.05)"
        )


def downgrade() -> None:
    """Back to one queue."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE outbox RESET (autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,"
            " autovacuum_vacuum_insert_scale_factor, autovacuum_analyze_scale_factor)"
        )
    op.create_index("ix_outbox_not_before_due_at_id", "outbox", ["not_before", "due_at", "id"])
    for index in (BY_PERSON, BY_TIME):
        op.drop_index(index, table_name="outbox")
    with op.batch_alter_table("outbox") as outbox:
        outbox.drop_column("failures")
        outbox.drop_column("lane")
