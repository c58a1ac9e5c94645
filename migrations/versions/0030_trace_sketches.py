"""The directory in which a track that was made from an earlier one is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant

revision = "0030"
down_revision = "0029"


def upgrade() -> None:
    """Add the directory; tracks of before are known by their marks alone."""
    op.create_table(
        "trace_sketches",
        sa.Column("cell_hash", sa.String(64), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("evidence_id", Id, nullable=False),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("cell_hash", "slot", name=op.f("pk_trace_sketches")),
        sa.ForeignKeyConstraint(
            ["user_id", "evidence_id"],
            ["evidence.user_id", "evidence.id"],
            name=op.f("fk_trace_sketches_user_id_evidence_id_evidence"),
        ),
    )
    op.create_index(op.f("ix_trace_sketches_user_id_evidence_id"), "trace_sketches", ["user_id", "evidence_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("trace_sketches")
