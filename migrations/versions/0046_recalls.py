"""Recalls of units after they were sold: which, why, and what each owner got instead."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant, WholeNumber

revision = "0046"
down_revision = "0049"


def upgrade() -> None:
    """Add the three tables."""
    op.create_table(
        "recalls",
        sa.Column("id", Id, nullable=False),
        sa.Column("project_id", sa.String(80), nullable=False),
        sa.Column("cause", sa.String(20), nullable=False),
        sa.Column("remedy", sa.String(20), nullable=False),
        sa.Column("replacement_project_id", sa.String(80), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("opened_by", sa.String(120), nullable=False),
        sa.Column("opened_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recalls")),
        sa.ForeignKeyConstraint(
            ["project_id"], ["offset_projects.project_id"], name=op.f("fk_recalls_project_id_offset_projects")
        ),
        sa.CheckConstraint("cause IN ('suspended', 'invalidated')", name=op.f("ck_recalls_cause")),
        sa.CheckConstraint("remedy IN ('replace', 'refund')", name=op.f("ck_recalls_remedy")),
    )
    op.create_table(
        "recalled_units",
        sa.Column("lot_id", sa.String(80), nullable=False),
        sa.Column("start_g", WholeNumber, nullable=False, autoincrement=False),
        sa.Column("end_g", WholeNumber, nullable=False),
        sa.Column("recall_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("lot_id", "start_g", name=op.f("pk_recalled_units")),
        sa.ForeignKeyConstraint(["lot_id"], ["lots.lot_id"], name=op.f("fk_recalled_units_lot_id_lots")),
        sa.ForeignKeyConstraint(["recall_id"], ["recalls.id"], name=op.f("fk_recalled_units_recall_id_recalls")),
        sa.CheckConstraint("0 <= start_g AND start_g < end_g", name=op.f("ck_recalled_units_interval")),
    )
    op.create_index(op.f("ix_recalled_units_recall_id"), "recalled_units", ["recall_id"])
    op.create_table(
        "recalled_retirements",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("recall_id", Id, nullable=False),
        sa.Column("retirement_id", Id, nullable=False),
        sa.Column("start_g", WholeNumber, nullable=False),
        sa.Column("end_g", WholeNumber, nullable=False),
        sa.Column("order_id", sa.String(80), nullable=False),
        sa.Column("number", sa.String(20), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("replacement_id", sa.String(80)),
        sa.Column("replacement_number", sa.String(20)),
        sa.Column("handled_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name=op.f("pk_recalled_retirements")),
        sa.ForeignKeyConstraint(
            ["user_id", "retirement_id"],
            ["retirements.user_id", "retirements.id"],
            name=op.f("fk_recalled_retirements_user_id_retirement_id_retirements"),
        ),
        sa.UniqueConstraint(
            "user_id", "retirement_id", "start_g", name=op.f("uq_recalled_retirements_user_id_retirement_id_start_g")
        ),
        sa.CheckConstraint("0 <= start_g AND start_g < end_g", name=op.f("ck_recalled_retirements_interval")),
        sa.CheckConstraint("outcome IN ('replaced', 'refunded')", name=op.f("ck_recalled_retirements_outcome")),
        sa.CheckConstraint(
            "(outcome = 'replaced') = (replacement_id IS NOT NULL AND replacement_number IS NOT NULL)",
            name=op.f("ck_recalled_retirements_replacement"),
        ),
    )
    op.create_index(op.f("ix_recalled_retirements_user_id_number"), "recalled_retirements", ["user_id", "number"])


def downgrade() -> None:
    """Drop them."""
    for table in ("recalled_retirements", "recalled_units", "recalls"):
        op.drop_table(table)
