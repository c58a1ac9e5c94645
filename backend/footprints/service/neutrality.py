"""One year of one person: `remaining = footprint − retired − verified growth`, and nothing else.

What is only expected to grow stands on a line of its own and is never subtracted.
"""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.footprints.domain import ExpectedGrowth, Neutrality
from backend.footprints.service.answered_years import check_year, purpose_of
from backend.footprints.service.footprints import find_footprint
from backend.platform.core import clock
from backend.platform.core.i18n import Language
from backend.profiles import service as profiles
from backend.registry import service as registry
from backend.trees import service as trees
from offsets import ClaimFacts, counts_for, make_claim


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
    growth = trees.get_growth(session, user_id, year)
    retired_g, grown_g = sum(record.grams for record in records), growth.verified_g
    today = clock.local_day(clock.database_now(session), profile.zone)
    facts = ClaimFacts(
        year=year,
        footprint_g=footprint.total_g if footprint else 0,
        retired_g=retired_g,
        verified_growth_g=grown_g,
        year_is_over=today.year > year,
        footprint_is_complete=footprint is not None and footprint.is_complete,
        demonstration=growth.is_demonstration or any(record.demonstration for record in records),
    )
    return Neutrality(
        year=year,
        footprint=footprint,
        retired_g=retired_g,
        verified_growth_g=grown_g,
        expected_growth=tuple(ExpectedGrowth(line.year, line.grams) for line in growth.expected),
        remaining_g=facts.remaining_g if footprint else None,
        remaining_low_g=max(0, footprint.low_g - retired_g - grown_g) if footprint else None,
        remaining_high_g=max(0, footprint.high_g - retired_g - grown_g) if footprint else None,
        default_share_pct=footprint.default_share_pct if footprint else None,
        claim=make_claim(facts, profile.region.partition("-")[0], language.key, today),
    )
