"""What single rules promise, each number worked out by hand beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from calculators import Estimate, check_methodology, compute_estimate, only_country, parse_methodology, sentences
from tests.calculators.generated_activities import answer, earned, earning, extensive
from tests.calculators.shipped_library import LIBRARY, TABLES, context


def ask(rule: str, inputs: dict[str, str], region: str, evidence: str, **more) -> Estimate:
    return compute_estimate(LIBRARY.methodologies[rule], TABLES, inputs, context(region, evidence, **more))


STOPPED = {"odometer_first": "35210", "odometer_second": "35211", "between": "26", "restricted": "no"}
USUAL = {"history": {"usual_day": "20", "recent_day": "19"}}


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


@pytest.mark.parametrize(("recent", "grams"), [("20", 2088), ("20.5", 522), ("20.66", 21), ("21", 0)])
def test_what_a_car_drove_more_over_the_month_is_set_against_the_day(recent: str, grams: int) -> None:
    month = {"history": {"usual_day": "20", "recent_day": recent}}
    # 20 km less thirty times what a day was more, x (250 - 1.3 x 112) g
    assert ask("transport.stop_driving_day", STOPPED, "CN-BJ", "odometer_pair", **month).reduction_g == grams


@pytest.mark.parametrize(
    ("day", "stopped", "reason"),
    [(20, 1, None), (21, 1, "weekend"), (22, 1, "weekend"), (17, 3, "weekend"), (20, 5, None)],
)
def test_a_car_that_stands_at_a_weekend_is_no_day_without_it(day: int, stopped: int, reason: str | None) -> None:
    told = {**STOPPED, "days_stopped": str(stopped), "between": str(24 * stopped)}
    where = replace(context("CN-BJ", "odometer_pair", **USUAL), on=date(2026, 11, day))
    found = compute_estimate(LIBRARY.methodologies["transport.stop_driving_day"], TABLES, told, where)
    assert found.reason == reason
    assert found.record()["inputs"]["weekday"]["value"] == str(where.on.isoweekday())


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
    # landfilled share x 700.309 + burnt share x 4.686 - 8.983 g; China's 14.9 and 79 % of 2022, no longer 33.1 of 2020
    assert by_place == {"CN-SH": 99, "US": 360, "DE": -6}
    assert ask("consumables.waste_sorting", kilogram, "KE", "weight_slip").reason == "no_factor"


def test_a_rented_garment_earns_nothing_and_says_why() -> None:
    found = ask("clothing.rented_garment", {"garment": "coat"}, "FR", "purchase_record")
    assert (found.credited_g, found.reason, found.contrast_g) == (0, "rental_not_credited", 85_800)
    assert "no credit by default" in sentences(found.record(), found.working.methodology.text)["reason"]


def test_a_second_hand_coat_replaces_what_a_study_found_less_delivery_and_what_the_money_buys() -> None:
    bought = {"garment": "coat"}
    by_place = {
        place: ask("clothing.second_hand_garment", bought, place, "purchase_record") for place in ("GB", "MZ", "CN")
    }
    # the rate x 85.8 kg, less three tenths of it and a small parcel to the door
    assert {place: found.reduction_g for place, found in by_place.items()} == {
        "GB": round(0.646 * 85_800 * 0.7 - 722),
        "MZ": round(0.37 * 85_800 * 0.7 - 722),
        "CN": round(0.35 * 85_800 * 0.7 - 722),
    }
    borrowed = by_place["CN"].record()["parameters"]["displacement"]["fallback"]
    assert borrowed["borrowed_from"] == "MW"
    heavy = ask("consumables.second_hand_goods", {"good": "wardrobe"}, "FR", "platform_order")
    assert heavy.project_g > 13_000  # thirty kilograms to the door


def test_a_button_is_not_a_new_sole() -> None:
    jeans = {"garment": "jeans", "items": "1"}
    seam, part = (
        ask("clothing.repaired_garment", jeans | {"repair": kind}, "GB", "repair_bill") for kind in ("seam", "part")
    )
    # 0.822 x a quarter or a half of a life x 23.2 kg, less three tenths of it
    assert (seam.baseline_g, part.baseline_g) == (4768, 9535)
    assert seam.credited_g < part.credited_g / 2  # what nobody measured is known less well


def test_an_appliance_counts_for_its_life_and_a_replaced_car_for_five_years() -> None:
    fridge = {"appliance": "fridge_freezer", "label": "200", "days": "30"}
    for said, reason in (
        ({"years_owned": "10"}, None),
        ({"years_owned": "10.1"}, "past_its_life"),
        ({}, "past_its_life"),
    ):
        assert ask("housing.efficient_appliance", fridge | said, "CN-BJ", "purchase_record").reason == reason
    driven, past = {"distance": "40", "replaced": "petrol_car"}, "past_the_crediting_period"
    for said, reason in (({"years_since": "5"}, None), ({"years_since": "5.1"}, past), ({}, past)):
        assert ask("transport.electric_car_km", driven | said, "CN-BJ", "odometer_pair").reason == reason


def test_silence_about_what_a_rule_limits_is_never_worth_more_than_any_answer() -> None:
    """A default that meets a limit would let whoever says nothing pass it for ever."""
    limited = 0
    for rule in LIBRARY.methodologies.values():
        conditions = " ".join(one.condition for one in rule.eligibility.requirements)
        for name, spec in rule.quantities.items():
            is_limit = name in conditions.split() and name not in extensive(rule)
            if spec.default is None or spec.given_by != "person" or not is_limit:
                continue
            limited += 1
            inputs, where = earning(rule)
            silent = {key: value for key, value in inputs.items() if key != name}
            answers = (spec.minimum, spec.default, spec.maximum)
            worth = [earned(answer(rule, silent | {name: value}, where)) for value in answers]
            assert earned(answer(rule, silent, where)) == min(worth), (rule.id, name)
    assert limited >= 2


def test_an_electric_car_is_charged_by_its_own_grid_and_for_its_making() -> None:
    driven = {"distance": "100", "replaced": "petrol_car", "years_since": "1"}
    projects = {
        place: ask("transport.electric_car_km", driven, place, "odometer_pair").project_g
        for place in ("CN-BJ", "CN-SC", "CN-TJ", "GB", "FR", "DE", "US")
    }
    # 0.1747 kWh x the grid of the province + 17.1 % of the petrol car; a British or German grid is nobody else's
    making = {"CN": 4275, "GB": round(0.171 * 16_272), "FR": 0}
    assert projects == {
        "CN-BJ": 9700 + making["CN"],
        "CN-SC": 2740 + making["CN"],
        "CN-TJ": 11_870 + making["CN"],
        "GB": 4047 + making["GB"],
        "FR": 10_779,
        "DE": 0,
        "US": 0,
    }


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


def test_a_flight_that_somebody_declares_changes_words_and_never_grams() -> None:
    ride = {"distance": "600"}
    mean = ask("transport.rail_instead_of_flight", ride, "GB-ENG", "fare_record")
    flight = ask("transport.rail_instead_of_flight", ride, "GB-ENG", "fare_record", declared_alternative="flight")
    # 600 km x (88.1 - 35.46) g; x (135.52 - 35.46) g is shown and not credited
    assert (mean.reduction_g, flight.reduction_g, flight.contrast_g) == (31_584, 31_584, 60_036)
    assert (flight.credited_g, flight.low_g, flight.high_g) == (mean.credited_g, mean.low_g, mean.high_g)
    assert flight.basis.startswith("declared by the person: a flight on the same route; counted as the mean kilometre")


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


def test_a_rule_of_one_country_only_says_which() -> None:
    found = {one.id: only_country(one, TABLES) for one in LIBRARY.methodologies.values()}
    assert {rule: country for rule, country in found.items() if country is not None} == {
        "food.tap_water": "FR",
        "housing.heat_below_own_history": "CN",
        "housing.household_electricity": "CN",
        "housing.household_water": "CN",
        "transport.rail_instead_of_flight": "GB",
    }


@pytest.mark.parametrize(("percent", "is_refused"), [("19.9", True), ("20", False)])
def test_what_nobody_measured_has_a_range_of_a_fifth_or_more(percent: str, is_refused: bool) -> None:
    text = LIBRARY.methodologies["consumables.material_recycling"].text
    narrow = text.replace('uncertainty_pct = "20"', f'uncertainty_pct = "{percent}"')
    problems = check_methodology(parse_methodology(narrow), TABLES)
    assert any(one.path == "parameters.kept.uncertainty_pct" for one in problems) == is_refused
    row = TABLES.tables["baselines.packaging"].by_item["chopsticks"][0]
    assert replace(row, uncertainty_pct=Decimal(percent)).creditable != is_refused
