"""The column reading gives the exact reading's integers, gram for gram, also where a float cannot decide."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from calculators import (
    Context,
    InputRefused,
    Methodology,
    compute_estimate,
    estimate_columns,
    parse_methodology,
)
from calculators.estimate import batch
from calculators.estimate.columns import Coded
from tests.calculators.shipped_library import CUP, ELECTRICITY, GARMENT, MEAL, ON, TABLES, TRIP, context

FIELDS = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g", "behaviour_points")
PLACES = ("CN-BJ", "CN-SH", "CN-GD/guangzhou", "FR")
TIERS = ("fare_record", "self_declared", "photo")
MODES = TRIP.inputs["mode"].options

# metres whose grams fall on a half, a whole gram or a band's edge for one of the modes
TIES = [0, 1, 2, 125, 250, 300, 625, 1250, 2500, 5000, 6250, 12500, 25000, 50000, 125000, 250000, 500000]
DISTANCES = st.one_of(
    st.integers(0, 500_000).map(lambda metres: metres / 1000),
    st.sampled_from(TIES).map(lambda metres: metres / 1000),
    st.floats(0, 500, allow_nan=False),
    st.integers(0, 499_999).map(lambda metres: float(np.nextafter(metres / 1000, np.inf))),
    st.integers(1, 499_999).map(lambda metres: float(np.nextafter(metres / 1000, 0))),
)
ROW = st.tuples(
    st.sampled_from(MODES), DISTANCES, st.sampled_from(PLACES), st.sampled_from(TIERS), st.integers(0, 7200)
)


def exactly(methodology: Methodology, inputs: dict[str, Any], where: Context) -> tuple[Any, ...]:
    found = compute_estimate(methodology, TABLES, inputs, where)
    return (*(getattr(found, name) for name in FIELDS), found.reason or "")


def by_columns(methodology: Methodology, columns: dict[str, Any], where: Context) -> list[tuple[Any, ...]]:
    found = estimate_columns(methodology, TABLES, columns, where)
    rows = zip(*(getattr(found, name).tolist() for name in (*FIELDS, "reason")), strict=True)
    return [(*row[:-1], found.reasons[row[-1]]) for row in rows]


def trips(rows: list[tuple[Any, ...]]) -> dict[str, Any]:
    modes, distances, places, tiers, durations = zip(*rows, strict=True)
    return {
        "mode": np.array(modes),
        "distance": np.array(distances),
        "region": np.array(places),
        "evidence": np.array(tiers),
        "duration_s": np.array(durations),
    }


def trips_exactly(rows: list[tuple[Any, ...]], **shared: Any) -> list[tuple[Any, ...]]:
    return [
        exactly(
            TRIP,
            {"mode": mode, "distance": plain(distance)},
            context(place, tier, duration_s=duration or None, **shared),
        )
        for mode, distance, place, tier, duration in rows
    ]


def plain(value: float) -> str:
    """The decimal a float stands for in a column, without an exponent and within what may be typed."""
    return format(Decimal(repr(value)).quantize(Decimal(1).scaleb(-24)), "f")


@given(st.lists(ROW, min_size=1, max_size=20))
def test_columns_equal_the_exact_reading_on_any_trips(rows) -> None:
    assert by_columns(TRIP, trips(rows), context()) == trips_exactly(rows)


def test_columns_equal_the_exact_reading_on_every_built_tie() -> None:
    rows = [(mode, metres / 1000, "CN-BJ", tier, 0) for mode in MODES for metres in TIES for tier in TIERS]
    assert by_columns(TRIP, trips(rows), context()) == trips_exactly(rows)


def test_columns_apply_the_room_under_a_cap() -> None:
    rows = [("metro", kilometres, "CN-BJ", "fare_record", 0) for kilometres in (1.0, 10.0, 100.0)]
    shared = {"cap_room": {"per_day_g": 300}}
    assert by_columns(TRIP, trips(rows), context(**shared)) == trips_exactly(rows, **shared)


def tied(factor: int) -> tuple[Methodology, int] | None:
    """A trip document and the metres on foot whose credit is half a micro-gram below a whole gram.

    Its credit is `611 x factor x metres / 2,000,000` grams (0.104 x 0.94 x 0.003125 x factor a metre, all of it exact),
    so the tie is where that is -1 of two million; half to even lifts it onto the whole gram.
    """
    metres = -pow(611 * factor, -1, 2_000_000) % 2_000_000
    if not 300 <= metres <= 500_000:
        return None
    text = TRIP.text
    for old, new in (
        ('"distance * baseline_factor"', f'"distance * known * {Decimal("0.003125") * factor}"'),
        (
            "project = \"if_else(mode == 'car', distance / occupancy * car_factor, distance * mode_factor)\"",
            'project = "0"',
        ),
        ("[formula]\n", KNOWN_EXACTLY + "[formula]\n"),
        ('gps_trace = "1.0"', 'gps_trace = "0.94"'),
    ):
        assert old in text
        text = text.replace(old, new, 1)
    return parse_methodology(text), metres


KNOWN_EXACTLY = """
[parameters.known]
value = "0.104"
unit = "kgGHG/passenger-km"
exact = true
reason = { en = "for a tie", zh = "测试" }
"""


def test_rows_on_a_rounding_tie_are_read_exactly_and_floats_alone_would_miss_them(monkeypatch) -> None:
    documents = [found for factor in range(1, 400, 2) if factor % 5 and (found := tied(factor))]
    assert len(documents) > 20

    def differing() -> int:
        wrong = 0
        for document, metres in documents:
            rows = [("walk", near / 1000, "CN-BJ", "gps_trace", 0) for near in (metres - 1, metres, metres + 1)]
            exact = [exactly(document, {"mode": row[0], "distance": repr(row[1])}, context()) for row in rows]
            wrong += by_columns(document, trips(rows), context()) != exact
        return wrong

    assert differing() == 0
    monkeypatch.setattr(batch._Run, "_read_exactly", lambda *_: None)
    assert differing() > 0


@pytest.mark.parametrize("consumption", [0.0, 0.78, 0.79, 2.62, 2.63, 5.0, 7.87, 7.88, 12.0, 0.29, 55.555])
def test_columns_equal_the_exact_reading_for_electricity(consumption: float) -> None:
    home = context("CN-BJ", "meter_reading", household_size=Decimal(3))
    columns = {"consumption": np.array([consumption, consumption]), "days": np.array([1, 7])}
    expected = [exactly(ELECTRICITY, {"consumption": repr(consumption), "days": days}, home) for days in (1, 7)]
    assert by_columns(ELECTRICITY, columns, home) == expected


def test_columns_without_a_known_household_say_so() -> None:
    columns = {"consumption": np.array([5.0])}
    assert by_columns(ELECTRICITY, columns, context("CN-BJ"))[0][-1] == "missing_context"


def test_columns_without_a_figure_say_so() -> None:
    columns = {"consumption": np.array([5.0]), "household_size": np.array([3]), "region": np.array(["FR"])}
    assert by_columns(ELECTRICITY, columns, context("FR"))[0] == (0, 0, 0, 0, 0, 0, 0, "no_factor")


@pytest.mark.parametrize("diet", [None, "vegan"])
def test_columns_equal_the_exact_reading_for_meals(diet: str | None) -> None:
    kinds = MEAL.inputs["meal"].options
    where = context("FR", "receipt", diet=diet)
    found = by_columns(MEAL, {"meal": np.arange(len(kinds))}, where)
    assert found == [exactly(MEAL, {"meal": kind}, where) for kind in kinds]


def test_columns_equal_the_exact_reading_for_garments_and_cups() -> None:
    garments = GARMENT.inputs["garment"].options
    where = context("FR", "purchase_record")
    found = by_columns(GARMENT, {"garment": Coded(np.arange(len(garments)), garments)}, where)
    assert found == [exactly(GARMENT, {"garment": garment}, where) for garment in garments]
    cups = by_columns(CUP, {"cups": np.array([1, 2, 3])}, context("GB", "receipt"))
    assert cups == [exactly(CUP, {"cups": n}, context("GB", "receipt")) for n in (1, 2, 3)]


@pytest.mark.parametrize(
    "columns",
    [
        {"mode": np.array(["walk"]), "distance": np.array([-1.0])},
        {"mode": np.array(["walk"]), "distance": np.array([500.001])},
        {"mode": np.array(["walk"]), "distance": np.array([np.nan])},
        {"mode": np.array(["rocket"]), "distance": np.array([1.0])},
        {"mode": np.array([9]), "distance": np.array([1.0])},
        {"mode": np.array(["walk", "walk"]), "distance": np.array([1.0])},
        {"mode": np.array(["walk"]), "distance": np.array([1.0]), "colour": np.array([1.0])},
        {"mode": np.array(["walk"])},
    ],
)
def test_impossible_columns_are_refused(columns: dict[str, Any]) -> None:
    with pytest.raises(InputRefused):
        estimate_columns(TRIP, TABLES, columns, Context(region="CN-BJ", on=ON))
