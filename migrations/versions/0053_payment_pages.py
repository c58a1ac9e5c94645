"""The ways a payment is open to, and pages of the provider's to pay on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import Document, Id, UtcInstant

revision = "0053"
down_revision = "0036"


def upgrade() -> None:
    """Add them; payments of before are open to whatever the account offers."""
    op.add_column("payments", sa.Column("methods", Document))
    op.create_table(
        "payment_pages",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("key", Id, nullable=False),
        sa.Column("provider_id", sa.String(120)),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("sealed_url", sa.LargeBinary()),
        sa.Column("app_link", sa.String(200), nullable=False),
        sa.Column("language", sa.String(20), nullable=False),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id", "order_id"],
            ["payments.user_id", "payments.order_id"],
            name=op.f("fk_payment_pages_user_id_order_id_payments"),
        ),
        sa.PrimaryKeyConstraint("user_id", "order_id", name=op.f("pk_payment_pages")),
        sa.UniqueConstraint("user_id", "key", name=op.f("uq_payment_pages_user_id_key")),
    )


def downgrade() -> None:
    """Drop them."""
    op.drop_table("payment_pages")
    op.drop_column("payments", "methods")
