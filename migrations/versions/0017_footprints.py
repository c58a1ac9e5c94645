"""Footprints: the frozen models people answered by, and their sealed answers by year."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    """Create the tables."""
    op.create_table(
        "footprint_models",
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("region", sa.String(40), nullable=False),
        sa.Column("frozen", sa.Text(), nullable=False),
        sa.Column("created_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_footprint_models"),
    )
    op.create_table(
        "footprints",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("year", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("model_sha256", sa.String(64), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("updated_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "year", name="pk_footprints"),
        sa.ForeignKeyConstraint(["user_id"], ["users.user_id"], name="fk_footprints_user_id_users"),
        sa.ForeignKeyConstraint(
            ["model_sha256"], ["footprint_models.sha256"], name="fk_footprints_model_sha256_footprint_models"
        ),
    )


def downgrade() -> None:
    """Drop the tables."""
    op.drop_table("footprints")
    op.drop_table("footprint_models")
