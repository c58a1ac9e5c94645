"""Units that their registry suspended or declared invalid after they were sold, and what each owner got instead."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant, WholeNumber
from backend.platform.data.table_kinds import reference_table
from backend.platform.data.transactions import Base
from backend.registry.models.lots import LONGEST_REFERENCE, LONGEST_SLUG
from backend.registry.models.retirements import LONGEST_NUMBER

LONGEST_REASON = 500


class RecallRow(Base):
    """One recall: why units may not be relied on, and what their owners get. Shared."""

    __tablename__ = "recalls"

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    project_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    cause: Mapped[str] = mapped_column(String(20))
    remedy: Mapped[str] = mapped_column(String(20))
    replacement_project_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))  # whose stock replaces
    reason: Mapped[str] = mapped_column(String(LONGEST_REASON))
    opened_by: Mapped[str] = mapped_column(String(120))
    opened_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["offset_projects.project_id"]),
        CheckConstraint("cause IN ('suspended', 'invalidated')", name="cause"),
        CheckConstraint("remedy IN ('replace', 'refund')", name="remedy"),
        reference_table("units nobody may rely on any more, the same for everyone"),
    )


class RecalledUnits(Base):
    """Grams `start_g` up to, not including, `end_g` of a lot that are recalled; nothing of the lot is sold any more."""

    __tablename__ = "recalled_units"

    lot_id: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    start_g: Mapped[int] = mapped_column(WholeNumber, primary_key=True, autoincrement=False)
    end_g: Mapped[int] = mapped_column(WholeNumber)
    recall_id: Mapped[str] = mapped_column(Id)

    __table_args__ = (
        ForeignKeyConstraint(["lot_id"], ["lots.lot_id"]),
        ForeignKeyConstraint(["recall_id"], ["recalls.id"]),
        CheckConstraint("0 <= start_g AND start_g < end_g", name="interval"),
        Index(None, "recall_id"),
        reference_table("which units a recall is about"),
    )


class RecalledRetirement(Base):
    """Grams of one retirement that rested on recalled units, and what their owner got for them."""

    __tablename__ = "recalled_retirements"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    recall_id: Mapped[str] = mapped_column(Id)
    retirement_id: Mapped[str] = mapped_column(Id)
    start_g: Mapped[int] = mapped_column(WholeNumber)
    end_g: Mapped[int] = mapped_column(WholeNumber)  # not included
    order_id: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))  # that was paid for them in the beginning
    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER))  # of the certificate that rested on them
    outcome: Mapped[str] = mapped_column(String(20))
    replacement_id: Mapped[str | None] = mapped_column(String(LONGEST_REFERENCE))  # what replaces them is retired for
    replacement_number: Mapped[str | None] = mapped_column(String(LONGEST_NUMBER))
    handled_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id", "retirement_id"], ["retirements.user_id", "retirements.id"]),
        UniqueConstraint("user_id", "retirement_id", "start_g"),
        CheckConstraint("0 <= start_g AND start_g < end_g", name="interval"),
        CheckConstraint("outcome IN ('replaced', 'refunded')", name="outcome"),
        CheckConstraint(
            "(outcome = 'replaced') = (replacement_id IS NOT NULL AND replacement_number IS NOT NULL)",
            name="replacement",
        ),
        Index(None, "user_id", "number"),
    )
