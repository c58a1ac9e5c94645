"""Laws that every shipped document keeps, tried on whatever hypothesis can think of."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from calculators import BEHAVIOUR_POINTS, REDUCTION, estimate_columns, recompute
from tests.calculators.generated_activities import (
    answer,
    contexts_of,
    day_total,
    earned,
    earning,
    extensive,
    inputs_of,
    quantity,
    small_enough,
    times,
)
from tests.calculators.shipped_library import LIBRARY, TABLES

DOCUMENTS = sorted(LIBRARY.methodologies.values(), key=lambda one: one.id)
# there are more than fifty documents, so half as many examples of each are still many of every law
examples = settings(max_examples=settings.default.max_examples // 2)
every_document = pytest.mark.parametrize("methodology", DOCUMENTS, ids=lambda one: one.id)
OTHER_UNITS = {"km": ("m", 1000), "kg": ("g", 1000), "kWh": ("Wh", 1000), "L": ("mL", 1000), "m3": ("L", 1000),
               "GJ": ("MJ", 1000), "h": ("min", 60)}  # fmt: skip
FIELDS = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g", "behaviour_points")


def ineligible(methodology, found) -> bool:
    """Whether a rule of its own, or what is missing, keeps the activity from counting."""
    own = {rule.reason for rule in methodology.eligibility.rules}
    return found.reason in own | {"too_short", "too_fast", "no_factor", "missing_context", "evidence_missing"}


@every_document
@examples
@given(data=st.data())
def test_credit_lies_between_nothing_and_the_reduction_and_under_every_cap(methodology, data) -> None:
    inputs, where = data.draw(inputs_of(methodology)), data.draw(contexts_of(methodology))
    caps = {name: data.draw(st.integers(0, cap)) for name, cap in methodology.caps.items() if "activity" not in name}
    found = answer(methodology, inputs, where, **caps)
    assert 0 <= earned(found) <= min(*caps.values(), *methodology.caps.values())
    if methodology.yields == REDUCTION:
        assert found.behaviour_points == 0
        assert found.credited_g <= max(0, found.reduction_g + 1)  # the reduction itself is rounded to the nearest gram
        assert found.low_g <= found.reduction_g <= found.high_g
    else:
        assert (found.credited_g, found.reduction_g) == (0, 0)
    assert (found.reason is None) == (earned(found) > 0)


@every_document
@examples
@given(data=st.data())
def test_more_avoided_never_earns_less(methodology, data) -> None:
    inputs, where = earning(methodology)
    inputs |= data.draw(st.just({}) | inputs_of(methodology))
    name = data.draw(st.sampled_from(sorted(methodology.quantities)))
    spec = methodology.quantities[name]
    values = data.draw(quantity(spec)), data.draw(quantity(spec))
    found = []
    for value in values:
        if spec.given_by == "person":
            found.append(answer(methodology, {**inputs, name: value}, where))
        elif spec.given_by == "history":
            found.append(answer(methodology, inputs, replace(where, history={**where.history, name: value})))
        else:
            found.append(answer(methodology, inputs, replace(where, household_size=value)))
    if any(ineligible(methodology, one) for one in found):
        return
    less, more = sorted(found, key=lambda one: (one.reduction_g, earned(one)))
    assert earned(less) <= earned(more)


@every_document
@examples
@given(data=st.data(), parts=st.integers(2, 5))
def test_splitting_an_activity_never_earns_more(methodology, data, parts) -> None:
    assert extensive(methodology), "nothing of it could be split"
    drawn, where = (
        data.draw(inputs_of(methodology)),
        data.draw(contexts_of(methodology) | st.just(earning(methodology)[1])),
    )
    inputs = small_enough(methodology, drawn, parts)
    whole = times(methodology, inputs, parts)
    if whole is None:  # a thing that is counted in ones cannot be that many
        return
    in_one = earned(answer(methodology, whole, where))
    assert day_total(methodology, [inputs] * parts, where) <= in_one


@every_document
@examples
@given(data=st.data())
def test_the_order_of_logging_does_not_change_a_days_total(methodology, data) -> None:
    where = data.draw(contexts_of(methodology))
    activities = data.draw(st.lists(inputs_of(methodology), min_size=2, max_size=3))
    orders = itertools.permutations(activities)
    assert len({day_total(methodology, list(order), where) for order in orders}) == 1


@every_document
@examples
@given(data=st.data())
def test_the_unit_something_is_typed_in_changes_nothing(methodology, data) -> None:
    inputs, where = data.draw(inputs_of(methodology)), data.draw(contexts_of(methodology))
    other = dict(inputs)
    for name, spec in methodology.quantities.items():
        if name in inputs and spec.entered_as in OTHER_UNITS:
            unit, factor = OTHER_UNITS[spec.entered_as]
            other[name] = {"value": inputs[name] * factor, "unit": unit}
    assert answer(methodology, inputs, where).results() == answer(methodology, other, where).results()


def test_most_measured_documents_can_be_typed_in_another_unit() -> None:
    measured = [one for one in DOCUMENTS if any(spec.entered_as in OTHER_UNITS for spec in one.quantities.values())]
    assert len(measured) >= 15


@every_document
def test_ten_thousand_tiny_values_mint_nothing(methodology) -> None:
    """Whatever is worth less than a gram is worth nothing; what is counted in ones cannot be tiny."""
    inputs, where = earning(methodology)
    amounts = [methodology.quantities[name] for name in extensive(methodology)]
    measured = [spec for spec in amounts if spec.step < 1 and not spec.rounds_up]
    if not measured:
        assert all(spec.step == 1 or spec.rounds_up for spec in amounts)
        return
    whole = answer(methodology, inputs, where)
    pieces = whole.reduction_g + whole.behaviour_points + 1
    tiny = {spec.name: (inputs[spec.name] / pieces).quantize(spec.step / 1000) for spec in measured}
    assert 10_000 * earned(answer(methodology, {**inputs, **tiny}, where)) == 0


@every_document
@examples
@given(data=st.data())
def test_columns_equal_the_exact_reading(methodology, data) -> None:
    where = data.draw(contexts_of(methodology))
    rows = data.draw(st.lists(inputs_of(methodology), min_size=1, max_size=6))
    columns = {
        name: np.array([row[name] if name in methodology.choices else float(row[name]) for row in rows])
        for name in methodology.inputs
        if name in rows[0]
    }
    found = estimate_columns(methodology, TABLES, columns, where)
    for position, row in enumerate(rows):
        exact = answer(methodology, row, where)
        assert [int(getattr(found, name)[position]) for name in FIELDS] == [getattr(exact, name) for name in FIELDS]
        assert found.reasons[found.reason[position]] == (exact.reason or "")


@every_document
@examples
@given(data=st.data())
def test_a_record_recomputes_after_a_trip_through_json(methodology, data) -> None:
    found = answer(methodology, data.draw(inputs_of(methodology)), data.draw(contexts_of(methodology)))
    assert recompute(json.loads(json.dumps(found.record())), methodology.text).results() == found.results()


@every_document
def test_an_example_earns_something_unless_nothing_ever_does(methodology) -> None:
    paid = [
        one for one in methodology.examples if one.expected.get("credited_g") or one.expected.get("behaviour_points")
    ]
    # what a document's figures may not carry, its examples say (docs/marks.md)
    waits = all(one.expected.get("reason") == "no_factor" for one in methodology.examples)
    assert bool(paid) == (methodology.id != "clothing.rented_garment" and not waits)


@every_document
def test_it_is_capped_over_every_period_and_names_its_sources(methodology) -> None:
    if methodology.id != "clothing.rented_garment":
        assert {name.rpartition("_")[0] for name in methodology.caps} >= {"per_activity", "per_day", "per_month"}
    assert methodology.caps[next(iter(methodology.caps))] > 0
    assert all(source.publisher and source.document for source in methodology.sources)


def test_there_are_rules_for_all_seven_classes() -> None:
    by_category = dict.fromkeys(("clothing", "food", "housing", "transport", "consumables"), 0)
    for one in DOCUMENTS:
        by_category[one.category] = by_category.get(one.category, 0) + 1
    assert len(DOCUMENTS) >= 40
    assert all(count >= 5 for count in by_category.values()), by_category


def test_office_and_digital_finance_earn_points_and_never_grams() -> None:
    yields = {one.yields for one in DOCUMENTS if one.category in ("office", "digital")}
    assert yields == {BEHAVIOUR_POINTS}


def test_the_two_branches_of_the_shenzhen_rule_measure_the_same_meter() -> None:
    below_mean = LIBRARY.methodologies["housing.household_electricity"]
    below_own = LIBRARY.methodologies["housing.electricity_below_own_mean"]
    assert below_own.flows == below_mean.flows
    assert below_mean.yields == REDUCTION
    assert below_own.yields == BEHAVIOUR_POINTS
