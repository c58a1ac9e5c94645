"""A credit is the lower quartile of the difference: how much that is, that it is recorded, and that it comes again."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators import RecordMismatch, compute_estimate, explain, verify
from calculators.errors import CalculatorError, TableRefused
from calculators.figures.lower_bound import read_lower_bound
from tests.calculators.estimate.lower_bound_documents import constant, trip_of
from tests.calculators.generated_activities import answer, contexts_of, inputs_of
from tests.calculators.shipped_library import ELECTRICITY, REDUCTIONS, TABLES, TRIP, context

POLICY = TABLES.lower_bound
assert POLICY is not None
BY_METRO, ON_FOOT = {"mode": "metro", "distance": "10"}, {"mode": "walk", "distance": "5"}
FARE = context("CN-BJ", "fare_record")
PER_KM = "kgGHG/passenger-km"
AT_HOME = context("CN-BJ", "meter_reading", household_size=Decimal(3))


def test_ten_kilometres_by_metro_are_credited_641_grams() -> None:
    found = compute_estimate(TRIP, TABLES, BY_METRO, FARE)
    assert (found.baseline_g, found.project_g, found.reduction_g) == (1040, 320, 720)
    assert (found.low_g, found.high_g, found.credited_g) == (490, 950, 641)


def test_five_kilometres_on_foot_are_credited_484_grams() -> None:
    found = compute_estimate(TRIP, TABLES, ON_FOOT, context("CN-BJ", "gps_trace"))
    assert (found.reduction_g, found.low_g, found.high_g, found.credited_g) == (520, 416, 624, 484)


def test_the_deduction_says_the_half_width_and_what_it_takes() -> None:
    found = compute_estimate(TRIP, TABLES, BY_METRO, FARE)
    (deduction,) = found.deductions
    assert (deduction["code"], deduction["weight"]) == ("lower_bound", None)
    assert deduction["params"] == {"level_pct": "75", "half_width": "229.1", "lower": "641.2", "taken": "78.8"}
    assert deduction["reason"] == (
        "78.8 g for what the figures leave open: with ±229.1 g, at least 641.2 g were avoided with a chance of 75 %"
    )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_explanation_gives_the_range_the_level_and_its_source(language: str) -> None:
    text = str(explain(compute_estimate(TRIP, TABLES, BY_METRO, FARE).record(), TRIP.text, language))
    for said in ("229.1", "641.2", "78.8", "75 %", "20/CMP.1"):
        assert said in text


def test_a_publisher_has_its_own_name_in_its_own_language() -> None:
    record = compute_estimate(ELECTRICITY, TABLES, {"consumption": "5"}, AT_HOME).record()
    spoken = {language: str(explain(record, ELECTRICITY.text, language)) for language in ("en", "zh")}
    for name, text in spoken.items():
        assert ("生态环境部、国家统计局" in text, "Ministry of Ecology" in text) == (name == "zh", name == "en")
        assert ("国家能源局" in text, "National Energy Administration" in text) == (name == "zh", name == "en")


@pytest.mark.parametrize(
    ("half_width_pct", "weight"), [("7", "0.98"), ("20", "0.94"), ("40", "0.89"), ("75", "0.82"), ("150", "0.73")]
)
def test_the_level_is_the_one_that_the_weights_of_decision_20_cmp_1_stand_for(half_width_pct, weight) -> None:
    document = trip_of("distance * known", "0", constant("known", "1", half_width_pct, "log_normal", PER_KM))
    (deduction,) = compute_estimate(document, TABLES, {"mode": "walk", "distance": "10"}, FARE).deductions
    lower = Decimal(deduction["params"]["lower"]) / 10_000
    assert lower.quantize(Decimal("0.01")) == Decimal(weight) or half_width_pct == "75"
    assert abs(lower - Decimal(weight)) < Decimal("0.006")


@pytest.mark.parametrize("distribution", ["normal", "log_normal", "uniform", "triangular"])
def test_each_distribution_has_its_own_range_and_quartile(distribution: str) -> None:
    """Of one kilogram ±50 % at 95 %: by hand, from each distribution's own quantile function."""
    document = trip_of("distance * known", "0", constant("known", "1", "50", distribution, PER_KM))
    found = compute_estimate(document, TABLES, {"mode": "walk", "distance": "1"}, FARE)
    expected = {
        "normal": (500, 1500, 828),  # 1 - 0.674 / 1.96 x 0.5
        "log_normal": (666, 1500, 869),  # 1.5 ^ -1, 1.5 and 1.5 ^ -0.344
        "uniform": (500, 1500, 736),  # 1 - 0.5 / 0.95 / 2
        "triangular": (500, 1500, 811),  # 1 - 0.5 / 0.7764 x (1 - sqrt(0.5))
    }[distribution]
    for value, by_hand in zip((found.low_g, found.high_g, found.credited_g), expected, strict=True):
        assert abs(value - by_hand) <= 6


