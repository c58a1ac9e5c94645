"""Reduce before you offset: what a buyer's footprint still holds, shown beside every price."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend import clock, texts
from backend.neutrality import service as neutrality
from backend.profiles import service as profiles


@dataclass(frozen=True)
class ReduceFirst:
    """The year's footprint not yet balanced, the category with most to reduce, and how much a purchase exceeds it."""

    year: int
    remaining_g: int
    largest_category: str
    largest_g: int
    beyond_g: int  # of the purchase: more than the footprint that remains, so no claim can rest on it
    advice: str


def find_reduce_first(session: Session, user_id: str, grams: int, language: str) -> ReduceFirst | None:
    """What the buyer of `grams` could still reduce this year; None where no footprint is known."""
    year = clock.local_day(clock.now(), profiles.get_profile(session, user_id).zone).year
    books = neutrality.get_neutrality(session, user_id, year, language)
    if books.footprint is None or books.remaining_g is None:
        return None
    largest = max(books.footprint.categories, key=lambda category: category.grams)
    named = texts.text("category", largest.category, language)
    return ReduceFirst(
        year=year,
        remaining_g=books.remaining_g,
        largest_category=largest.category,
        largest_g=largest.grams,
        beyond_g=max(0, grams - books.remaining_g),
        advice=texts.text("checkout", "reduce_first", language, category=named),
    )
