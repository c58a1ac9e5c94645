"""Quotes, orders, payments, notices and refunds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from backend.platform.data.columns import DecimalText, Document, Id, UtcInstant, WholeNumber
from migrations.append_only import append_only
from migrations.triggers import changed, forget_functions, refuse

revision = "0009"
down_revision = "0008"

SLUG = sa.String(80)
STATE = sa.String(20)
PROVIDER_ID = sa.String(120)
CURRENCY = sa.String(3)
# What was agreed as the order was placed, as opposed to where it stands.
AGREED = (
    "user_id", "id", "quote_id", "project_id", "grams", "currency", "price_minor", "purpose",
    "placed_at",
)  # fmt: skip


def upgrade() -> None:
    """Create the tables, and what keeps the agreement, the moves and the keys as they were written."""
    _create_orders()
    _create_payments()
    append_only("order_moves", keys=[("user_id", "order_id", "number")])
    refuse("notices", "UPDATE")
    refuse("orders", "DELETE")
    refuse("orders", "UPDATE", when=changed(*AGREED), name="agreement")
    refuse("orders", "UPDATE", when="OLD.state = 'retired' AND NEW.state <> 'retired'", name="unretire")
    refuse("payments", "UPDATE", when=changed("user_id", "order_id", "intent_key", "amount_minor"), name="key")


def _create_orders() -> None:
    op.create_table(
        "quotes",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("project_id", SLUG, nullable=False),
        sa.Column("project_sha256", sa.String(64), nullable=False),
        sa.Column("grams", WholeNumber, nullable=False),
        sa.Column("currency", CURRENCY, nullable=False),
        sa.Column("total_minor", WholeNumber, nullable=False),
        sa.Column("per_tonne", DecimalText(), nullable=False),
        sa.Column("lines", Document, nullable=False),
        sa.Column("quoted_at", UtcInstant(), nullable=False),
        sa.Column("expires_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_quotes"),
        sa.CheckConstraint("grams > 0", name="ck_quotes_grams"),
        sa.CheckConstraint("total_minor > 0", name="ck_quotes_total"),
    )
    op.create_index("ix_quotes_expires_at", "quotes", ["expires_at"])
    op.create_table(
        "orders",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("quote_id", Id, nullable=False),
        sa.Column("project_id", SLUG, nullable=False),
        sa.Column("grams", WholeNumber, nullable=False),
        sa.Column("currency", CURRENCY, nullable=False),
        sa.Column("price_minor", WholeNumber, nullable=False),
        sa.Column("state", STATE, nullable=False),
        sa.Column("moves", WholeNumber, nullable=False),
        sa.Column("purpose", sa.String(80), nullable=False),
        sa.Column("sealed_beneficiary", sa.LargeBinary(), nullable=False),
        sa.Column("shows_name", sa.Boolean(), nullable=False),
        sa.Column("attention", STATE),
        sa.Column("placed_at", UtcInstant(), nullable=False),
        sa.Column("hold_expires_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_orders"),
        sa.ForeignKeyConstraint(
            ["user_id", "quote_id"], ["quotes.user_id", "quotes.id"], name="fk_orders_user_id_quote_id_quotes"
        ),
        sa.UniqueConstraint("user_id", "quote_id", name="uq_orders_user_id_quote_id"),
        sa.CheckConstraint("grams > 0", name="ck_orders_grams"),
        sa.CheckConstraint("price_minor > 0", name="ck_orders_price"),
    )
    op.create_index("ix_orders_state_hold_expires_at", "orders", ["state", "hold_expires_at"])
    op.create_table(
        "order_moves",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("number", WholeNumber, nullable=False),
        sa.Column("happening", STATE, nullable=False),
        sa.Column("from_state", STATE),
        sa.Column("to_state", STATE, nullable=False),
        sa.Column("effects", Document, nullable=False),
        sa.Column("moved_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "order_id", "number", name="pk_order_moves"),
        sa.ForeignKeyConstraint(
            ["user_id", "order_id"], ["orders.user_id", "orders.id"], name="fk_order_moves_user_id_order_id_orders"
        ),
    )


def _create_payments() -> None:
    op.create_table(
        "payments",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("intent_key", Id, nullable=False),
        sa.Column("provider_id", PROVIDER_ID),
        sa.Column("status", STATE, nullable=False),
        sa.Column("amount_minor", WholeNumber, nullable=False),
        sa.Column("currency", CURRENCY, nullable=False),
        sa.Column("captured_minor", WholeNumber, nullable=False),
        sa.Column("refunded_minor", WholeNumber, nullable=False),
        sa.Column("dispute", STATE, nullable=False),
        sa.Column("failure_code", sa.String(80)),
        sa.Column("changes", WholeNumber, nullable=False),
        sa.Column("sealed_handover", sa.LargeBinary()),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.Column("look_at", UtcInstant()),
        sa.PrimaryKeyConstraint("user_id", "order_id", name="pk_payments"),
        sa.ForeignKeyConstraint(
            ["user_id", "order_id"], ["orders.user_id", "orders.id"], name="fk_payments_user_id_order_id_orders"
        ),
        sa.UniqueConstraint("user_id", "intent_key", name="uq_payments_user_id_intent_key"),
        sa.CheckConstraint("captured_minor >= 0", name="ck_payments_captured"),
        sa.CheckConstraint("refunded_minor >= 0 AND refunded_minor <= captured_minor", name="ck_payments_refunded"),
    )
    op.create_index("ix_payments_look_at", "payments", ["look_at"])
    op.create_table(
        "refunds",
        sa.Column("user_id", Id, nullable=False),
        sa.Column("id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.Column("provider_id", PROVIDER_ID),
        sa.Column("amount_minor", WholeNumber, nullable=False),
        sa.Column("currency", CURRENCY, nullable=False),
        sa.Column("status", STATE, nullable=False),
        sa.Column("failure_code", sa.String(80)),
        sa.Column("asked_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "id", name="pk_refunds"),
        sa.ForeignKeyConstraint(
            ["user_id", "order_id"],
            ["payments.user_id", "payments.order_id"],
            name="fk_refunds_user_id_order_id_payments",
        ),
        sa.UniqueConstraint("user_id", "provider_id", name="uq_refunds_user_id_provider_id"),
        sa.CheckConstraint("amount_minor > 0", name="ck_refunds_amount"),
    )
    op.create_index("ix_refunds_user_id_order_id", "refunds", ["user_id", "order_id"])
    op.create_table(
        "payment_intents",
        sa.Column("provider_id", PROVIDER_ID, nullable=False),
        sa.Column("user_id", Id, nullable=False),
        sa.Column("order_id", Id, nullable=False),
        sa.PrimaryKeyConstraint("provider_id", name="pk_payment_intents"),
        sa.ForeignKeyConstraint(
            ["user_id", "order_id"],
            ["payments.user_id", "payments.order_id"],
            name="fk_payment_intents_user_id_order_id_payments",
        ),
    )
    op.create_table(
        "notices",
        sa.Column("notice_id", PROVIDER_ID, nullable=False),
        sa.Column("kind", sa.String(80), nullable=False),
        sa.Column("provider_id", PROVIDER_ID),
        sa.Column("user_id", Id),
        sa.Column("order_id", Id),
        sa.Column("heard_at", UtcInstant(), nullable=False),
        sa.PrimaryKeyConstraint("notice_id", name="pk_notices"),
        sa.ForeignKeyConstraint(
            ["user_id", "order_id"], ["orders.user_id", "orders.id"], name="fk_notices_user_id_order_id_orders"
        ),
    )
    op.create_index("ix_notices_heard_at", "notices", ["heard_at"])


def downgrade() -> None:
    """Drop the tables."""
    for table in ("notices", "payment_intents", "refunds", "payments", "order_moves", "orders", "quotes"):
        op.drop_table(table)
    for table in ("order_moves", "notices", "orders", "payments"):
        forget_functions(table)
