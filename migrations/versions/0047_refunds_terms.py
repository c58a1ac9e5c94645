"""Refunds by an operator and requests for them, the terms an order was placed under, and what a quote was asked by."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant

revision = "0047"
down_revision = "0051"


def upgrade() -> None:
    """Add them; refunds of before came from the order's own table or from the provider, and nobody tells which."""
    op.add_column("refunds", sa.Column("origin", sa.String(20), nullable=False, server_default="order"))
    op.add_column("orders", sa.Column("terms", sa.String(20)))
    op.add_column("quotes", sa.Column("asked", Document))
    op.create_table(
        "refund_requests",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("because", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.Column("decided_at", UtcInstant()),
        sa.ForeignKeyConstraint(
            ["user_id", "order_id"],
            ["orders.user_id", "orders.id"],
            name=op.f("fk_refund_requests_user_id_order_id_orders"),
        ),
        sa.PrimaryKeyConstraint("user_id", "order_id", name=op.f("pk_refund_requests")),
    )
    op.create_index(op.f("ix_refund_requests_state_asked_at"), "refund_requests", ["state", "asked_at"])


def downgrade() -> None:
    """Drop them."""
    op.drop_table("refund_requests")
    op.drop_column("quotes", "asked")
    op.drop_column("orders", "terms")
    op.drop_column("refunds", "origin")
