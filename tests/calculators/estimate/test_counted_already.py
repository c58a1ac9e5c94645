"""Two rules that would credit the same thing: one of them counts on a day, and whoever comes second is told."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from calculators import (
    Context,
    CountedAlready,
    DocumentRefused,
    InputRefused,
    compute_estimate,
    days_covered,
    estimate_columns,
    parse_methodology,
    recompute,
    sentences,
)
from tests.calculators.shipped_library import ELECTRICITY, TABLES, TRIP

ON = date(2026, 11, 20)
WHERE = Context(region="CN-BJ", on=ON, evidence="fare_record")
STOPPED = CountedAlready("transport.stop_driving_day", {"en": "Stop-driving day", "zh": "少开一天车"}, ON)
RIDE = {"mode": "metro", "distance": "10"}


def test_what_counts_already_leaves_nothing_to_credit_and_says_which() -> None:
    found = compute_estimate(TRIP, TABLES, RIDE, replace(WHERE, counted_already=STOPPED))
    assert (found.reduction_g, found.credited_g, found.reason) == (720, 0, "counted_already")
    said = {language: sentences(found.record(), TRIP.text, language)["reason"] for language in ("en", "zh")}
    assert "Stop-driving day" in said["en"]
    assert "2026-11-20" in said["en"]
    assert "少开一天车" in said["zh"]


def test_the_record_leads_to_the_same_and_without_the_other_to_the_credit() -> None:
    record = json.loads(
        json.dumps(compute_estimate(TRIP, TABLES, RIDE, replace(WHERE, counted_already=STOPPED)).record())
    )
    assert recompute(record, TRIP.text).results() == record["results"]
    freed = record | {"context": record["context"] | {"counted_already": None}}
    assert recompute(freed, TRIP.text).credited_g == 641


def test_a_stronger_reason_comes_first() -> None:
    walk = {"mode": "walk", "distance": "0.1"}
    assert compute_estimate(TRIP, TABLES, walk, replace(WHERE, counted_already=STOPPED)).reason == "too_short"


def test_columns_say_the_same() -> None:
    columns = {"mode": np.array(["metro", "walk", "car"]), "distance": np.array([10.0, 0.1, 10.0])}
    found = estimate_columns(TRIP, TABLES, columns, replace(WHERE, counted_already=STOPPED))
    assert found.credited_g.tolist() == [0, 0, 0]
    assert [found.reasons[place] for place in found.reason] == ["counted_already", "too_short", "no_reduction"]


@pytest.mark.parametrize(
    ("inputs", "days"),
    [({}, 1), ({"days": 7}, 7), ({"days": {"value": "2", "unit": "day"}}, 2), ({"days": "1.9"}, 1)],
)
def test_an_activity_covers_the_days_that_were_entered(inputs, days) -> None:
    assert days_covered(ELECTRICITY, inputs) == days


def test_a_trip_covers_its_own_day() -> None:
    assert days_covered(TRIP, RIDE) == 1


def test_days_that_cannot_be_are_refused_by_their_field() -> None:
    with pytest.raises(InputRefused) as refused:
        days_covered(ELECTRICITY, {"days": 90})
    assert [error.field for error in refused.value.errors] == ["inputs.days"]


@pytest.mark.parametrize("named", ["consumption", "household_size", "nothing"])
def test_a_document_that_covers_something_else_than_days_is_refused(named) -> None:
    with pytest.raises(DocumentRefused, match="must name an input that a person gives in whole days"):
        parse_methodology(ELECTRICITY.text.replace('covers = "days"', f'covers = "{named}"'))
