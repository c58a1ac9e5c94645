"""What may count of what nobody attested: a small share of what a person of a place emits (law 12).

Promise: the bounds that an activity is held to and those that an exposure is measured by are these. Touches nothing
but the library's averages.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from functools import cache
from typing import Protocol

from calculators.footprint.averages import NoAverage, average_footprint

MONTHS, PERMILLE, GRAMS_PER_KG = 12, 1000, 1000
PUBLIC_SERVICES = "public_services"  # of the published averages; nobody reduces these


class UnattestedShares(Hashable, Protocol):
    """The shares, in parts of a thousand of what a person of the region emits, and what they never go beyond."""

    @property
    def category_day_permille(self) -> int: ...
    @property
    def category_month_permille(self) -> int: ...
    @property
    def category_year_permille(self) -> int: ...
    @property
    def all_day_permille(self) -> int: ...
    @property
    def all_month_permille(self) -> int: ...
    @property
    def all_year_permille(self) -> int: ...
    @property
    def most_a_day(self) -> int: ...
    @property
    def most_a_month(self) -> int: ...
    @property
    def most_a_year(self) -> int: ...
    @property
    def unpublished_category_kg(self) -> int: ...
    @property
    def unpublished_whole_kg(self) -> int: ...


@cache
def unattested_bounds(place: str, category: str, days_in_month: int, shares: UnattestedShares) -> Mapping[str, int]:
    """The bounds of a day, month and year, of a category and of all, in grams or points, rounded down."""
    yearly_g, whole_g = published_grams(place, category, shares)
    a_day, a_month = MONTHS * days_in_month, MONTHS
    return {
        "category_day": share_of(yearly_g, shares.category_day_permille) // a_day,
        "category_month": share_of(yearly_g, shares.category_month_permille) // a_month,
        "category_year": share_of(yearly_g, shares.category_year_permille),
        "all_day": min(shares.most_a_day, share_of(whole_g, shares.all_day_permille) // a_day),
        "all_month": min(shares.most_a_month, share_of(whole_g, shares.all_month_permille) // a_month),
        "all_year": min(shares.most_a_year, share_of(whole_g, shares.all_year_permille)),
    }


@cache
def published_grams(place: str, category: str, shares: UnattestedShares) -> tuple[int, int]:
    """What a person of a place emits in a year, in a category and in all; the lowest published where none is."""
    unpublished_g = shares.unpublished_category_kg * GRAMS_PER_KG
    try:
        average = average_footprint(place)
    except NoAverage:
        return unpublished_g, shares.unpublished_whole_kg * GRAMS_PER_KG
    by_category = {one.category: one.grams for one in average.categories}
    whole = sum(grams for name, grams in by_category.items() if name != PUBLIC_SERVICES)
    return by_category.get(category, unpublished_g), whole


def share_of(grams: int, permille: int) -> int:
    """So many parts of a thousand, rounded down."""
    return grams * permille // PERMILLE