def test_a_difference_as_likely_above_zero_as_below_earns_nothing_and_says_why() -> None:
    used, known = (constant(name, value, "50", "normal", PER_KM) for name, value in (("used", "1"), ("known", "0.9")))
    document = trip_of("distance * used", "distance * known", used + known)
    found = compute_estimate(document, TABLES, {"mode": "walk", "distance": "10"}, FARE)
    assert (found.reduction_g, found.credited_g, found.reason) == (1000, 0, "too_uncertain")
    assert found.reason_params["lower"].startswith("-")
    assert verify(json.loads(json.dumps(found.record())), document.text).results() == found.results()


def test_a_sum_of_skewed_figures_is_never_credited_more_than_their_published_values() -> None:
    """Each median is 0.1 and each mean 0.12: the lower quartile of nine of them lies above nine medians."""
    names = [f"part_{number}" for number in range(9)]
    parts = "".join(constant(name, "0.1", "220", "log_normal", PER_KM) for name in names)
    found = compute_estimate(trip_of(f"distance * ({' + '.join(names)})", "0", parts), TABLES, BY_METRO, FARE)
    assert found.reduction_g == 9000
    assert found.credited_g == 9000
    assert found.deductions[0]["params"]["taken"] == "0.0"


@pytest.mark.parametrize("methodology", REDUCTIONS, ids=lambda one: one.id)
@given(data=st.data())
def test_no_credit_lies_below_zero_or_above_the_reduction_and_every_record_comes_again(methodology, data) -> None:
    inputs, where = data.draw(inputs_of(methodology)), data.draw(contexts_of(methodology))
    found = answer(methodology, inputs, where)
    assert 0 <= found.credited_g <= max(0, found.reduction_g)
    assert found.low_g <= found.reduction_g <= found.high_g
    again = verify(json.loads(json.dumps(found.record())), methodology.text)
    assert again.record() == found.record()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("conservativeness", "credit_quantile"), "0.6"),
        (("conservativeness", "range_quantile"), "1.9"),
        (("conservativeness", "credit_share"), "0.5"),
        (("conservativeness", "method"), "another"),
        (("conservativeness", "credit_quantile"), "none"),
        (("conservativeness",), None),
        (("parameters", "mode_factor", "uncertainty_pct"), "10"),
        (("parameters", "mode_factor", "distribution"), "uniform"),
        (("results", "credited_g"), 642),
    ],
)
def test_a_changed_record_is_found_out(path: tuple[str, ...], value: object) -> None:
    record = json.loads(json.dumps(compute_estimate(TRIP, TABLES, BY_METRO, FARE).record()))
    part = record
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    with pytest.raises(RecordMismatch):
        verify(record, TRIP.text)


def test_without_a_level_nothing_is_computed() -> None:
    with pytest.raises(CalculatorError, match="no policy says at which"):
        compute_estimate(TRIP, replace(TABLES, lower_bound=None), BY_METRO, FARE)


@pytest.mark.parametrize(
    "change", [{"credit_share": "1"}, {"credit_quantile": "2"}, {"most_excess": "-1"}, {"range_share": "x"}]
)
def test_a_level_that_cannot_be_is_refused(change: dict[str, str]) -> None:
    with pytest.raises(TableRefused, match="lower_bound"):
        read_lower_bound({**POLICY.record(), **change})
    assert read_lower_bound(POLICY.record()) == POLICY
