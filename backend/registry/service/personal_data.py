"""What the registry keeps of one person, for their export, and what of it erasure must make unreadable."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.platform.privacy import personal_data
from backend.registry.models import CertificateRow, RetirementRow
from backend.registry.service.certificates import read_sealed_name

# as many columns as it has, which `by_key` does not count
_RETIREMENTS: Any = select(
    RetirementRow.id,
    RetirementRow.reference.label("order_id"),
    RetirementRow.lot_id,
    RetirementRow.start_g,
    RetirementRow.end_g,
    RetirementRow.serials,
    RetirementRow.purpose,
    RetirementRow.retired_at,
)


def export_retirements(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every retirement of one person behind the id `after`."""
    owned = _RETIREMENTS.where(RetirementRow.user_id == user_id)
    return personal_data.by_key(session, owned, RetirementRow.__table__.c.id, after)


def export_certificates(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every certificate of one person behind the id `after`, with what was signed and the name it is made out to."""
    query = select(CertificateRow.__table__).where(CertificateRow.user_id == user_id)
    for row in personal_data.by_key(session, query, CertificateRow.__table__.c.id, after):
        yield {
            "id": row["id"],
            "number": row["number"],
            "order_id": row["reference"],
            "grams": row["grams"],
            "beneficiary": read_sealed_name(session, user_id, row["sealed_beneficiary"]),
            "shows_name": row["shows_name"],
            "signature": row["signature"],
            "issued_at": row["issued_at"],
        }


def forget(session: Session, user_id: str) -> None:
    """Empty what names the person; grams, serials and the signed commitment stay, and with them every sum."""
    session.execute(
        update(CertificateRow).where(CertificateRow.user_id == user_id).values(sealed_beneficiary=b"", shows_name=False)
    )
