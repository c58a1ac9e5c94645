"""Reduce before you offset: what a buyer could still do about their own footprint, shown beside every price."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy.orm import Session

from backend.footprints import service as footprints
from backend.platform.core import clock, i18n
from backend.platform.core.i18n import Language
from backend.profiles import service as profiles

SHOWN_OPTIONS = 3  # beside a price


@dataclass(frozen=True)
class ReduceFirst:
    """The year's footprint not yet balanced, what there is most to reduce by, and how much a purchase exceeds it.

    `option` is the buyer's own largest; None where there is none, and then the advice names the largest category.
    """

    year: int
    remaining_g: int
    largest_category: str
    largest_g: int
    option: footprints.ReductionOption | None
    largest_options: tuple[footprints.ReductionOption, ...]  # to show beside a price
    beyond_g: int  # of the purchase: more than the footprint that remains, so no claim can rest on it
    advice: str


def find_reduce_first(session: Session, user_id: str, grams: int, language: Language) -> ReduceFirst | None:
    """What the buyer of `grams` could still reduce this year; None where no footprint is known."""
    year = clock.local_day(clock.database_now(session), profiles.get_profile(session, user_id).zone).year
    books = footprints.get_neutrality(session, user_id, year, language)
    if books.footprint is None or books.remaining_g is None:
        return None
    largest = max(books.footprint.categories, key=lambda category: category.grams)
    option, options = footprints.find_largest_options(session, user_id, year, language, SHOWN_OPTIONS)
    return ReduceFirst(
        year=year,
        remaining_g=books.remaining_g,
        largest_category=largest.category,
        largest_g=largest.grams,
        option=option,
        largest_options=options,
        beyond_g=max(0, grams - books.remaining_g),
        advice=_by_option(option, language) if option else _by_category(largest.category, language),
    )


def _by_option(option: footprints.ReductionOption, language: Language) -> str:
    kg = f"{Decimal(option.grams // 100).scaleb(-1):,}"  # to tenths, down: less is held out than may come
    if option.methodology is None:
        return i18n.text("checkout", "reduce_by_itself", language, option=option.title, kg=kg)
    code = "reduce_by_option" if option.methodology.has_figures else "reduce_uncredited"
    words = {"option": option.title, "kg": kg, "methodology": option.methodology.title}
    return i18n.text("checkout", code, language, **words)


def _by_category(category: str, language: Language) -> str:
    return i18n.text("checkout", "reduce_first", language, category=i18n.text("category", category, language))
