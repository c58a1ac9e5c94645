"""Held and appealed activities: what waits, and everything about one of them that somebody decides by.

Opening and deciding are the verbs of `activities`, so that a page does what the API does, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.activities.domain import EvidencePiece
from backend.activities.domain.views import WaitingActivity
from backend.console.service.reviews import list_states
from backend.platform.core import i18n
from backend.platform.core.i18n import Language
from backend.platform.data.paging import Window
from calculators import GEOJSON, describe_methodology, read_trace

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
class InWords:
    """A name and its value as people read them."""

    name: str
    value: str


@dataclass(frozen=True)
class CasePage:
    """One activity with its evidence, what that looks like, the person's pattern and what accepting would credit.

    `told` are its inputs, `numbers` what the rule that weighed most has found.
    """

    listed: WaitingListed
    told: Sequence[InWords]
    numbers: Sequence[InWords]
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
    forms = _forms(session, case.activity.methodology_id)
    params = case.activity.decision.params if case.activity.decision else {}
    return CasePage(
        listed=_listed(case.activity, _titles(session, language), language),
        told=[_tell(forms.get(name), name, value, language) for name, value in case.activity.inputs.items()],
        numbers=[_tell_number(name, value, forms, language) for name, value in params.items()],
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


def _forms(session: Session, methodology_id: str) -> Mapping[str, Mapping[str, Any]]:
    """What a form asks for each input, by its name; empty where no version is in force."""
    in_force = next((one.in_force for one in list_states(session) if one.methodology_id == methodology_id), None)
    inputs = describe_methodology(in_force.methodology)["inputs"] if in_force else ()
    return {one["name"]: one for one in inputs}


def _tell(asked: Mapping[str, Any] | None, name: str, value: Any, language: Language) -> InWords:
    """An input by its title and its option's; as it was sent where no form asks for it any more."""
    if isinstance(value, Mapping):
        value = f"{value['value']} {value['unit']}"
    if asked is None:
        return InWords(name, str(value))
    options = {one["value"]: i18n.pick(one["title"], language) for one in asked.get("options", ())}
    return InWords(i18n.pick(asked["title"], language), options.get(value, str(value)))


def _tell_number(name: str, value: str, forms: Mapping[str, Mapping[str, Any]], language: Language) -> InWords:
    if name == "mode" and name in forms:
        return _tell(forms[name], name, value, language)
    words = i18n.text("console", f"whose.{value}", language=language) if name == "whose" else value
    return InWords(i18n.text("console", f"finding.{name}", language=language), words)


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
