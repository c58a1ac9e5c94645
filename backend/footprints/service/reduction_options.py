"""What a person could still reduce of a year, from their own answers, and how far the targets are."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.footprints.service.footprints import find_answered, get_answered
from backend.footprints.service.neutrality import check_year
from backend.platform.core.i18n import Language, pick
from calculators import Gap, RankedOption, list_gaps, rank_options
from calculators import find_largest_option as largest_option


@dataclass(frozen=True)
class GramsOf:
    """So many grams of one category."""

    category: str
    grams: int


@dataclass(frozen=True)
class MethodologyNamed:
    """A methodology by id and title, what it credits, grams or behaviour points, and whether it can in the place."""

    id: str
    title: str
    yields: str
    has_figures: bool


@dataclass(frozen=True)
class OptionShown:
    """An option: `grams` less a year on top of those before it, `alone_g` without them."""

    id: str
    title: str
    grams: int
    alone_g: int
    by_category: tuple[GramsOf, ...]
    methodology: MethodologyNamed


@dataclass(frozen=True)
class Reducible:
    """A year's options, the largest first, what all of them would leave, and the gaps to the targets."""

    year: int
    total_g: int
    options: tuple[OptionShown, ...]
    left_g: int
    targets: tuple[Gap, ...]


def get_options(session: Session, user_id: str, year: int, language: Language) -> Reducible:
    """What is left to reduce of a person's year. Raises `not_found.survey` where there is no survey for the region."""
    check_year(year)
    stored = get_answered(session, user_id, year)
    found = stored.footprint()
    options = tuple(_shown(one, language) for one in rank_options(stored.model, stored.counted))
    return Reducible(
        year=year,
        total_g=found.whole.grams,
        options=options,
        left_g=found.whole.grams - sum(option.grams for option in options),
        targets=list_gaps(stored.model.region, found, stored.own_target),
    )


def find_largest_option(session: Session, user_id: str, year: int, language: Language) -> OptionShown | None:
    """The first of a year's options; None where there are none, or no survey for the region."""
    check_year(year)
    stored = find_answered(session, user_id, year)
    found = stored and largest_option(stored.model, stored.counted)
    return _shown(found, language) if found else None


def _shown(one: RankedOption, language: Language) -> OptionShown:
    return OptionShown(
        id=one.option.id,
        title=pick(one.option.title, language),
        grams=one.grams,
        alone_g=one.alone_g,
        by_category=tuple(GramsOf(name, grams) for name, grams in one.by_category.items()),
        methodology=_named(one, language),
    )


def _named(one: RankedOption, language: Language) -> MethodologyNamed:
    rule = one.methodology
    return MethodologyNamed(rule.id, pick(rule.title, language), rule.yields, one.has_figures)
