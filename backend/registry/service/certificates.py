"""Certificates: one per order, signed once, found by its number, checked against signature and books."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.platform.core import context
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.transactions import enqueue_write
from backend.platform.privacy import signed_documents, vault
from backend.platform.privacy.vault import the_vault
from backend.registry.models import CertificateNumber, CertificateRow, RetirementRow
from backend.registry.service.projects import get_project
from backend.registry.service.retirements import list_retirements
from backend.registry.service.upstream_retirements import states_of
from offsets import (
    ENTROPY_BYTES,
    Certificate,
    OffsetRefused,
    Retirement,
    clean_name,
    commit_name,
    make_number,
    read_number,
    signed_payload,
)

KIND = "certificate+jws"
PURPOSE = "certificate"
SALT_BYTES = 16

_INSERT = CertificateRow.__table__.insert()
_DIRECTORY = CertificateNumber.__table__.insert()


@dataclass(frozen=True)
class CertificateView:
    """What anybody with the number may see: the signed facts, the name if its owner shows it, the registry's state."""

    payload: Mapping[str, Any]
    signature: str
    beneficiary: str | None
    registry_states: tuple[str, ...]
    url: str  # where anybody can look at it

    @property
    def number(self) -> str:
        """The number in its one spelling."""
        number: str = self.payload["number"]
        return number

    @property
    def retirements(self) -> list[dict[str, Any]]:
        """The signed retirements, each with how far its registry has followed."""
        signed = zip(self.payload["retirements"], self.registry_states, strict=True)
        return [{**item, "registry_state": state} for item, state in signed]


@dataclass(frozen=True)
class Verdict:
    """Whether a number is a genuine certificate; `problem` says why not (`not_a_number`, `unknown`, …)."""

    number: str
    is_genuine: bool
    problem: str | None
    view: CertificateView | None = None


def issue_certificate(
    session: Session, user_id: str, reference: str, beneficiary: str, *, shows_name: bool, at: datetime
) -> str:
    """Certify what was retired for order `reference`; return the number, the first one's when called again.

    The name is sealed for its owner; the signed document holds a salted commitment to it.
    """
    known = find_certificate_number(session, user_id, reference)
    if known is not None:
        return known
    retirements = list_retirements(session, user_id, reference)
    name, salt = clean_name(beneficiary), secrets.token_bytes(SALT_BYTES)
    number = make_number(secrets.token_bytes(ENTROPY_BYTES))
    payload = _payload(session, number, retirements, commit_name(name, salt), at)
    row = {
        "user_id": user_id,
        "id": ids.new_id("certificate"),
        "reference": reference,
        "number": number,
        "grams": payload["grams"],
        "payload": payload,
        "signature": signed_documents.sign(payload, KIND),
        "name_commitment": payload["beneficiary_commitment"],
        "sealed_beneficiary": _seal(session, user_id, name, salt),
        "shows_name": shows_name,
        "issued_at": at,
    }
    enqueue_write(session, _INSERT, row)
    enqueue_write(session, _DIRECTORY, {"number": number, "user_id": user_id, "certificate_id": row["id"]})
    return number


def find_certificate_number(session: Session, user_id: str, reference: str) -> str | None:
    """The number of the certificate of order `reference`, if it has one."""
    return session.scalar(
        select(CertificateRow.number).where(CertificateRow.user_id == user_id, CertificateRow.reference == reference)
    )


def get_certificate(session: Session, typed: str) -> CertificateView:
    """The public face of a certificate by its number as somebody typed it.

    Raises `OffsetRefused("certificates.not_a_number")` for a slip of the pen, `not_found.certificate` otherwise.
    """
    row = _find_row(session, read_number(typed))
    if row is None:
        raise Refusal("not_found.certificate")
    return _view(session, row)


def verify_certificate(session: Session, typed: str) -> Verdict:
    """Whether `typed` is the number of a genuine certificate: signed by us, and our books still say the same."""
    try:
        number = read_number(typed)
    except OffsetRefused:
        return Verdict(typed[:40], False, "not_a_number")
    row = _find_row(session, number)
    if row is None:
        return Verdict(number, False, "unknown")
    problem = problem_of(session, row)
    return Verdict(number, problem is None, problem, None if problem else _view(session, row))


def problem_of(session: Session, row: CertificateRow) -> str | None:
    """What is wrong with a stored certificate: `signature`, `books`, or None."""
    try:
        signed = signed_documents.read(row.signature, KIND)
    except signed_documents.NotSigned:
        return "signature"
    if signed != row.payload or signed["number"] != row.number:
        return "signature"
    kept = session.execute(
        select(RetirementRow.start_g, RetirementRow.end_g, RetirementRow.serials, RetirementRow.document_sha256)
        .where(RetirementRow.user_id == row.user_id, RetirementRow.reference == row.reference)
        .order_by(RetirementRow.lot_id)
    ).all()
    sha256 = signed["project"]["document_sha256"]
    claimed = [(item["start_g"], item["end_g"], item["serials"], sha256) for item in signed["retirements"]]
    return None if claimed == [tuple(item) for item in kept] else "books"


def _payload(
    session: Session, number: str, retirements: tuple[Retirement, ...], commitment: str, at: datetime
) -> dict[str, Any]:
    project = get_project(session, retirements[0].project_id)
    certificate = Certificate(number, project, retirements, commitment, at)
    # through JSON once, so that what is signed is what the database gives back
    payload: dict[str, Any] = json.loads(json.dumps(signed_payload(certificate)))
    return payload


def _find_row(session: Session, number: str) -> CertificateRow | None:
    return session.scalars(
        select(CertificateRow)
        .join(
            CertificateNumber,
            (CertificateNumber.user_id == CertificateRow.user_id)
            & (CertificateNumber.certificate_id == CertificateRow.id),
        )
        .where(CertificateNumber.number == number)
    ).one_or_none()


def _view(session: Session, row: CertificateRow) -> CertificateView:
    retirements = list_retirements(session, row.user_id, row.reference)
    return CertificateView(
        payload=row.payload,
        signature=row.signature,
        beneficiary=_shown_name(session, row),
        registry_states=tuple(state.value for state in states_of(session, retirements)),
        url=f"{context.settings().public_url}/v1/certificates/{row.number}",
    )


def read_sealed_name(session: Session, user_id: str, sealed: bytes) -> str | None:
    """The name a certificate is made out to, or None when its owner was erased."""
    if not sealed:
        return None
    try:
        plain = the_vault().unseal(session, user_id, PURPOSE, sealed)
    except vault.KeyErased:
        return None
    name: str = json.loads(plain)["name"]
    return name


def _shown_name(session: Session, row: CertificateRow) -> str | None:
    return read_sealed_name(session, row.user_id, row.sealed_beneficiary) if row.shows_name else None


def _seal(session: Session, user_id: str, name: str, salt: bytes) -> bytes:
    """Name and salt for their owner's eyes; nothing when the owner was erased while the money was on its way."""
    try:
        return the_vault().seal(session, user_id, PURPOSE, json.dumps({"name": name, "salt": salt.hex()}).encode())
    except vault.KeyErased:
        return b""
