"""Projects, their lots, every movement of grams in a lot, and what is set aside for whom."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Boolean, CheckConstraint, ForeignKeyConstraint, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Id, UtcInstant, WholeNumber
from backend.platform.data.table_kinds import reference_table
from backend.platform.data.transactions import Base

LONGEST_SLUG = 80
LONGEST_SERIAL = 250
LONGEST_REFERENCE = 80


class ProjectRow(Base):
    """One credit project: the reviewed document as it now stands. Shared."""

    __tablename__ = "offset_projects"

    project_id: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    document: Mapped[str] = mapped_column(Text)  # TOML; read by the rule book, never searched inside
    document_sha256: Mapped[str] = mapped_column(String(64))
    is_on_sale: Mapped[bool] = mapped_column(Boolean)
    recorded_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (reference_table("what may be bought, the same for everyone"),)


class SeriesRow(Base):
    """One series of serial numbers of one registry, locked by whoever imports a block of it."""

    __tablename__ = "serial_series"

    registry_id: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    series: Mapped[str] = mapped_column(String(LONGEST_SERIAL), primary_key=True)  # normalised by the rule book
    blocks: Mapped[int] = mapped_column(Integer)  # how many were imported; raising it is what takes the lock

    __table_args__ = (reference_table("serial numbers of the registries, locked while a block of them is imported"),)


class LotRow(Base):
    """A block of whole registry units and where its grams are. Shared; changed only by conditional updates."""

    __tablename__ = "lots"

    lot_id: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    project_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    registry_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    series: Mapped[str] = mapped_column(String(LONGEST_SERIAL))
    first_unit: Mapped[int] = mapped_column(WholeNumber)
    last_unit: Mapped[int] = mapped_column(WholeNumber)
    serials: Mapped[str] = mapped_column(String(LONGEST_SERIAL))  # the block as its registry writes it
    vintage: Mapped[int] = mapped_column(Integer)
    is_demonstration: Mapped[bool] = mapped_column(Boolean)  # invented, and says so everywhere
    issued_g: Mapped[int] = mapped_column(WholeNumber)
    available_g: Mapped[int] = mapped_column(WholeNumber)
    held_g: Mapped[int] = mapped_column(WholeNumber)
    retired_g: Mapped[int] = mapped_column(WholeNumber)  # also the cursor: the next interval starts here
    movements: Mapped[int] = mapped_column(WholeNumber)  # how many there were; the number of the latest
    imported_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["project_id"], ["offset_projects.project_id"]),
        ForeignKeyConstraint(["registry_id", "series"], ["serial_series.registry_id", "serial_series.series"]),
        CheckConstraint("available_g + held_g + retired_g = issued_g", name="adds_up"),
        CheckConstraint("available_g >= 0 AND held_g >= 0 AND retired_g >= 0", name="not_negative"),
        CheckConstraint("first_unit >= 0 AND first_unit <= last_unit", name="block"),
        UniqueConstraint("registry_id", "series", "first_unit"),
        Index(None, "project_id", "vintage", "lot_id"),
        reference_table("scarce units that everyone buys from, one conditional update each"),
    )


class LotMovement(Base):
    """Grams that moved in one lot. Append-only by triggers on either engine."""

    __tablename__ = "lot_movements"

    lot_id: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    number: Mapped[int] = mapped_column(WholeNumber, primary_key=True, autoincrement=False)  # 1, 2, 3 … in its lot
    kind: Mapped[str] = mapped_column(String(10))  # issue, hold, release, retire
    grams: Mapped[int] = mapped_column(WholeNumber)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))  # the order, or who imported the block
    moved_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["lot_id"], ["lots.lot_id"]),
        CheckConstraint("grams > 0", name="grams"),
        CheckConstraint("kind IN ('issue', 'hold', 'release', 'retire')", name="kind"),
        reference_table("what happened to each lot, written together with it"),
    )


class HoldRow(Base):
    """Grams of one lot that are set aside for one order now; gone when they are released or retired."""

    __tablename__ = "holds"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE), primary_key=True)  # the order
    lot_id: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    grams: Mapped[int] = mapped_column(WholeNumber)
    held_at: Mapped[datetime] = mapped_column(UtcInstant)
    network: Mapped[str | None] = mapped_column(String(64))  # keyed hash of where the order came from
    is_proved: Mapped[bool] = mapped_column(Boolean)  # by somebody who has proved an address

    __table_args__ = (
        ForeignKeyConstraint(["lot_id"], ["lots.lot_id"]),
        CheckConstraint("grams > 0", name="grams"),
        Index(None, "lot_id"),
        reference_table("read across everybody, to bound what one sets aside; a row lasts while an order is open"),
    )
