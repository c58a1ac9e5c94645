"""What the rule book promises in numbers, one sentence per promise."""

from __future__ import annotations

from decimal import Decimal

import pytest

from calculators import (
    FieldError,
    FigureQuery,
    InputRefused,
    check_methodology,
    compute_estimate,
    look_up,
    run_examples,
)
from tests.calculators.shipped_library import CUP, ELECTRICITY, GARMENT, LIBRARY, TABLES, TRIP, context, meal, trip

METHODOLOGIES = pytest.mark.parametrize("methodology", LIBRARY.methodologies.values(), ids=lambda one: one.id)


def test_ten_kilometres_by_metro_in_beijing_avoid_720_grams() -> None:
    found = trip("metro", "10", "fare_record")
    assert (found.baseline_g, found.project_g, found.reduction_g) == (1040, 320, 720)
    assert (found.low_g, found.high_g) == (490, 950)
    assert found.basis == "CN-BJ trip mix 2024"


def test_a_fare_record_is_credited_641_grams_the_lower_quartile_of_720_give_or_take_229() -> None:
    found = trip("metro", "10", "fare_record")
    assert found.credited_g == 641
    assert found.deductions == [
        {
            "kind": "conservativeness",
            "weight": None,
            "code": "lower_bound",
            "params": {"level_pct": "75", "half_width": "229.1", "lower": "641.2", "taken": "78.8"},
            "reason": "78.8 g for what the figures leave open: with ±229.1 g, at least 641.2 g were avoided with a "
            "chance of 75 %",
        }
    ]


def test_ones_own_word_counts_half() -> None:
    found = trip("metro", "10", "self_declared")
    assert found.credited_g == 320
    assert [(deduction["weight"], deduction["code"]) for deduction in found.deductions] == [
        (None, "lower_bound"),
        ("0.5", "evidence"),
    ]


def test_evidence_nobody_listed_counts_as_ones_own_word() -> None:
    assert trip("metro", "10", "photo").credited_g == 320


def test_the_petrol_car_is_shown_for_contrast_and_never_credited() -> None:
    found = trip("metro", "10", "fare_record")
    assert found.contrast == {"label": "if everyone had driven a petrol car", "grams": 2180, "credited": False}
    assert found.credited_g < found.contrast_g


def test_five_kilometres_on_foot_avoid_520_grams() -> None:
    found = trip("walk", "5")
    assert (found.reduction_g, found.credited_g) == (520, 484)


def test_driving_alone_is_stored_as_a_negative_reduction_and_credited_nothing() -> None:
    found = trip("car", "10")
    assert (found.baseline_g, found.project_g, found.reduction_g) == (1040, 2500, -1460)
    assert (found.status, found.reason, found.credited_g) == ("uncredited", "no_reduction", 0)


def test_a_shared_car_is_computed_but_not_credited_without_a_record() -> None:
    found = trip("car", "10", occupancy="4")
    assert (found.project_g, found.reason, found.credited_g) == (625, "shared_car_without_record", 0)


def test_a_hundred_metres_are_stored_uncredited_with_the_reason() -> None:
    found = trip("walk", "0.1")
    assert (found.status, found.reason, found.reduction_g, found.credited_g) == ("uncredited", "too_short", 10, 0)
    assert found.reason_params == {"distance": "0.1", "minimum": "0.3", "unit": "km"}


def test_a_negative_distance_is_refused_by_its_field() -> None:
    with pytest.raises(InputRefused) as refused:
        trip("walk", "-1")
    assert [(error.field, error.code) for error in refused.value.errors] == [("inputs.distance", "input.out_of_range")]
    assert "between 0 and 500 km" in refused.value.errors[0].message


@pytest.mark.parametrize(("mode", "distance", "duration_s"), [("walk", "7", 1260), ("metro", "50", 900)])
def test_impossible_speeds_earn_nothing(mode: str, distance: str, duration_s: int) -> None:
    found = trip(mode, distance, duration_s=duration_s)
    assert (found.reason, found.credited_g) == ("too_fast", 0)
    assert found.reduction_g > 0


@pytest.mark.parametrize("leads", ["on_the_spot", "back_to_the_start"])
def test_a_treadmill_or_a_round_for_pleasure_replaces_no_trip(leads: str) -> None:
    inputs = {"mode": "walk", "distance": "5", "leads": leads}
    found = compute_estimate(TRIP, TABLES, inputs, context("CN-BJ", "partner_record", duration_s=3600))
    assert (found.reason, found.reduction_g, found.credited_g) == ("leads_nowhere", 520, 0)


