"""The devices a person is told on, whose each address is, and which kinds of note go there."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    """Create both tables, and make room for a second choice per kind."""
    op.create_table(
        "push_devices",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(20), nullable=False),
        sa.Column("endpoint_hash", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("registered_at", UtcInstant(), nullable=False),
        sa.Column("renewed_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_push_devices"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_push_devices_user_id_users"),
        sa.UniqueConstraint("user_id", "slot", name="uq_push_devices_user_id_slot"),
    )
    op.create_table(
        "push_endpoints",
        sa.Column("endpoint_hash", sa.String(64), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("device_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("endpoint_hash", name="pk_push_endpoints"),
    )
    op.create_index("ix_push_endpoints_user_id_device_id", "push_endpoints", ["user_id", "device_id"])
    with op.batch_alter_table("inbox_choices") as choices:
        choices.add_column(sa.Column("is_pushed", sa.Boolean()))
        choices.alter_column("is_mailed", existing_type=sa.Boolean(), nullable=True)


def downgrade() -> None:
    """Drop both tables, and the second choice with the rows that say nothing else."""
    op.execute(sa.text("DELETE FROM inbox_choices WHERE is_mailed IS NULL"))
    with op.batch_alter_table("inbox_choices") as choices:
        choices.alter_column("is_mailed", existing_type=sa.Boolean(), nullable=False)
        choices.drop_column("is_pushed")
    for table in ("push_endpoints", "push_devices"):
        op.drop_table(table)
