"""What a person could still reduce of a year, from their own answers, and how far the targets are."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.footprints.domain import CategoryGrams, CreditingMethodology, ReductionOption, ReductionOptions
from backend.footprints.service.answered_years import check_year
from backend.footprints.service.footprints import find_answered, get_answered
from backend.platform.core.i18n import Language, pick
from calculators import RankedOption, list_gaps, rank_options


def get_options(session: Session, user_id: str, year: int, language: Language) -> ReductionOptions:
    """What is left to reduce of a person's year. Raises `not_found.survey` where there is no survey for the region."""
    check_year(year)
    answered = get_answered(session, user_id, year)
    footprint, own = answered.compute(), answered.own_target
    options = tuple(_describe(ranked, language) for ranked in rank_options(answered.model, answered.counted))
    return ReductionOptions(
        year=year,
        total_g=footprint.whole.grams,
        options=options,
        left_g=footprint.whole.grams - sum(option.grams for option in options),
        targets=list_gaps(answered.model.region, footprint, (own.year, own.grams) if own else None),
    )


def find_largest_options(
    session: Session, user_id: str, year: int, language: Language, most: int
) -> tuple[ReductionOption | None, tuple[ReductionOption, ...]]:
    """The first of a year's options, and at most `most` of them, the largest first; none without a survey there.

    Each counts only what those ranked before it leave.
    """
    check_year(year)
    answered = find_answered(session, user_id, year)
    ranked = rank_options(answered.model, answered.counted) if answered else ()
    largest = sorted(ranked, key=lambda option: -option.grams)[:most]
    first = _describe(ranked[0], language) if ranked else None
    return first, tuple(_describe(option, language) for option in largest)


def _describe(ranked: RankedOption, language: Language) -> ReductionOption:
    return ReductionOption(
        id=ranked.option.id,
        title=pick(ranked.option.title, language),
        grams=ranked.grams,
        alone_g=ranked.alone_g,
        by_category=tuple(CategoryGrams(name, grams) for name, grams in ranked.by_category.items()),
        methodology=_describe_rule(ranked, language),
        source=ranked.option.source,
    )


def _describe_rule(ranked: RankedOption, language: Language) -> CreditingMethodology | None:
    rule = ranked.methodology
    if rule is None:
        return None
    return CreditingMethodology(rule.id, pick(rule.title, language), rule.yields, ranked.has_figures)