def test_the_speed_limit_itself_is_possible() -> None:
    assert trip("walk", "16", duration_s=3600).status == "credited"
    assert trip("walk", "16.001", duration_s=3600).reason == "too_fast"


def test_a_place_without_a_mix_of_its_own_names_its_fall_back() -> None:
    found = trip("metro", "10", region="JP")
    assert found.basis_code == "lowest_published"
    assert found.basis_region == "DE"
    assert "no verified one is published for JP, WORLD" in found.basis
    assert "assumption" in found.basis


@pytest.mark.parametrize("region", ["CN-HB/wuhan", "CN-GD/guangzhou", "CN-SC", "CN-SH", "FR"])
def test_what_is_known_from_the_press_only_is_credited_nowhere(region: str) -> None:
    """Wuhan travels with half of Beijing's 104 g, as the press says: so Beijing's is no cautious figure for Sichuan."""
    found = trip("walk", "10", region=region)
    assert (found.reason, found.credited_g, found.baseline_g) == ("no_factor", 0, 0)
    assert trip("walk", "10", region="CN-BJ").baseline_g == 1040


@pytest.mark.parametrize(
    ("region", "family", "baseline_g", "metro_g"),
    [
        ("CN-BJ", "cn-travel-operation-co2", 1040, 320),
        ("GB-ENG", "desnz-travel-direct-ghg", 881, 278),
        ("DE", "desnz-travel-direct-ghg", 418, 278),
        ("US", "desnz-travel-direct-ghg", 884, 278),
        ("JP", "desnz-travel-direct-ghg", 418, 278),
    ],
)
def test_a_country_is_computed_in_one_family_on_both_sides(region, family, baseline_g, metro_g) -> None:
    found = trip("metro", "10", region=region)
    assert (found.baseline_g, found.project_g) == (baseline_g, metro_g)
    assert {entry["family"] for entry in found.record()["parameters"].values() if "family" in entry} == {family}


def test_a_mode_without_a_factor_in_the_family_is_not_credited_and_borrows_none() -> None:
    found = trip("ebike", "5", region="CN-BJ")
    assert (found.reason, found.reduction_g) == ("no_factor", 0)
    assert "ebike" in TABLES.tables["factors.trip_mode"].by_item


def test_shares_that_nobody_could_verify_feed_no_credited_gram() -> None:
    asked = trip("metro", "10", region="NL").record()["parameters"]["baseline_factor"]["fallback"]["asked"]
    assert asked[0] == {"region": "NL", "outcome": "recalled"}


def test_an_any_gas_unit_is_recorded_with_the_gas_of_the_family() -> None:
    units = {region: trip("metro", "10", region=region).record()["parameters"] for region in ("CN-BJ", "GB-ENG")}
    assert units["CN-BJ"]["baseline_factor"]["unit"] == "kgCO2/passenger-km"
    assert units["GB-ENG"]["baseline_factor"]["unit"] == "kgCO2e/passenger-km"


def test_conflicting_figures_are_passed_over_and_the_step_says_so() -> None:
    found = look_up(
        TABLES,
        FigureQuery("factors.trip_mode", "metro", TRIP.family, "kgCO2/passenger-km", "highest_published"),
        "CN-SH",
        2026,
    )
    assert next((step.region, step.outcome) for step in found.steps) == ("CN-SH", "conflicting")


def test_tianjin_has_the_joint_standard_of_its_own() -> None:
    assert trip("bus", "10", region="CN-TJ").basis == "CN-TJ trip mix 2024"


def test_a_day_cap_takes_what_is_above_the_room() -> None:
    found = trip("metro", "10", "fare_record", cap_room={"per_day_g": 100})
    assert (found.status, found.credited_g) == ("credited", 100)
    assert found.deductions[-1]["params"] == {"cap": "per_day_g", "limit": "40000", "room": "100", "taken": "541"}


def test_a_used_up_cap_says_so() -> None:
    found = trip("metro", "10", "fare_record", cap_room={"per_day_g": 0})
    assert (found.status, found.reason, found.credited_g) == ("uncredited", "cap_reached", 0)
    assert found.reduction_g == 720


def test_a_vegetarian_meal_in_france_avoids_1210_grams_and_not_4120() -> None:
    found = meal("vegetarian")
    assert (found.baseline_g, found.reduction_g) == (2060, 1210)
    assert found.contrast_g == 4120
    assert 0 < found.credited_g < 1210


def test_a_meal_where_no_mix_is_known_says_from_where_the_lowest_is_borrowed() -> None:
    found = meal("vegetarian", region="IN")
    assert (found.reduction_g, found.basis_region, found.basis_code) == (630, "JP", "lowest_published")
    assert "borrowed from JP (assumption: no verified one is published for IN, WORLD" in found.basis


