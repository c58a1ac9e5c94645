"""Payments and refunds as the provider's books have them, the notices received, and the directories of its ids."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Document, Id, UtcInstant, WholeNumber
from backend.platform.data.table_kinds import directory_table
from backend.platform.data.transactions import Base

LONGEST_PROVIDER_ID = 120
PROVIDER_ID = String(LONGEST_PROVIDER_ID)
STATUS = String(20)


class PaymentRow(Base):
    """The one payment of an order. Everything but the key is what we last saw in the provider's books."""

    __tablename__ = "payments"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    order_id: Mapped[str] = mapped_column(Id, primary_key=True)
    intent_key: Mapped[str] = mapped_column(Id)  # made once, before we first ask; every retry bears it
    provider_id: Mapped[str | None] = mapped_column(PROVIDER_ID)
    status: Mapped[str] = mapped_column(STATUS)
    amount_minor: Mapped[int] = mapped_column(WholeNumber)
    currency: Mapped[str] = mapped_column(String(3))
    captured_minor: Mapped[int] = mapped_column(WholeNumber)
    refunded_minor: Mapped[int] = mapped_column(WholeNumber)
    dispute: Mapped[str] = mapped_column(STATUS)
    failure_code: Mapped[str | None] = mapped_column(String(80))
    changes: Mapped[int] = mapped_column(WholeNumber)  # of this copy; a truth asked for before the last one is stale
    sealed_handover: Mapped[bytes | None] = mapped_column(LargeBinary)  # what lets the payer's device confirm it
    asked_at: Mapped[datetime] = mapped_column(UtcInstant)
    sync_at: Mapped[datetime | None] = mapped_column("look_at", UtcInstant)  # when we fetch it next; none: settled
    methods: Mapped[list[str] | None] = mapped_column(Document)  # ways of paying; none: whatever the account offers

    __table_args__ = (
        ForeignKeyConstraint(["user_id", "order_id"], ["orders.user_id", "orders.id"]),
        UniqueConstraint("user_id", "intent_key"),
        CheckConstraint("captured_minor >= 0", name="captured"),
        CheckConstraint("refunded_minor >= 0 AND refunded_minor <= captured_minor", name="refunded"),
        Index(None, "look_at"),
    )


class PaymentPageRow(Base):
    """A page of the provider's on which an order is paid instead of on the payer's own device: one for each order."""

    __tablename__ = "payment_pages"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    order_id: Mapped[str] = mapped_column(Id, primary_key=True)
    key: Mapped[str] = mapped_column(Id)  # made once, before we first ask; every retry bears it
    provider_id: Mapped[str | None] = mapped_column(PROVIDER_ID)
    status: Mapped[str] = mapped_column(STATUS)  # `asked`, then the provider's
    sealed_url: Mapped[bytes | None] = mapped_column(LargeBinary)  # whoever has it may pay
    app_link: Mapped[str] = mapped_column(String(200))  # of the settings' list: where the payer goes afterwards
    language: Mapped[str] = mapped_column(String(20))
    asked_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id", "order_id"], ["payments.user_id", "payments.order_id"]),
        UniqueConstraint("user_id", "key"),
    )


class RefundRow(Base):
    """Money on its way back: asked for by us with one key, or found in the provider's books."""

    __tablename__ = "refunds"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)  # also the key we ask with
    order_id: Mapped[str] = mapped_column(Id)
    provider_id: Mapped[str | None] = mapped_column(PROVIDER_ID)
    amount_minor: Mapped[int] = mapped_column(WholeNumber)
    currency: Mapped[str] = mapped_column(String(3))
    status: Mapped[str] = mapped_column(STATUS)
    failure_code: Mapped[str | None] = mapped_column(String(80))
    asked_at: Mapped[datetime] = mapped_column(UtcInstant)
    origin: Mapped[str] = mapped_column(STATUS, server_default="order")  # of `RefundOrigin`

    __table_args__ = (
        ForeignKeyConstraint(["user_id", "order_id"], ["payments.user_id", "payments.order_id"]),
        UniqueConstraint("user_id", "provider_id"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index(None, "user_id", "order_id"),
    )


class RefundRequestRow(Base):
    """A buyer's request for a refund of one order: one for each order, decided by an operator."""

    __tablename__ = "refund_requests"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    order_id: Mapped[str] = mapped_column(Id, primary_key=True)
    because: Mapped[str] = mapped_column(STATUS)  # of `RefundReason`
    state: Mapped[str] = mapped_column(STATUS)  # of `RefundRequestState`
    asked_at: Mapped[datetime] = mapped_column(UtcInstant)
    decided_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id", "order_id"], ["orders.user_id", "orders.id"]),
        Index(None, "state", "asked_at"),
    )


class PaymentIntent(Base):
    """Directory: from the provider's id of a payment to the order."""

    __tablename__ = "payment_intents"

    provider_id: Mapped[str] = mapped_column(PROVIDER_ID, primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    order_id: Mapped[str] = mapped_column(Id)

    __table_args__ = (
        directory_table("provider_id", "the provider's id of a payment", leads={"order_id": "payments.order_id"}),
    )


class NoticeRow(Base):
    """Directory: a notice of the provider by its id there, written in the transaction of its effect, so once."""

    __tablename__ = "notices"

    notice_id: Mapped[str] = mapped_column(PROVIDER_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(80))
    provider_id: Mapped[str | None] = mapped_column(PROVIDER_ID)  # of the payment it is about
    user_id: Mapped[str | None] = mapped_column(Id)  # none: about another product on the same provider account
    order_id: Mapped[str | None] = mapped_column(Id)
    heard_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        Index(None, "heard_at"),
        directory_table("notice_id", "the provider's id of a notice", leads={"order_id": "orders.id"}),
    )
