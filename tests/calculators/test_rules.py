"""What single rules promise, each number worked out by hand beside it."""

from __future__ import annotations

from decimal import Decimal

import pytest

from calculators import Estimate, compute_estimate, sentences
from tests.calculators.shipped_library import LIBRARY, TABLES, context


def ask(rule: str, inputs: dict[str, str], region: str, evidence: str, **more) -> Estimate:
    return compute_estimate(LIBRARY.methodologies[rule], TABLES, inputs, context(region, evidence, **more))


STOPPED = {"odometer_first": "35210", "odometer_second": "35211", "between": "26", "restricted": "no"}
USUAL = {"history": {"usual_day": "20"}}


def test_a_day_without_the_car_is_its_own_mean_day_less_the_same_way_by_motorised_travel() -> None:
    found = ask("transport.stop_driving_day", STOPPED, "CN-BJ", "odometer_pair", **USUAL)
    # 20 km x (250 - 1.3 x 112) g: between the driver alone and 1.6 people go another way
    assert (found.baseline_g, found.project_g, found.reduction_g) == (5000, 2912, 2088)
    assert found.basis == "this person's own earlier readings"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"restricted": "yes"}, "legally_required"),
        ({"between": "23.9"}, "not_a_whole_day"),
        ({"between": "47.9", "days_stopped": "2"}, "not_a_whole_day"),
        ({"odometer_second": "35213"}, "car_was_driven"),
        ({"odometer_second": "35209"}, "odometer_runs_backwards"),
    ],
)
def test_a_stopped_car_counts_only_by_two_readings_a_day_apart_on_a_day_it_may_drive(change, reason) -> None:
    found = ask("transport.stop_driving_day", {**STOPPED, **change}, "CN-BJ", "odometer_pair", **USUAL)
    assert (found.reason, found.credited_g) == (reason, 0)


def test_a_stopped_car_without_two_photos_is_nobodys_knowledge() -> None:
    assert ask("transport.stop_driving_day", STOPPED, "CN-BJ", "self_declared", **USUAL).reason == "evidence_missing"


def test_a_clean_plate_never_avoids_more_than_190_grams() -> None:
    found = ask("food.clean_plate", {}, "CN-BJ", "partner_record")
    assert found.reduction_g == 190
    assert found.credited_g == 165  # the lower quartile of 190 g, log-normal, 1.5 ^ -0.344 of it
    assert ask("food.clean_plate", {"place": "home"}, "CN-BJ", "partner_record").reason == "not_in_a_restaurant"


def test_plant_based_meat_is_compared_with_the_meat_people_eat_and_not_with_beef() -> None:
    found = ask("food.plant_based_meat", {"product": "plant_mince", "mass": "1"}, "CN-BJ", "receipt")
    # half a kilogram x (8.40 - 2.052); beef alone would be 28.0
    assert found.reduction_g == 4200 - 1026
    eats_none = ask("food.plant_based_meat", {"product": "tofu", "mass": "1"}, "CN-BJ", "receipt", diet="vegan")
    assert (eats_none.reason, eats_none.credited_g) == ("already_vegetarian", 0)


def test_waste_counts_by_the_way_the_places_own_waste_goes() -> None:
    kilogram = {"fraction": "food", "mass": "1"}
    by_place = {
        place: ask("consumables.waste_sorting", kilogram, place, "weight_slip").reduction_g
        for place in ("CN-SH", "US", "DE")
    }
    # landfilled share x 700.309 + burnt share x 4.686 - 8.983 g
    assert by_place == {"CN-SH": 226, "US": 360, "DE": -6}
    assert ask("consumables.waste_sorting", kilogram, "KE", "weight_slip").reason == "no_factor"


def test_a_rented_garment_earns_nothing_and_says_why() -> None:
    found = ask("clothing.rented_garment", {"garment": "coat"}, "FR", "purchase_record")
    assert (found.credited_g, found.reason, found.contrast_g) == (0, "rental_not_credited", 85_800)
    assert "no credit by default" in sentences(found.record(), found.working.methodology.text)["reason"]


def test_what_is_displaced_is_credited_below_every_verified_rate() -> None:
    rates = TABLES.tables["baselines.displacement"].by_item
    for rule, item in (("clothing.second_hand_garment", "second_hand"), ("clothing.repaired_garment", "repair")):
        credited = LIBRARY.methodologies[rule].parameters["displacement"].value
        lowest = min(row.value for row in rates[item] if row.creditable)
        assert credited is not None
        assert Decimal("0.30") <= credited <= Decimal("0.50")
        assert credited < lowest


def test_less_than_ones_own_week_earns_points_and_no_grams() -> None:
    own_week = {"history": {"own_mean": "6"}}
    found = ask("housing.electricity_below_own_mean", {"consumption": "5"}, "CN-GD/shenzhen", "smart_meter", **own_week)
    assert (found.behaviour_points, found.credited_g, found.reduction_g) == (50, 0, 0)
    lower = ask("housing.electricity_below_own_mean", {"consumption": "1"}, "CN-GD/shenzhen", "smart_meter", **own_week)
    assert lower.behaviour_points == 100


def test_heat_counts_against_the_same_season_after_a_tenth_for_the_weather() -> None:
    month = {"consumption": "2.4", "days": "30"}
    found = ask("housing.heat_below_own_history", month, "CN-BJ", "meter_reading", history={"own_mean": "0.1"})
    # (30 x 0.1 x 0.9 - 2.4) GJ x 110 kg
    assert found.reduction_g == 33_000
    assert ask("housing.heat_below_own_history", month, "CN-BJ", "meter_reading").reason == "missing_context"


def test_solar_power_counts_by_the_grid_it_replaced() -> None:
    by_place = {
        place: ask("housing.rooftop_solar_self_use", {"self_used": "10"}, place, "smart_meter").reduction_g
        for place in ("CN-GD", "FR", "PL")
    }
    assert by_place == {"CN-GD": 4419, "FR": 442, "PL": 6150}


def test_a_train_is_a_flight_avoided_only_where_the_person_declares_it() -> None:
    ride = {"distance": "600"}
    mean = ask("transport.rail_instead_of_flight", ride, "GB-ENG", "fare_record")
    flight = ask("transport.rail_instead_of_flight", ride, "GB-ENG", "fare_record", declared_alternative="flight")
    # 600 km x (88.1 - 35.46) g, and x (135.52 - 35.46) g
    assert (mean.reduction_g, flight.reduction_g) == (31_584, 60_036)
    assert flight.basis == "declared by the person: a flight on the same route, without contrails"


@pytest.mark.parametrize(
    ("rule", "inputs"),
    [
        ("consumables.reusable_express_box", {}),
        ("clothing.cold_wash", {}),
        (
            "consumables.pet_bottle_recycling",
            {"mass": "1"},
        ),  # the British difference is no stand-in for the Chinese one
    ],
)
def test_a_rule_whose_only_figures_nobody_could_read_credits_nothing_anywhere(rule: str, inputs: dict) -> None:
    for region in ("CN-BJ", "GB"):
        found = ask(rule, inputs, region, "partner_record")
        assert (found.reason, found.credited_g) == ("no_factor", 0)


def test_no_sentence_of_a_rule_claims_the_official_list() -> None:
    for methodology in LIBRARY.methodologies.values():
        for source in methodology.sources:
            assert "031-2022" not in source.document or "could not be read" in source.document
