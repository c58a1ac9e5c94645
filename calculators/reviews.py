"""What is due for review of the rules and of the figures they rest on.

Promise: every document past its review-by day, and every figure past its own that carries the result of a rule in a
place that has figures, each with what it does since then. Computed from the library alone, for a day. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from calculators.estimate.parameters import Resolved, carrying_names, resolve
from calculators.figures.factors import Tables
from calculators.figures.freshness import FRESH, age_on
from calculators.figures.library import Library
from calculators.marks import choices_of
from calculators.methodology.document import Methodology


@dataclass(frozen=True, slots=True, order=True)
class DueReview:
    """A methodology, or a figure (table, key, place, year) with the first rule that rests on it."""

    review_by: date
    name: str
    rule: str
    state: str


def list_due_reviews(library: Library, day: date) -> list[DueReview]:
    """Everything that is past its review-by day, the longest overdue first."""
    found: dict[str, DueReview] = {}
    for methodology in library.methodologies.values():
        for name, review_by in _rests_on(methodology, library.tables, day.year):
            state = age_on(day, review_by, None, library.tables.freshness).state
            if state != FRESH:
                found.setdefault(name, DueReview(review_by, name, methodology.id, state))
    return sorted(found.values())


def _rests_on(methodology: Methodology, tables: Tables, year: int) -> Iterator[tuple[str, date]]:
    yield methodology.id, methodology.review_by
    carrying = carrying_names(methodology)
    for place in _places_with_figures(methodology, tables):
        for choices in choices_of(methodology):
            figures = resolve(methodology, tables, place, year, choices)
            for name, entry in figures.entries.items() if isinstance(figures, Resolved) else ():
                if name in carrying and "key" in entry:
                    figure = " ".join(str(entry[part]) for part in ("table", "key", "region", "year"))
                    yield figure, date.fromisoformat(entry["review_by"])


def _places_with_figures(methodology: Methodology, tables: Tables) -> list[str]:
    """The places for which a table of the rule has a figure of its own; what others borrow is among these."""
    places: set[str] = set()
    for parameter in methodology.parameters.values():
        table = tables.find_table(parameter.table or "")
        if table is not None:
            for item in methodology.items_of(parameter):
                places.update(row.region for row in table.by_item.get(item, ()) if row.creditable)
    return sorted(places)
