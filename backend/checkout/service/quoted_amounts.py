"""How many grams a buyer asks for: said in grams, in money, as the rest of a year's footprint, or by one journey."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.checkout.domain import QuoteRequest
from backend.footprints import service as footprints
from backend.platform.core.errors import Refusal, invalid_field
from backend.platform.core.i18n import Language
from offsets import Money, Project, most_grams_for


@dataclass(frozen=True)
class Shelf:
    """A project and the day its price is asked on."""

    project: Project
    on: date


def find_grams(session: Session, user_id: str, request: QuoteRequest, shelf: Shelf, language: Language) -> int:
    """The grams of a request.

    Money buys the most grams that cost no more; the rest of a footprint and a journey are taken to the gram. Refuses
    with `request.invalid` for none or several ways of saying it, `neutrality.year`, `checkout.nothing_remains`,
    `not_found.activity`, `checkout.no_journey`, `catalogue.no_price`.
    """
    if len(request.asked) != 1:
        raise invalid_field("grams", "one_of_these", others="grams, total_minor, rest_of_year, activity_id")
    if request.total_minor is not None:
        return most_grams_for(shelf.project, Money(request.total_minor, request.currency), (), shelf.on)
    if request.rest_of_year is not None:
        return _rest_of(session, user_id, request.rest_of_year, language)
    if request.activity_id is not None:
        return _emitted_by(session, user_id, request.activity_id, language)
    return request.grams or 0


def _rest_of(session: Session, user_id: str, year: int, language: Language) -> int:
    remaining_g = footprints.get_neutrality(session, user_id, year, language).remaining_g
    if not remaining_g:
        raise Refusal("checkout.nothing_remains", year=year)
    return remaining_g


def _emitted_by(session: Session, user_id: str, activity_id: str, language: Language) -> int:
    reduction = activities.get_activity(session, user_id, activity_id, language).reduction
    if reduction is None or reduction.project_g <= 0:
        raise Refusal("checkout.no_journey", activity_id=activity_id)
    return reduction.project_g
