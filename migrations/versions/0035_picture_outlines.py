"""The directory in which a picture that was made from an earlier one is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant

revision = "0035"
down_revision = "0033"


def upgrade() -> None:
    """Add the directory; pictures of before are known by their pixels alone."""
    op.create_table(
        "picture_outlines",
        sa.Column("band_hash", sa.String(64), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("evidence_id", Id, nullable=False),
        sa.Column("fine", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("band_hash", "slot", name=op.f("pk_picture_outlines")),
        sa.ForeignKeyConstraint(
            ["user_id", "evidence_id"],
            ["evidence.user_id", "evidence.id"],
            name=op.f("fk_picture_outlines_user_id_evidence_id_evidence"),
        ),
    )
    op.create_index(op.f("ix_picture_outlines_user_id_evidence_id"), "picture_outlines", ["user_id", "evidence_id"])


def downgrade() -> None:
    """Drop it."""
    op.drop_table("picture_outlines")
