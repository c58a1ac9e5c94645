"""Certificates: one per order, signed once, found by its number, checked against signature and books."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.platform.core import context
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data import ids
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.data.transactions import enqueue_write
from backend.platform.privacy import signed_documents, vault
from backend.platform.privacy.vault import the_vault
from backend.registry import sql
from backend.registry.domain import CertificateView, StoredCertificate, Verdict
from backend.registry.service.projects import get_project
from backend.registry.service.retirements import list_retirements
from backend.registry.service.upstream_retirements import states_of
from backend.registry.sql import recalls as recall_sql
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
# what stands on the certificate of somebody whose name was erased
NOBODY = "—"


@dataclass(frozen=True)
class Wording:
    """What a certificate says beside the retirements: for whom, whether everybody sees that, and in whose place."""

    beneficiary: str
    shows_name: bool
    replaces: str | None = None


def issue_certificate(
    session: Session, user_id: str, reference: str, beneficiary: str, *, shows_name: bool, at: datetime
) -> str:
    """Certify what was retired for order `reference`; return the number, the first one's when called again.

    The name is sealed for its owner; the signed document holds a salted commitment to it.
    """
    return _issue(session, user_id, reference, Wording(beneficiary, shows_name), at)


def replace_certificate(session: Session, old: StoredCertificate, reference: str, at: datetime) -> str:
    """Certify what was retired for `reference` in place of what `old` says, for the same name; return the number."""
    name = read_sealed_name(session, old.user_id, old.sealed_beneficiary) or NOBODY
    return _issue(session, old.user_id, reference, Wording(name, old.shows_name, old.number), at)


def _issue(session: Session, user_id: str, reference: str, wording: Wording, at: datetime) -> str:
    known = find_certificate_number(session, user_id, reference)
    if known is not None:
        return known
    retirements = list_retirements(session, user_id, reference)
    name, salt = clean_name(wording.beneficiary), secrets.token_bytes(SALT_BYTES)
    number = make_number(secrets.token_bytes(ENTROPY_BYTES))
    payload = _payload(session, number, retirements, commit_name(name, salt), at)
    if wording.replaces is not None:
        payload["replaces"] = wording.replaces
    certificate = StoredCertificate(
        user_id=user_id,
        id=ids.new_id("certificate"),
        reference=reference,
        number=number,
        grams=payload["grams"],
        payload=payload,
        signature=signed_documents.sign(payload, KIND),
        name_commitment=payload["beneficiary_commitment"],
        sealed_beneficiary=_seal(session, user_id, name, salt),
        shows_name=wording.shows_name,
        issued_at=at,
    )
    enqueue_write(session, sql.INSERT_CERTIFICATE, vars(certificate))
    leads_to = {"number": number, "user_id": user_id, "certificate_id": certificate.id}
    enqueue_write(session, sql.INSERT_NUMBER, leads_to)
    return number


def find_certificate_number(session: Session, user_id: str, reference: str) -> str | None:
    """The number of the certificate of order `reference`, if it has one."""
    return fetch(session, sql.number_of_certificate(user_id, reference)).one_or_none()


def find_certificate(session: Session, user_id: str, certificate_id: str) -> StoredCertificate:
    """One certificate of a person by its id."""
    return fetch_one(session, sql.certificate(user_id, certificate_id))


def get_certificate(session: Session, typed: str) -> CertificateView:
    """The public face of a certificate by its number as somebody typed it.

    Raises `OffsetRefused("certificates.not_a_number")` for a slip of the pen, `not_found.certificate` otherwise.
    """
    certificate = _find(session, read_number(typed))
    if certificate is None:
        raise Refusal("not_found.certificate")
    return _view(session, certificate)


def print_certificate(view: CertificateView, language: Language) -> bytes:
    """The PDF of a certificate."""
    # what draws a paper is a twentieth of the time to start, and few requests ask for one
    from backend.registry.service import certificate_paper

    return certificate_paper.print_certificate(view, language)


def verify_certificate(session: Session, typed: str) -> Verdict:
    """Whether `typed` is the number of a genuine certificate: signed by us, and our books still say the same."""
    try:
        number = read_number(typed)
    except OffsetRefused:
        return Verdict(typed[:40], False, "not_a_number")
    certificate = _find(session, number)
    if certificate is None:
        return Verdict(number, False, "unknown")
    problem = problem_of(session, certificate)
    return Verdict(number, problem is None, problem, None if problem else _view(session, certificate))


def problem_of(session: Session, certificate: StoredCertificate) -> str | None:
    """What is wrong with a stored certificate: `signature`, `books`, or None."""
    try:
        signed = signed_documents.read(certificate.signature, KIND)
    except signed_documents.NotSigned:
        return "signature"
    if signed != certificate.payload or signed["number"] != certificate.number:
        return "signature"
    kept = fetch(session, sql.retired_for_order(certificate.user_id, certificate.reference)).all()
    sha256 = signed["project"]["document_sha256"]
    claimed = [(item["start_g"], item["end_g"], item["serials"], sha256) for item in signed["retirements"]]
    return None if claimed == [(one.start_g, one.end_g, one.serials, one.document_sha256) for one in kept] else "books"


def _payload(
    session: Session, number: str, retirements: tuple[Retirement, ...], commitment: str, at: datetime
) -> dict[str, Any]:
    project = get_project(session, retirements[0].project_id)
    certificate = Certificate(number, project, retirements, commitment, at)
    # through JSON once, so that what is signed is what the database gives back
    payload: dict[str, Any] = json.loads(json.dumps(signed_payload(certificate)))
    return payload


def _view(session: Session, certificate: StoredCertificate) -> CertificateView:
    retirements = list_retirements(session, certificate.user_id, certificate.reference)
    return CertificateView(
        payload=certificate.payload,
        signature=certificate.signature,
        beneficiary=_shown_name(session, certificate),
        registry_states=tuple(state.value for state in states_of(session, retirements)),
        url=f"{context.settings().public_url}/v1/certificates/{certificate.number}",
        recalled=tuple(
            fetch(session, recall_sql.recalled_of_certificate(certificate.user_id, certificate.number)).all()
        ),
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


def _shown_name(session: Session, certificate: StoredCertificate) -> str | None:
    if not certificate.shows_name:
        return None
    return read_sealed_name(session, certificate.user_id, certificate.sealed_beneficiary)


def _seal(session: Session, user_id: str, name: str, salt: bytes) -> bytes:
    """Name and salt for their owner's eyes; nothing when the owner was erased while the money was on its way."""
    try:
        return the_vault().seal(session, user_id, PURPOSE, json.dumps({"name": name, "salt": salt.hex()}).encode())
    except vault.KeyErased:
        return b""


def _find(session: Session, number: str) -> StoredCertificate | None:
    """The certificate behind a number in its one spelling, or None."""
    led_to = fetch(session, sql.certificate_of_number(number)).one_or_none()
    return fetch(session, sql.certificate(*led_to)).one_or_none() if led_to else None
