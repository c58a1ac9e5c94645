"""Held and appealed activities: what waits, and everything about one of them that somebody decides by.

Opening and deciding are the verbs of `activities`, so that a page does what the API does, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.activities.domain import EvidencePiece
from backend.activities.domain.views import WaitingActivity
from backend.console.service.reviews import list_states
from backend.platform.core import i18n
from backend.platform.core.i18n import Language
from backend.platform.data.paging import Window
from calculators import GEOJSON, read_trace

PICTURES, TRACKS = "/v1/evidence/pictures/", "/v1/evidence/traces/"
DRAWINGS = "/console/held/tracks/"
LISTED = 50


@dataclass(frozen=True)
class WaitingListed:
    """An activity that waits for a decision, with the title of its methodology and what the rules found, in words."""

    activity: WaitingActivity
    title: str
    found: Sequence[str]


@dataclass(frozen=True)
class WaitingPage:
    """The oldest of what waits, and where the next page begins."""

    rows: Sequence[WaitingListed]
    after: str | None


@dataclass(frozen=True)
class PieceShown:
    """A piece of evidence as a page shows it: its kind in words, its figures, and the address of its picture.

    The address is empty where nothing can be seen.
    """

    piece: activities.PieceView
    title: str
    picture: str


@dataclass(frozen=True)
class CasePage:
    """One activity with its evidence, what that looks like, the person's pattern and what accepting would credit."""

    listed: WaitingListed
    evidence: Sequence[PieceShown]
    originals: Sequence[PieceShown]
    case: activities.OpenedCase


def list_waiting(session: Session, after: str | None, language: Language) -> WaitingPage:
    """A page of everybody's activities that wait for a decision, the oldest first."""
    page = activities.list_waiting(session, Window(LISTED, after), language)
    titles = _titles(session, language)
    return WaitingPage([_listed(one, titles, language) for one in page.items], page.next_cursor)


def open_case(session: Session, opened_by: str, user_id: str, activity_id: str, language: Language) -> CasePage:
    """Everything about one of them; that it was opened is written down. Raises as `activities.open_case` does."""
    case = activities.open_case(session, opened_by, user_id, activity_id, language)
    return CasePage(
        listed=_listed(case.activity, _titles(session, language), language),
        evidence=[_shown(piece, language) for piece in case.evidence],
        originals=[_shown(piece, language) for piece in case.originals],
        case=case,
    )


def find_track(session: Session, ticket: str) -> EvidencePiece:
    """The track that the ticket of a link opens; raise `not_found.evidence`."""
    return activities.open_link(session, ticket, GEOJSON)


def read_places(session: Session, piece: EvidencePiece, sealed: bytes) -> list[tuple[float, float]]:
    """The positions of a track as (longitude, latitude), in their order; raise `not_found.evidence`."""
    trace = read_trace(activities.unseal_content(session, piece, sealed), GEOJSON)
    return [(fix.longitude, fix.latitude) for fix in trace.fixes]


def _titles(session: Session, language: Language) -> Mapping[str, str]:
    """The title of each methodology in force."""
    states = [one for one in list_states(session) if one.in_force is not None]
    return {one.methodology_id: i18n.pick(one.in_force.methodology.title, language) for one in states if one.in_force}


def _listed(activity: WaitingActivity, titles: Mapping[str, str], language: Language) -> WaitingListed:
    found = activity.decision.found if activity.decision else ()
    words = [i18n.text("activity", rule, language=language) for rule in found]
    return WaitingListed(activity, titles.get(activity.methodology_id, activity.methodology_id), words)


def _shown(piece: activities.PieceView, language: Language) -> PieceShown:
    """A picture is seen at its link; a track is drawn, since pages run no script that could draw it."""
    title = i18n.text("console", f"tier.{piece.tier}", language=language)
    address = piece.link.url if piece.link else ""
    for place, seen_at in ((PICTURES, PICTURES), (TRACKS, DRAWINGS)):
        _, found, ticket = address.partition(place)
        if found:
            return PieceShown(piece, title, f"{seen_at}{ticket}")
    return PieceShown(piece, title, "")
