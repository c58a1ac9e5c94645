"""The tables of footprints: what people answered about a year and copies of it, sealed, and the models of both."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Integer, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant
from backend.platform.data.table_kinds import reference_table
from backend.platform.data.transactions import Base


class FootprintModelRow(Base):
    """A survey with a place's defaults and figures, frozen: whoever answered it is computed by it for ever."""

    __tablename__ = "footprint_models"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)  # of `frozen`
    region: Mapped[str] = mapped_column(String(40))
    frozen: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (reference_table("a survey with the figures of a place, the same for whoever answered it"),)


class FootprintRow(Base):
    """One person's answers about one year."""

    __tablename__ = "footprints"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    year: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    model_sha256: Mapped[str] = mapped_column(String(64))  # by which the answers were last read
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # answers, own target, stated months; under the person's key
    revision: Mapped[int] = mapped_column(Integer)  # how often it was answered
    updated_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["user_id"], ["users.user_id"]),
        ForeignKeyConstraint(["model_sha256"], ["footprint_models.sha256"]),
    )


class FootprintCopyRow(Base):
    """A copy of one person's year under a name: what would be if. It counts for nothing."""

    __tablename__ = "footprint_copies"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    year: Mapped[int] = mapped_column(Integer)
    slot: Mapped[int] = mapped_column(Integer)  # 0 and up: as many as a year may have, so that no race makes one more
    model_sha256: Mapped[str] = mapped_column(String(64))  # by which the answers were last read
    sealed: Mapped[bytes] = mapped_column(LargeBinary)  # name and answers; under the person's key
    created_at: Mapped[datetime] = mapped_column(UtcInstant)
    updated_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("user_id", "year", "slot"),
        ForeignKeyConstraint(["user_id"], ["users.user_id"]),
        ForeignKeyConstraint(["model_sha256"], ["footprint_models.sha256"]),
    )
