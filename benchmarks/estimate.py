"""The rule book: one exact estimate with its working, and trips read in columns.

Yardsticks of the same run: writing that working out as JSON, and the one line of NumPy that a trip would be without
look-ups, rounding, deductions, eligibility and ranges.
"""

from __future__ import annotations

import json
from datetime import date

import numpy as np

from benchmarks.measurement import Measurement, best, row
from calculators import Coded, Context, compute_estimate, estimate_columns, load_library

ESTIMATES = 2_000
TRIPS = 1_000_000
PLACES = ("CN-BJ", "CN-TJ", "CN-SH", "CN-GD/guangzhou", "FR")
TIERS = ("fare_record", "gps_trace", "self_declared")


def run() -> list[Measurement]:
    """The rows of this benchmark."""
    return [*exact_rows(), *column_rows()]


def exact_rows() -> list[Measurement]:
    """One estimate with its working, in microseconds."""
    library = load_library()
    methodology = library.methodologies["transport.low_carbon_trip"]
    context = Context(region="CN-BJ", on=date(2026, 11, 20), evidence="fare_record", duration_s=1500)
    distances = [{"value": f"{metres / 1000:.3f}", "unit": "km"} for metres in range(1000, 1000 + ESTIMATES)]
    record = compute_estimate(
        methodology, library.tables, {"mode": "metro", "distance": distances[0]}, context
    ).record()

    def estimates() -> None:
        for distance in distances:
            compute_estimate(methodology, library.tables, {"mode": "metro", "distance": distance}, context).record()

    def written() -> None:
        for _ in distances:
            json.dumps(record)

    per_estimate, per_writing = best(estimates) / ESTIMATES * 1e6, best(written) / ESTIMATES * 1e6
    name = "one exact estimate with its working"
    return [
        row(name, per_estimate, None, "<= 60", "µs"),
        row(f"{name}, against writing the working as JSON", per_estimate, per_writing, "<= 3", "µs"),
    ]


def column_rows() -> list[Measurement]:
    """Trips per second in columns: five modes, five places, three kinds of evidence, durations."""
    library = load_library()
    methodology = library.methodologies["transport.low_carbon_trip"]
    context = Context(region="CN-BJ", on=date(2026, 11, 20))
    drawn = np.random.default_rng(20261120)
    modes = drawn.integers(0, 5, TRIPS)
    distances = drawn.integers(0, 40_000, TRIPS) / 1000
    columns = {
        "mode": modes,
        "distance": distances,
        "duration_s": drawn.integers(60, 7200, TRIPS),
        "region": Coded(drawn.integers(0, len(PLACES), TRIPS), PLACES),
        "evidence": Coded(drawn.integers(0, len(TIERS), TRIPS), TIERS),
    }
    avoided = np.array([104.0, 95.3, 52.0, 72.0, -146.0])
    measured = TRIPS / best(lambda: estimate_columns(methodology, library.tables, columns, context))
    yardstick = TRIPS / best(lambda: np.floor(distances * avoided[modes]))
    name = "trips in columns, look-ups and crediting included"
    return [
        row(name, measured, None, ">= 5000000", "rows/s"),
        row(f"{name}, against one bare NumPy line", measured, yardstick, ">= 0.01", "rows/s"),
    ]
