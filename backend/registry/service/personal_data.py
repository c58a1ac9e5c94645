"""What the registry keeps of one person, for their export, and what of it erasure must make unreadable."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.platform.privacy import personal_data
from backend.registry import sql
from backend.registry.service.certificates import read_sealed_name
from backend.registry.sql import recalls as recall_sql


def export_retirements(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every retirement of one person behind the id `after`."""
    return personal_data.by_key(session, sql.exported_retirements(user_id), sql.RETIREMENTS.c.id, after)


def export_certificates(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """Every certificate of one person behind the id `after`, with what was signed and the name it is made out to."""
    rows = personal_data.by_key(session, sql.certificates_of(user_id), sql.CERTIFICATES.c.id, after)
    for certificate in map(sql.read_certificate, rows):
        yield {
            "id": certificate.id,
            "number": certificate.number,
            "order_id": certificate.reference,
            "grams": certificate.grams,
            "beneficiary": read_sealed_name(session, user_id, certificate.sealed_beneficiary),
            "shows_name": certificate.shows_name,
            "signature": certificate.signature,
            "issued_at": certificate.issued_at,
        }


def export_recalled(session: Session, user_id: str, after: str = "") -> Iterator[personal_data.Record]:
    """What of one person's retirements was recalled, and what they got for it, behind the id `after`."""
    return personal_data.by_key(session, recall_sql.exported_recalled(user_id), recall_sql.RECALLED.c.id, after)


def forget(session: Session, user_id: str) -> None:
    """Empty what names the person; grams, serials and the signed commitment stay, and with them every sum."""
    session.execute(sql.EMPTY_CERTIFICATES, {"owner": user_id})
