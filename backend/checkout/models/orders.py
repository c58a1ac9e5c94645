"""Quotes, orders, and every transition of an order."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import DecimalText, Document, Id, UtcInstant, WholeNumber
from backend.platform.data.transactions import Base

LONGEST_SLUG = 80
LONGEST_PURPOSE = 80
STATE = String(20)


class QuoteRow(Base):
    """A price that holds until it expires, with the working of every line."""

    __tablename__ = "quotes"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    project_sha256: Mapped[str] = mapped_column(String(64))  # the document the price was read from
    grams: Mapped[int] = mapped_column(WholeNumber)
    currency: Mapped[str] = mapped_column(String(3))
    total_minor: Mapped[int] = mapped_column(WholeNumber)
    per_tonne: Mapped[Any] = mapped_column(DecimalText)
    lines: Mapped[list[dict[str, Any]]] = mapped_column(Document)  # kind, label by language, amount, working
    asked: Mapped[dict[str, Any] | None] = mapped_column(Document)  # what was asked for: grams, money, the rest, a trip
    quoted_at: Mapped[datetime] = mapped_column(UtcInstant)
    expires_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        CheckConstraint("grams > 0", name="grams"),
        CheckConstraint("total_minor > 0", name="total"),
        Index(None, "expires_at"),
    )


class OrderRow(Base):
    """What somebody wants retired at the price of a quote. Its state changes only as the rule book's table says."""

    __tablename__ = "orders"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    quote_id: Mapped[str] = mapped_column(Id)
    project_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    grams: Mapped[int] = mapped_column(WholeNumber)
    currency: Mapped[str] = mapped_column(String(3))
    price_minor: Mapped[int] = mapped_column(WholeNumber)
    state: Mapped[str] = mapped_column(STATE)
    moves: Mapped[int] = mapped_column(WholeNumber)  # how many there were
    purpose: Mapped[str] = mapped_column(String(LONGEST_PURPOSE))
    sealed_beneficiary: Mapped[bytes] = mapped_column(LargeBinary)  # the name the credits are retired for
    shows_name: Mapped[bool] = mapped_column(Boolean)
    attention: Mapped[str | None] = mapped_column(STATE)  # why a person must look at it: an event, or `Attention`
    placed_at: Mapped[datetime] = mapped_column(UtcInstant)
    hold_expires_at: Mapped[datetime] = mapped_column(UtcInstant)  # by the database's clock
    terms: Mapped[str | None] = mapped_column(
        String(20)
    )  # the version the buyer accepted; none: of before there were any

    __table_args__ = (
        ForeignKeyConstraint(["user_id", "quote_id"], ["quotes.user_id", "quotes.id"]),
        UniqueConstraint("user_id", "quote_id"),  # a price is used once
        CheckConstraint("grams > 0", name="grams"),
        CheckConstraint("price_minor > 0", name="price"),
        Index(None, "state", "hold_expires_at"),
    )


class OrderTransition(Base):
    """One transition of an order: the event, the states and the effects it asked for. Append-only by triggers."""

    __tablename__ = "order_moves"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    order_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[int] = mapped_column(WholeNumber, primary_key=True, autoincrement=False)  # 1, 2, 3 … in its order
    event: Mapped[str] = mapped_column("happening", STATE)  # of the rule book's table
    from_state: Mapped[str | None] = mapped_column(STATE)  # none as the order comes into being
    to_state: Mapped[str] = mapped_column(STATE)
    effects: Mapped[list[str]] = mapped_column(Document)
    moved_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (ForeignKeyConstraint(["user_id", "order_id"], ["orders.user_id", "orders.id"]),)
