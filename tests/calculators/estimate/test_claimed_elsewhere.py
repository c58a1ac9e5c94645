"""A meter, a car, a roof that somebody else has counted on that day: stored, worth nothing, and told without a name."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from calculators import (
    HOUSEHOLD_THINGS,
    ClaimedElsewhere,
    Context,
    CountedAlready,
    DocumentRefused,
    compute_estimate,
    estimate_columns,
    parse_methodology,
    recompute,
    sentences,
)
from calculators.words import list_languages, templates
from tests.calculators.shipped_library import ELECTRICITY, LIBRARY, TABLES

ON = date(2026, 11, 20)
TAKEN = ClaimedElsewhere("electricity_meter", ON)
WHERE = Context(region="CN-BJ", on=ON, evidence="smart_meter", household_size=2)
READING = {"consumption": "3", "days": "1"}


def test_what_somebody_else_counted_leaves_nothing_to_credit_and_does_not_say_who() -> None:
    free = compute_estimate(ELECTRICITY, TABLES, READING, WHERE)
    assert free.credited_g > 0
    found = compute_estimate(ELECTRICITY, TABLES, READING, replace(WHERE, claimed_elsewhere=TAKEN))
    assert (found.reduction_g, found.credited_g, found.reason) == (free.reduction_g, 0, "claimed_elsewhere")
    said = {language: sentences(found.record(), ELECTRICITY.text, language)["reason"] for language in ("en", "zh")}
    assert said["en"] == (
        "somebody else has counted this electricity meter on 2026-11-20, and it counts once a day: "
        "the first claim keeps the day"
    )
    assert "这只电表" in said["zh"]


def test_the_record_leads_to_the_same_and_a_record_without_the_word_to_the_credit() -> None:
    record = json.loads(
        json.dumps(compute_estimate(ELECTRICITY, TABLES, READING, replace(WHERE, claimed_elsewhere=TAKEN)).record())
    )
    assert recompute(record, ELECTRICITY.text).results() == record["results"]
    older = {name: value for name, value in record["context"].items() if name != "claimed_elsewhere"}
    assert recompute(record | {"context": older}, ELECTRICITY.text).credited_g > 0


def test_what_one_counted_oneself_is_told_first() -> None:
    own = CountedAlready("housing.household_electricity", {"en": "the same"}, ON)
    found = compute_estimate(ELECTRICITY, TABLES, READING, replace(WHERE, counted_already=own, claimed_elsewhere=TAKEN))
    assert found.reason == "counted_already"


def test_columns_say_the_same() -> None:
    columns = {"consumption": np.array([3.0, 300.0]), "days": np.array([1.0, 1.0])}
    found = estimate_columns(ELECTRICITY, TABLES, columns, replace(WHERE, claimed_elsewhere=TAKEN))
    assert found.credited_g.tolist() == [0, 0]
    assert [found.reasons[place] for place in found.reason] == ["claimed_elsewhere", "no_reduction"]


def test_every_rule_of_a_meter_a_car_or_a_roof_claims_it() -> None:
    claims = {one.id: set(one.claims) for one in LIBRARY.methodologies.values() if one.claims}
    assert claims == {
        "housing.household_electricity": {"electricity_meter"},
        "housing.electricity_below_own_mean": {"electricity_meter"},
        "housing.rooftop_solar_self_use": {"roof", "electricity_meter"},
        "housing.gas_below_own_history": {"gas_meter"},
        "housing.heat_below_own_history": {"heat_meter"},
        "housing.household_water": {"water_meter"},
        "transport.stop_driving_day": {"car"},
        "transport.electric_car_km": {"car"},
    }


def test_a_document_that_claims_something_else_is_refused() -> None:
    with pytest.raises(DocumentRefused, match="'bicycle' is none of electricity_meter"):
        parse_methodology(ELECTRICITY.text.replace('claims = ["electricity_meter"]', 'claims = ["bicycle"]'))


@pytest.mark.parametrize("language", list_languages())
def test_everything_that_can_be_claimed_has_a_word(language) -> None:
    assert {f"thing.{thing}" for thing in HOUSEHOLD_THINGS} <= set(templates(language))
