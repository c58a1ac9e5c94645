"""Invoices and credit notes, numbered without a gap in each series."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Id, UtcInstant, WholeNumber

revision = "0054"
down_revision = "0052"


def upgrade() -> None:
    """Add the two tables."""
    op.create_table(
        "invoice_series",
        sa.Column("series", sa.String(20), nullable=False),
        sa.Column("last_number", WholeNumber, nullable=False),
        sa.PrimaryKeyConstraint("series", name=op.f("pk_invoice_series")),
    )
    op.create_table(
        "invoices",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("number", sa.String(30), nullable=False),
        sa.Column("series", sa.String(20), nullable=False),
        sa.Column("place", WholeNumber, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("about", sa.String(30), nullable=False),
        sa.Column("amount_minor", WholeNumber, nullable=False),
        sa.Column("currency", sa.String(3), nullable=False),
        sa.Column("sealed_facts", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "order_id"], ["orders.user_id", "orders.id"], name=op.f("fk_invoices_user_id_order_id_orders")
        ),
        sa.PrimaryKeyConstraint("user_id", "number", name=op.f("pk_invoices")),
        sa.UniqueConstraint("user_id", "order_id", "about", name=op.f("uq_invoices_user_id_order_id_about")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_invoices_amount")),
    )
    op.create_index(op.f("ix_invoices_series_place"), "invoices", ["series", "place"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("invoices")
    op.drop_table("invoice_series")
