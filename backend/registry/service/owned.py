"""What the registry keeps of one person, for their export, and what of it erasure must make unreadable."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from backend.registry.models import CertificateRow, RetirementRow


def export(session: Session, user_id: str) -> dict[str, Any]:
    """Every retirement and certificate of one person."""
    retirements = session.scalars(
        select(RetirementRow).where(RetirementRow.user_id == user_id).order_by(RetirementRow.id)
    )
    certificates = session.scalars(
        select(CertificateRow).where(CertificateRow.user_id == user_id).order_by(CertificateRow.id)
    )
    return {
        "retirements": [
            {
                "id": row.id,
                "order_id": row.reference,
                "lot_id": row.lot_id,
                "start_g": row.start_g,
                "end_g": row.end_g,
                "serials": row.serials,
                "purpose": row.purpose,
                "retired_at": row.retired_at,
            }
            for row in retirements
        ],
        "certificates": [
            {"number": row.number, "order_id": row.reference, "grams": row.grams, "issued_at": row.issued_at}
            for row in certificates
        ],
    }


def forget(session: Session, user_id: str) -> None:
    """Empty what names the person; grams, serials and the signed commitment stay, and with them every sum."""
    session.execute(
        update(CertificateRow).where(CertificateRow.user_id == user_id).values(sealed_beneficiary=b"", shows_name=False)
    )