def test_whoever_already_eats_vegetarian_avoids_nothing_and_is_told_why() -> None:
    found = meal("vegetarian", diet="vegetarian")
    assert (found.baseline_g, found.project_g, found.reduction_g, found.credited_g) == (850, 850, 0, 0)
    assert (found.reason, found.basis_code) == ("already_vegetarian", "habit")


def test_a_household_below_the_mean_is_credited_the_difference() -> None:
    found = compute_estimate(
        ELECTRICITY, TABLES, {"consumption": "5"}, context("CN-BJ", "meter_reading", household_size=Decimal(3))
    )
    # 3 persons x 958 kWh / 365 days x 0.5554 kg/kWh, less 5 kWh x 0.5554 kg/kWh
    assert (found.baseline_g, found.project_g, found.reduction_g) == (4373, 2777, 1596)
    assert "CN household electricity per person 2023" in found.basis


def test_a_household_of_unknown_size_is_asked_for_it() -> None:
    found = compute_estimate(ELECTRICITY, TABLES, {"consumption": "5"}, context("CN-BJ", "meter_reading"))
    assert (found.status, found.reason, found.reason_params) == (
        "uncredited",
        "missing_context",
        {"input": "household_size"},
    )


def test_a_country_without_a_factor_of_the_family_borrows_none() -> None:
    found = compute_estimate(
        ELECTRICITY, TABLES, {"consumption": "5"}, context("FR", "meter_reading", household_size=Decimal(3))
    )
    assert (found.status, found.reason) == ("uncredited", "no_factor")
    assert found.reason_params["asked"] == "FR, WORLD"


def test_a_second_hand_t_shirt_counts_a_third_of_a_new_one_less_parcel_and_rebound() -> None:
    found = compute_estimate(GARMENT, TABLES, {"garment": "tshirt_cotton"}, context("FR", "purchase_record"))
    # 0.35 x 5200 g, less three tenths of it for what the saved money buys, less 722 g for the parcel
    assert (found.reduction_g, found.contrast_g) == (552, 5200)
    assert found.credited_g == 184


def test_an_own_cup_saves_twelve_grams_and_no_more() -> None:
    found = compute_estimate(CUP, TABLES, {"cups": "1"}, context("GB", "receipt"))
    assert (found.reduction_g, found.credited_g) == (12, 9)


def test_every_impossible_field_is_named_at_once() -> None:
    with pytest.raises(InputRefused) as refused:
        trip("rocket", {"value": "10", "unit": "banana"})
    assert [error.field for error in refused.value.errors] == ["inputs.mode", "inputs.distance"]
    assert all(isinstance(error, FieldError) for error in refused.value.errors)


@pytest.mark.parametrize("value", [True, 1.5, "1e3", "NaN", "Infinity", "١٠", "", None, [], "1" * 5000, Decimal("NaN")])
def test_what_is_not_a_plain_number_is_refused(value: object) -> None:
    with pytest.raises(InputRefused):
        trip("walk", {"value": value, "unit": "km"})


@pytest.mark.parametrize("typed", ["１０．５", "10。5", "１０。５", "\u200b10.5", "10.5\ufeff", "\u200e10.5 "])
def test_a_number_is_read_in_full_width_with_a_chinese_point_and_with_what_chats_copy_along(typed: str) -> None:
    assert trip("walk", {"value": typed, "unit": "km"}) == trip("walk", {"value": "10.5", "unit": "km"})


def test_an_unknown_place_is_refused() -> None:
    with pytest.raises(InputRefused, match="unknown region"):
        trip("walk", "5", region="ATLANTIS")


def test_a_baseline_nobody_allows_is_refused() -> None:
    with pytest.raises(InputRefused, match="allows no such alternative"):
        trip("walk", "5", declared_alternative="petrol_car")


@METHODOLOGIES
def test_every_shipped_document_stands_up_to_the_tables(methodology) -> None:
    assert check_methodology(methodology, TABLES) == []


@METHODOLOGIES
def test_every_worked_example_of_every_document_comes_out(methodology) -> None:
    outcomes = run_examples(methodology, TABLES)
    assert len(outcomes) >= 3
    assert [(outcome.name, outcome.differences, outcome.error) for outcome in outcomes if not outcome.passed] == []


def test_all_five_categories_have_a_methodology() -> None:
    categories = {methodology.category for methodology in LIBRARY.methodologies.values()}
    assert categories >= {"clothing", "food", "housing", "transport", "consumables"}
