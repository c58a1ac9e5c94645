"""A mean of one's own comes before one that is borrowed; what is borrowed says so, and its range is wider."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_DOWN, Decimal

import pytest

from calculators import compute_estimate, explain
from calculators.figures.earlier_tables import NOT_STATED
from calculators.figures.factors import parse_table
from calculators.figures.pedigree import COEFFICIENTS, borrowed_half_width_pct
from tests.calculators.figures.test_figures import table
from tests.calculators.shipped_library import MEAL, TABLES, TRIP, context, meal, trip

# What the parts of a carcass weigh at the shop (OECD), and the published French week: meals of 14, kg a meal.
AT_THE_SHOP = {"beef": "0.70", "sheep": "0.88", "pork": "0.78", "poultry": "0.88", "fish": "1"}
WEEK = {("beef", "sheep"): ("3", "5.01"), ("pork", "poultry"): ("4", "1.65"), ("fish",): ("2", "1.45")}
VEGETARIAN = Decimal("0.85")
DERIVED = ("CN", "DE", "GB", "JP", "US")


def eaten(region: str, kinds: tuple[str, ...]) -> Decimal:
    supply = TABLES.tables["baselines.food_supply"].by_item
    return sum(
        (row.value * Decimal(AT_THE_SHOP[kind]) for kind in kinds for row in supply[kind] if row.region == region),
        Decimal(0),
    )


def mean_meal(region: str) -> Decimal:
    mean = VEGETARIAN
    for kinds, (meals, kilograms) in WEEK.items():
        added = Decimal(meals) * (Decimal(kilograms) - VEGETARIAN) / 14
        mean += added * eaten(region, kinds) / eaten("FR", kinds)
    return mean


def shipped(region: str) -> Decimal:
    (row,) = (row for row in TABLES.tables["baselines.meal_mix"].rows if row.region == region)
    return row.value


@pytest.mark.parametrize("region", DERIVED)
def test_a_mean_meal_follows_from_what_people_there_eat(region: str) -> None:
    assert shipped(region) == mean_meal(region).quantize(Decimal("0.01"), ROUND_DOWN)


def test_the_derivation_gives_france_what_france_publishes() -> None:
    assert shipped("FR") == mean_meal("FR").quantize(Decimal("0.01")) == Decimal("2.06")


def test_a_vegetarian_meal_earns_less_where_the_mean_is_borrowed_than_where_it_is_derived_or_published() -> None:
    france, china, india = (meal("vegetarian", region=region, evidence="receipt") for region in ("FR", "CN-BJ", "IN"))
    assert (france.baseline_g, china.baseline_g, india.baseline_g) == (2060, 1560, 1480)
    assert france.credited_g > china.credited_g > india.credited_g
    borrowed = {name: entry["fallback"]["borrowed_from"] for name, entry in india.record()["parameters"].items()}
    assert (borrowed["mean_meal"], borrowed["this_meal"]) == ("JP", "FR")
    assert all(entry["fallback"]["borrowed_from"] is None for entry in france.record()["parameters"].values())
    assert china.record()["parameters"]["mean_meal"]["fallback"]["borrowed_from"] is None


def test_what_is_borrowed_is_told_in_both_languages_and_its_range_is_wider() -> None:
    record = meal("vegetarian", region="IN", evidence="receipt").record()
    entry = record["parameters"]["this_meal"]
    assert (entry["fallback"]["published_uncertainty_pct"], entry["uncertainty_pct"]) == ("50", "51.7")
    assert "this_meal is borrowed from FR" in str(explain(record, MEAL.text))
    assert "this_meal 借用自 FR" in str(explain(record, MEAL.text, "zh"))
    assert "borrowed from" not in str(explain(meal("vegetarian", region="FR").record(), MEAL.text))


def test_the_geographic_score_widens_as_one_more_score_of_the_matrix() -> None:
    factor = (Decimal("1.5").ln() ** 2 + Decimal(COEFFICIENTS["geographic"][0]).ln() ** 2).sqrt().exp()
    assert borrowed_half_width_pct(Decimal(50)) - (factor - 1) * 100 < Decimal("0.1")
    assert borrowed_half_width_pct(Decimal(5)) > Decimal(10)
    assert borrowed_half_width_pct(Decimal(0)) == Decimal("10.0")


def test_a_table_frozen_before_borrowing_was_counted_keeps_its_ranges() -> None:
    plain = parse_table("factors.test", table({}), TABLES.regions).rows[0]
    assert plain.distribution_reason != NOT_STATED  # the shipped rows all say why
    meals = TABLES.tables["factors.meal"]
    frozen = replace(
        meals,
        by_item={
            item: tuple(replace(row, distribution_reason=NOT_STATED) for row in rows)
            for item, rows in meals.by_item.items()
        },
    )
    tables = replace(TABLES, tables={**TABLES.tables, "factors.meal": frozen})
    found = compute_estimate(MEAL, tables, {"meal": "vegetarian"}, context("IN", "receipt"))
    entry = found.record()["parameters"]["this_meal"]
    assert (entry["uncertainty_pct"], entry["fallback"]["borrowed_from"]) == ("50", "FR")


def test_an_explanation_says_which_gases_were_counted() -> None:
    assert "Counted: carbon dioxide alone" in str(explain(trip("metro", "10").record(), TRIP.text))
    british = str(explain(trip("metro", "10", region="GB-ENG").record(), TRIP.text))
    assert "as CO2e, weighed by the fifth assessment report" in british
    assert "a report that the publisher does not name" in str(explain(meal("vegetarian").record(), MEAL.text))
    assert "仅二氧化碳" in str(explain(trip("metro", "10").record(), TRIP.text, "zh"))
