"""The table of profiles: one row per person who has said anything."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKeyConstraint, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from backend.columns import DecimalText, Id, UtcInstant
from backend.db import Base


class ProfileRow(Base):
    """What one person said; None where they said nothing."""

    __tablename__ = "profiles"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    region: Mapped[str | None] = mapped_column(String(40))  # a code of the rule book's regions
    zone: Mapped[str | None] = mapped_column(String(64))  # IANA
    language: Mapped[str | None] = mapped_column(String(10))
    household_size: Mapped[Decimal | None] = mapped_column(DecimalText)  # 1.5: a child every second week
    diet: Mapped[str | None] = mapped_column(String(20))
    dwelling: Mapped[str | None] = mapped_column(String(20))
    commute_mode: Mapped[str | None] = mapped_column(String(20))
    commute_km: Mapped[Decimal | None] = mapped_column(DecimalText)  # one way
    commute_days: Mapped[int | None] = mapped_column(Integer)  # a week
    sealed_display_name: Mapped[bytes | None] = mapped_column(LargeBinary)
    updated_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (ForeignKeyConstraint(["user_id"], ["users.user_id"]),)
