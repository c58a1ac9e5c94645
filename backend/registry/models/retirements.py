"""What was used up for ever, the serials behind it that the upstream registry must retire, and the certificates."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from backend.platform.data.columns import Document, Id, UtcInstant, WholeNumber
from backend.platform.data.table_kinds import directory_table, reference_table
from backend.platform.data.transactions import Base
from backend.registry.models.lots import LONGEST_REFERENCE, LONGEST_SERIAL, LONGEST_SLUG

LONGEST_NUMBER = 20
LONGEST_PURPOSE = 80


class RetirementRow(Base):
    """One interval of grams of one lot, used up for ever. Append-only by triggers on either engine."""

    __tablename__ = "retirements"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))  # the paid order
    lot_id: Mapped[str] = mapped_column(String(LONGEST_SLUG))
    start_g: Mapped[int] = mapped_column(WholeNumber)
    end_g: Mapped[int] = mapped_column(WholeNumber)  # not included
    serials: Mapped[str] = mapped_column(String(LONGEST_SERIAL))  # every unit touched, the outer two perhaps in part
    purpose: Mapped[str] = mapped_column(String(LONGEST_PURPOSE))
    document_sha256: Mapped[str] = mapped_column(String(64))  # of the project's document on that day
    retired_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["lot_id"], ["lots.lot_id"]),
        UniqueConstraint("user_id", "reference", "lot_id"),
        CheckConstraint("0 <= start_g AND start_g < end_g", name="interval"),
        Index(None, "lot_id", "start_g"),
    )


class SerialDue(Base):
    """Units of a lot of which at least a gram was sold: due for retirement in the registry that issued them. Shared."""

    __tablename__ = "serial_dues"

    lot_id: Mapped[str] = mapped_column(String(LONGEST_SLUG), primary_key=True)
    from_unit: Mapped[int] = mapped_column(WholeNumber, primary_key=True, autoincrement=False)  # counted in the lot
    units: Mapped[int] = mapped_column(WholeNumber)
    serials: Mapped[str] = mapped_column(String(LONGEST_SERIAL))
    state: Mapped[str] = mapped_column(String(10))
    registry_reference: Mapped[str | None] = mapped_column(String(200))  # the registry's own word for the retirement
    due_at: Mapped[datetime] = mapped_column(UtcInstant)
    asked_at: Mapped[datetime | None] = mapped_column(UtcInstant)
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcInstant)

    __table_args__ = (
        ForeignKeyConstraint(["lot_id"], ["lots.lot_id"]),
        CheckConstraint("units > 0 AND from_unit >= 0", name="units"),
        CheckConstraint("state IN ('due', 'asked', 'confirmed')", name="state"),
        CheckConstraint("(state = 'confirmed') = (registry_reference IS NOT NULL)", name="reference"),
        Index(None, "state", "lot_id"),
        reference_table("what the upstream registries must retire"),
    )


class CertificateRow(Base):
    """The certificate of one order's retirements, as signed on its day."""

    __tablename__ = "certificates"

    user_id: Mapped[str] = mapped_column(Id, primary_key=True)
    id: Mapped[str] = mapped_column(Id, primary_key=True)
    reference: Mapped[str] = mapped_column(String(LONGEST_REFERENCE))
    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER))
    grams: Mapped[int] = mapped_column(WholeNumber)
    payload: Mapped[dict[str, Any]] = mapped_column(Document)  # what was signed: no personal data, a commitment
    signature: Mapped[str] = mapped_column(Text)  # compact JWS over the payload
    name_commitment: Mapped[str] = mapped_column(String(64))
    sealed_beneficiary: Mapped[bytes] = mapped_column(LargeBinary)  # name and salt; unreadable once the key is erased
    shows_name: Mapped[bool] = mapped_column(Boolean)  # the owner's choice, for everybody with the number
    issued_at: Mapped[datetime] = mapped_column(UtcInstant)

    __table_args__ = (
        UniqueConstraint("user_id", "reference"),
        UniqueConstraint("user_id", "number"),
        CheckConstraint("grams > 0", name="grams"),
    )


class CertificateNumber(Base):
    """Directory: from the number on a certificate to the certificate."""

    __tablename__ = "certificate_numbers"

    number: Mapped[str] = mapped_column(String(LONGEST_NUMBER), primary_key=True)
    user_id: Mapped[str] = mapped_column(Id)
    certificate_id: Mapped[str] = mapped_column(Id)

    __table_args__ = (
        directory_table("number", "the number printed on a certificate", leads={"certificate_id": "certificates.id"}),
    )
