"""Copies of a year of a footprint under names."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant

revision = "0039"
down_revision = "0031"


def upgrade() -> None:
    """Create the table."""
    op.create_table(
        "footprint_copies",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.Column("updated_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name=op.f("pk_footprint_copies")),
        sa.UniqueConstraint("user_id", "year", "slot", name=op.f("uq_footprint_copies_user_id_year_slot")),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name=op.f("fk_footprint_copies_user_id_users")),
        sa.ForeignKeyConstraint(
            ["model_sha256"],
            ["footprint_models.sha256"],
            name=op.f("fk_footprint_copies_model_sha256_footprint_models"),
        ),
    )


def downgrade() -> None:
    """Drop the table."""
    op.drop_table("footprint_copies")
