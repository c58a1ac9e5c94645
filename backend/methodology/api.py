"""Endpoints of the rule book: open to everyone, written by methodologists, decided by reviewers."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.methodology import service
from backend.methodology.schemas import (
    Approval,
    CatalogueOut,
    CatalogueQuery,
    DraftIn,
    DraftListed,
    EffectsOut,
    FactorOut,
    FactorQuery,
    Figure,
    MethodologyListed,
    MethodologyOut,
    MethodologyVersionOut,
    Rejection,
    StandingQuery,
    Withdrawal,
)
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import ADMIN, ANYONE, AUDITOR, METHODOLOGIST, REVIEWER, holders_of
from backend.platform.data.paging import Window
from backend.platform.privacy.decisions import About, AboutNobody
from backend.platform.web.edge import Edge

edge = Edge("methodology", "The public rule book and its reviews", who=ANYONE)

ZIP = "application/zip"
AUTHORS = About(
    lambda session, values: service.list_authors(session, values["methodology_id"], values["version"]),
    code="methodology.four_eyes",
)
DRAFT = AboutNobody("a draft counts for nothing before somebody else approves it")
WRITERS = holders_of(METHODOLOGIST)
REVIEWERS = holders_of(REVIEWER)
READERS = holders_of(METHODOLOGIST, REVIEWER, AUDITOR, ADMIN)


@edge.get("/methodologies", answer=MethodologyListed, page=True, etag=True)
def list_methodologies(session: Session, actor: Actor, window: Window) -> Any:
    """List the methodologies that count today."""
    return service.list_methodologies(session, window)


@edge.get("/methodologies/<methodology_id>", answer=MethodologyOut, etag=True)
def get_methodology(session: Session, actor: Actor, methodology_id: str) -> Any:
    """Read one methodology as it counts today, and which versions counted when."""
    return service.get_methodology(session, methodology_id)


@edge.get(
    "/methodologies/<methodology_id>/versions/<int(max=1000000):version>", answer=MethodologyVersionOut, etag=True
)
def get_methodology_version(session: Session, actor: Actor, methodology_id: str, version: int) -> Any:
    """Read one approved version: its text, every figure with its provenance, its hash, and who approved it."""
    return service.get_public_version(session, methodology_id, version)


@edge.get("/catalogue", query=CatalogueQuery, answer=CatalogueOut, etag=True)
def get_catalogue(session: Session, actor: Actor, query: dict[str, Any]) -> Any:
    """Read what an app draws its forms from: the methodologies of a place with inputs and evidence, and the places."""
    return service.get_app_catalogue(session, query["region"])


@edge.get("/factors", query=FactorQuery, answer=Figure, page=True, etag=True)
def search_factors(session: Session, actor: Actor, query: dict[str, Any], window: Window, language: Language) -> Any:
    """Search the published figures by words, place, year, unit and kind, the best match first."""
    filters = {name: value for name, value in query.items() if name != "query"}
    return service.search_figures(query["query"], filters, window, language)


@edge.get("/factors/<key>", query=StandingQuery, answer=FactorOut, etag=True)
def get_factor(session: Session, actor: Actor, key: str, query: dict[str, Any], language: Language) -> Any:
    """Read one figure: every place and year with its provenance, what rests on it, what stands for a place."""
    return service.get_figure(session, key, language=language, **query)


@edge.get("/rulebook", media=ZIP, etag=True)
def download_rulebook(session: Session, actor: Actor) -> Any:
    """Download every approved document with its figures, hashes and a changelog, as one signed archive."""
    return service.pack_rulebook(session)


@edge.get("/operator/methodologies", answer=DraftListed, page=True, who=READERS)
def list_methodology_drafts(session: Session, actor: Actor, window: Window) -> Any:
    """List the drafts that wait for a reviewer, oldest first."""
    return service.list_drafts(session, window)


@edge.get(
    "/operator/methodologies/<methodology_id>/versions/<int(max=1000000):version>",
    answer=MethodologyVersionOut,
    who=READERS,
)
def get_any_methodology_version(session: Session, actor: Actor, methodology_id: str, version: int) -> Any:
    """Read one version in any state."""
    return service.get_any_version(session, methodology_id, version)


@edge.get(
    "/operator/methodologies/<methodology_id>/versions/<int(max=1000000):version>/effects",
    answer=EffectsOut,
    who=READERS,
)
def get_methodology_effects(session: Session, actor: Actor, methodology_id: str, version: int) -> Any:
    """See what a version would change: words, worked examples, typical people, alarms."""
    return service.get_effects(session, methodology_id, version)


@edge.post("/operator/methodologies", body=DraftIn, answer=DraftListed, status=201, who=WRITERS, decides_about=DRAFT)
def submit_methodology_draft(session: Session, actor: Actor, body: dict[str, Any]) -> Any:
    """Submit a document for review; the figures it can reach today are pinned to it."""
    return service.submit_draft(session, actor.user_id, body["document"])


@edge.post(
    "/operator/methodologies/<methodology_id>/versions/<int(max=1000000):version>/approve",
    body=Approval,
    answer=DraftListed,
    who=REVIEWERS,
    decides_about=AUTHORS,
)
def approve_methodology_version(
    session: Session, actor: Actor, methodology_id: str, version: int, body: dict[str, Any]
) -> Any:
    """Approve exactly the content whose hash you name; you may have written none of it."""
    return service.approve(session, actor.user_id, methodology_id, version, **body)


@edge.post(
    "/operator/methodologies/<methodology_id>/versions/<int(max=1000000):version>/reject",
    body=Rejection,
    answer=DraftListed,
    who=REVIEWERS,
    decides_about=AUTHORS,
)
def reject_methodology_version(
    session: Session, actor: Actor, methodology_id: str, version: int, body: dict[str, Any]
) -> Any:
    """Close a draft that will not be approved."""
    return service.reject(session, actor.user_id, methodology_id, version, **body)


@edge.post(
    "/operator/methodologies/<methodology_id>/versions/<int(max=1000000):version>/withdraw",
    body=Withdrawal,
    answer=DraftListed,
    who=REVIEWERS,
    decides_about=AUTHORS,
)
def withdraw_methodology_version(
    session: Session, actor: Actor, methodology_id: str, version: int, body: dict[str, Any]
) -> Any:
    """End an approved version without a successor, from a day that has begun nowhere."""
    return service.withdraw(session, actor.user_id, methodology_id, version, **body)
