"""Certificates by their number, for anyone: as JSON, as a page for people, and the answer whether one is genuine.

And what takes one back: the recall of the units it rests on, by operators who own none of them.
"""

from __future__ import annotations

from typing import Any

from flask import render_template
from sqlalchemy.orm import Session

from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import ADMIN, FINANCE, holders_of
from backend.platform.privacy import signed_documents
from backend.platform.privacy.decisions import About
from backend.platform.web.representations import HTML, PDF, SVG, offer
from backend.registry import service
from backend.registry.api.blueprint import edge
from backend.registry.api.certificate_page import wording
from backend.registry.schemas import CertificateOut, CertificateVerdictOut, KeySetOut, RecallIn, RecallOut

KEEPERS = holders_of(FINANCE, ADMIN)
OWNERS = About(lambda session, values: service.list_owners_behind(session, values["body"]["units"]))

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


@edge.get("/certificates/<number>/pdf", media=PDF)
def print_certificate(session: Session, actor: Actor, number: str, language: Language) -> bytes:
    """The certificate on paper, in the reader's language; the same bytes each time"""
    return service.print_certificate(service.get_certificate(session, number), language)


@edge.get("/certificates/<number>/badge.svg", media=SVG)
def show_badge(session: Session, actor: Actor, number: str, language: Language) -> str:
    """A badge for anybody's page: what was retired, for which year, and that it is a contribution

    A picture without a script; put it in a link to the certificate.
    """
    return service.draw_badge(service.get_certificate(session, number), language)


@edge.get("/certificates/<number>/verify", answer=CertificateVerdictOut)
def verify_certificate(session: Session, actor: Actor, number: str) -> Any:
    """Whether this number is a genuine certificate: signed by us, and our books still say the same."""
    return service.verify_certificate(session, number)


@edge.post("/operator/recalls", body=RecallIn, answer=RecallOut, who=KEEPERS, decides_about=OWNERS)
def open_recall(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Stop the sale of units; each owner of a certificate that rests on them is told and gets others, or money."""
    return service.open_recall(session, service.RecallRequest(who=actor.user_id, **body))


@edge.get("/operator/recalls/<recall_id>", answer=RecallOut, who=KEEPERS)
def get_recall(session: Session, actor: Actor, recall_id: str) -> Any:
    """A recall, what its owners got so far, and how many wait."""
    return service.get_recall(session, recall_id)
