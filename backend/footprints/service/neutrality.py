"""One year of one person: `remaining = footprint − retired − verified growth`, and nothing else.

What is only expected to grow stands on a line of its own and is never subtracted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.footprints.service.footprints import answer, find_footprint
from backend.footprints.service.views import YearlyFootprint
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.profiles import service as profiles
from backend.registry import service as registry
from offsets import Claim, ClaimFacts, counts_for, make_claim

FIRST_YEAR = 2000


@dataclass(frozen=True)
class Neutrality:
    """A year's books side by side. Without a footprint nothing can remain; only what was done can be told."""

    year: int
    footprint: YearlyFootprint | None
    retired_g: int
    verified_growth_g: int
    expected_growth: tuple[ExpectedGrowth, ...]
    remaining_g: int | None
    remaining_low_g: int | None
    remaining_high_g: int | None
    default_share_pct: int | None
    claim: Claim


@dataclass(frozen=True)
class ExpectedGrowth:
    """Grams that planted trees are expected to take up by the end of `by_year`, after survival and buffer."""

    by_year: int
    grams: int


def purpose_of(year: int) -> str:
    """What a retirement is retired for, when it is to be set against the footprint of `year`: once, for ever."""
    return f"footprint:{year}"


def get_footprint(session: Session, user_id: str, year: int, language: Language) -> YearlyFootprint:
    """The footprint of a person's year; raise `not_found.footprint` where nobody made a survey or an average."""
    check_year(year)
    found = find_footprint(session, user_id, year, language)
    if found is None:
        raise Refusal("not_found.footprint", region=profiles.get_profile(session, user_id).region)
    return found


def answer_footprint(
    session: Session, user_id: str, year: int, given: Mapping[str, Any], language: Language
) -> YearlyFootprint:
    """Take what a person sent about a year: `answers`, and with them `start_from` and `own_target`."""
    check_year(year)
    return answer(session, user_id, year, given, language)


def get_neutrality(session: Session, user_id: str, year: int, language: Language) -> Neutrality:
    """What a person may say about `year`, and every number behind the sentence."""
    check_year(year)
    profile = profiles.get_profile(session, user_id)
    footprint = find_footprint(session, user_id, year, language)
    records = [
        record
        for record in registry.list_retired_for(session, user_id, purpose_of(year))
        if counts_for(year, record.retired_at.date())
    ]
    retired_g, grown_g = sum(record.grams for record in records), 0
    facts = ClaimFacts(
        year=year,
        footprint_g=footprint.total_g if footprint else 0,
        retired_g=retired_g,
        verified_growth_g=grown_g,
        year_is_over=clock.local_day(clock.database_now(session), profile.zone).year > year,
        footprint_is_complete=footprint is not None and footprint.is_complete,
        demonstration=any(record.demonstration for record in records),
    )
    return Neutrality(
        year=year,
        footprint=footprint,
        retired_g=retired_g,
        verified_growth_g=grown_g,
        expected_growth=(),
        remaining_g=facts.remaining_g if footprint else None,
        remaining_low_g=max(0, footprint.low_g - retired_g - grown_g) if footprint else None,
        remaining_high_g=max(0, footprint.high_g - retired_g - grown_g) if footprint else None,
        default_share_pct=footprint.default_share_pct if footprint else None,
        claim=make_claim(facts, profile.region.partition("-")[0], language.key),
    )


def check_year(year: int) -> None:
    """Refuse a year that has not begun or that nobody kept books about; raise `neutrality.year`."""
    latest = clock.now().year + 1  # it is already next year somewhere
    if not FIRST_YEAR <= year <= latest:
        raise Refusal("neutrality.year", first=FIRST_YEAR, latest=latest)
