"""Certificates by their number, for anyone: as JSON, as a page for people, and the answer whether one is genuine."""

from __future__ import annotations

from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.privacy import signed_documents
from backend.platform.web.representations import HTML, offer
from backend.registry import service
from backend.registry.api.blueprint import edge
from backend.registry.api.certificate_page import wording
from backend.registry.schemas import CertificateOut, CertificateVerdictOut, KeySetOut

offer(edge, {"registry.get_certificate": (HTML, "registry.show_certificate")})


@edge.get("/certificates/keys", answer=KeySetOut, transaction=False, etag=True)
def get_certificate_keys(actor: Actor) -> Any:
    """The public keys that certificates and statements are signed with, retired ones included."""
    return signed_documents.public_keys()


@edge.get("/certificates/<number>", answer=CertificateOut, etag=True)
def get_certificate(session: Session, actor: Actor, number: str) -> Any:
    """What was retired under this number, as signed; a browser that asks for HTML gets the page."""
    return service.get_certificate(session, number)


@edge.get("/certificates/<number>/page", media="text/html; charset=utf-8")
def show_certificate(session: Session, actor: Actor, number: str, language: Language) -> Any:
    """The certificate as a page for people, with a QR code that leads to it."""
    verdict = service.verify_certificate(session, number)
    return render_template("certificate.html", language=language, verdict=verdict, **wording())


@edge.get("/certificates/<number>/verify", answer=CertificateVerdictOut)
def verify_certificate(session: Session, actor: Actor, number: str) -> Any:
    """Whether this number is a genuine certificate: signed by us, and our books still say the same."""
    return service.verify_certificate(session, number)
