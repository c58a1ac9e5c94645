"""The range of a sum: what several reductions rest on is one variable; what they do not share is independent."""

from __future__ import annotations

from decimal import Decimal
from math import isqrt

import numpy as np

from calculators import add_ranges, compute_estimate, gases_of, gases_reached, parse_methodology, read_range
from calculators.estimate.samples import sample_sum
from tests.calculators.estimate.lower_bound_documents import constant, trip_of
from tests.calculators.shipped_library import ELECTRICITY, LIBRARY, MEAL, TABLES, TRIP, context, meal, trip

PER_KM = "kgGHG/passenger-km"
USED = """
[parameters.used]
from = "factors.trip_mode"
item = "metro"
unit = "kgGHG/passenger-km"
"""


def added(*estimates):
    found = add_ranges([read_range(one.working.methodology, one.record()) for one in estimates])
    assert found.reduction_g == sum(one.reduction_g for one in estimates)
    return found.low_g, found.high_g


def ride(document, distance: str):
    return compute_estimate(document, TABLES, {"mode": "walk", "distance": distance}, context("CN-BJ", "fare_record"))


def test_two_reductions_of_one_figure_have_the_sum_of_their_ranges() -> None:
    """Whatever the figure is called and whichever document asks for it: the row of the table is the variable."""
    of_one = ride(trip_of("distance * used", "0", USED), "100")
    of_another = ride(trip_of("distance * same * 2", "0", USED.replace("used", "same")), "70")
    assert (of_one.low_g, of_one.high_g) == (2240, 4160)
    assert added(of_one, of_another) == (of_one.low_g + of_another.low_g, of_one.high_g + of_another.high_g)


def test_reductions_of_different_figures_have_the_root_of_the_squares_of_their_ranges() -> None:
    of_one = ride(trip_of("distance * used", "0", USED), "100")
    own = constant("apart", "0.032", "30", "normal", PER_KM)
    of_another = ride(trip_of("distance * apart", "0", own), "75")
    down = (of_one.reduction_g - of_one.low_g, of_another.reduction_g - of_another.low_g)
    low, high = added(of_one, of_another)
    assert of_one.reduction_g + of_another.reduction_g - low == isqrt(sum(one**2 for one in down))  # 960, 720: 1200
    assert high - of_one.reduction_g - of_another.reduction_g == 1200


def test_a_figure_that_raises_one_reduction_and_lowers_another_takes_itself_away() -> None:
    raised = ride(trip_of("distance * used", "0", USED), "100")
    lowered = ride(trip_of("0", "distance * used", USED), "90")
    assert (raised.reduction_g, lowered.reduction_g) == (3200, -2880)
    assert added(raised, lowered) == (224, 416)  # those of 10 km


def test_constants_of_two_documents_are_two_variables_though_they_are_called_alike() -> None:
    own = constant("used", "0.03", "30", "normal", PER_KM)
    document = trip_of("distance * used", "0", own)
    text = document.text.replace('id = "transport.low_carbon_trip"', 'id = "transport.another_trip"')
    first, second = ride(document, "100"), ride(parse_methodology(text), "100")
    assert (first.low_g, added(first, first)[0]) == (2100, 4200)
    assert added(first, second)[0] == 6000 - 1273  # 900 g twice, independent


def test_grams_say_of_which_gases_they_are() -> None:
    at_home = {"consumption": "120", "days": "30"}
    used = compute_estimate(ELECTRICITY, TABLES, at_home, context("CN-BJ", "bill", household_size=Decimal(2)))
    assert gases_of(ELECTRICITY, used.record()) == {"CO2"}
    assert gases_of(MEAL, meal("vegan").record()) == {"GHG"}


def test_a_document_says_of_which_gases_its_grams_may_be() -> None:
    assert gases_reached(ELECTRICITY, TABLES) == {"CO2"}
    assert gases_reached(TRIP, TABLES) == {"CO2", "GHG"}  # in China the one, elsewhere the other
    assert gases_reached(LIBRARY.methodologies["digital.e_bill"], TABLES) == frozenset()


def test_a_record_from_before_there_were_columns_of_gases_says_them_by_its_units() -> None:
    record = meal("vegan").record()
    earlier = {
        name: {**entry, "unit": "kgCO2/meal", "gas_scope": "CO2 only; at the table", "gwp": None}
        for name, entry in record["parameters"].items()
    }
    assert gases_of(MEAL, {**record, "parameters": earlier}) == {"CO2"}


def test_the_range_of_a_months_sum_is_that_of_samples_in_which_a_row_is_drawn_once() -> None:
    estimates = [trip("metro", "10"), trip("walk", "3"), trip("bus", "8"), trip("cycle", "5"), trip("metro", "25")]
    estimates += [meal("vegan", "CN-BJ"), meal("vegetarian", "CN-BJ")]
    low, high = np.percentile(sample_sum(estimates, 50_000), [2.5, 97.5])
    found = added(*estimates)
    assert abs((found[1] - found[0]) / (high - low) - 1) < 0.05
    assert found[1] - found[0] < 0.75 * sum(one.high_g - one.low_g for one in estimates)  # ranges added up
