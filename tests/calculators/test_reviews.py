"""What is due for review: documents and the figures that rules rest on, each with what it does since then."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from calculators import list_due_reviews
from tests.calculators.shipped_library import LIBRARY, TRIP

TODAY = date(2026, 11, 20)


def test_nothing_shipped_is_due_today() -> None:
    assert list_due_reviews(LIBRARY, TODAY) == []


def test_what_is_due_names_the_day_the_state_and_the_rule() -> None:
    day = TRIP.review_by + timedelta(days=1)
    due = {one.name: one for one in list_due_reviews(LIBRARY, day)}
    assert (due[TRIP.id].state, due[TRIP.id].review_by) == ("overdue", TRIP.review_by)
    later = {one.name: one.state for one in list_due_reviews(LIBRARY, TRIP.review_by + timedelta(days=541))}
    assert later[TRIP.id] == "expired"


def test_a_figure_that_no_rule_rests_on_is_not_asked_for() -> None:
    names = " ".join(one.name for one in list_due_reviews(LIBRARY, date(2040, 1, 1)))
    assert "factors.trip_mode trip_metro CN-BJ 2024" in names
    assert "factors.diet" not in names
    assert "factors.scheme" not in names


def test_the_longest_overdue_comes_first() -> None:
    old = replace(TRIP, review_by=date(2020, 1, 1))
    library = replace(LIBRARY, methodologies={**LIBRARY.methodologies, TRIP.id: old})
    (first, *_) = list_due_reviews(library, TODAY)
    assert (first.name, first.state) == (TRIP.id, "expired")
