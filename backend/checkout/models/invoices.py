"""Invoices and credit notes as they were issued, and the last number of each series."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant, WholeNumber
from backend.platform.data.table_kinds import reference_table
from backend.platform.data.transactions import Base

SERIES = String(20)


class InvoiceSeries(Base):
    """The last number given in a series: raised in the transaction that issues, so no number is ever left out."""

    __tablename__ = "invoice_series"

    series: Mapped[str] = mapped_column(SERIES, primary_key=True)  # such as INV-2026 and CN-2026
    last_number: Mapped[int] = mapped_column(WholeNumber)

    __table_args__ = (reference_table("tax law wants one series without a gap for the whole installation"),)


class InvoiceRow(Base):
    """An invoice for an order, or a credit note for one refund of it. Never changed."""

    __tablename__ = "invoices"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    number: Mapped[str] = mapped_column(String(30), primary_key=True)
    series: Mapped[str] = mapped_column(SERIES)
    place: Mapped[int] = mapped_column(WholeNumber)  # in the series: 1, 2, 3 …
    order_id: Mapped[str] = mapped_column(Id)
    about: Mapped[str] = mapped_column(String(30))  # `invoice`, or the refund that a credit note is for
    amount_minor: Mapped[int] = mapped_column(WholeNumber)
    currency: Mapped[str] = mapped_column(String(3))
    sealed_facts: Mapped[bytes] = mapped_column(LargeBinary)  # all that is printed; unreadable once its key is erased
    issued_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id", "order_id"], ["orders.user_id", "orders.id"]),
        UniqueConstraint("user_id", "order_id", "about"),
        CheckConstraint("amount_minor > 0", name="amount"),
        Index(None, "series", "place"),
    )
