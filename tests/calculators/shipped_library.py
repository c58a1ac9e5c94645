"""What the tests of the rule book share: the shipped library, and short ways to ask it."""

from __future__ import annotations

from datetime import date
from typing import Any

from calculators import REDUCTION, Context, Estimate, compute_estimate, load_library

LIBRARY = load_library()
TABLES = LIBRARY.tables
TRIP = LIBRARY.methodologies["transport.low_carbon_trip"]
MEAL = LIBRARY.methodologies["food.meal"]
ELECTRICITY = LIBRARY.methodologies["housing.household_electricity"]
GARMENT = LIBRARY.methodologies["clothing.second_hand_garment"]
REDUCTIONS = [one for one in LIBRARY.methodologies.values() if one.yields == REDUCTION]
CUP = LIBRARY.methodologies["consumables.own_cup"]
ON = date(2026, 11, 20)


def context(region: str = "CN-BJ", evidence: str = "gps_trace", **more: Any) -> Context:
    """A context on the tests' usual day."""
    return Context(region=region, on=ON, evidence=evidence, **more)


def trip(mode: str, distance: Any, evidence: str = "gps_trace", region: str = "CN-BJ", **more: Any) -> Estimate:
    """One trip in Beijing with a trace, unless said otherwise."""
    occupancy = {"occupancy": more.pop("occupancy")} if "occupancy" in more else {}
    inputs = {"mode": mode, "distance": distance, **occupancy}
    return compute_estimate(TRIP, TABLES, inputs, context(region, evidence, **more))


def meal(kind: str, region: str = "FR", evidence: str = "receipt", **more: Any) -> Estimate:
    """One meal in France with its receipt, unless said otherwise."""
    return compute_estimate(MEAL, TABLES, {"meal": kind}, context(region, evidence, **more))
