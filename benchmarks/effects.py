"""What a version would have credited of a million recorded activities: from their stored form to the sums.

In a process of its own, so that the memory it needed at most is its own. The database is not part of it: the stored
workings of a year, of twenty thousand people, are handed over one by one as a query would.
"""

from __future__ import annotations

import random
import resource
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import date, timedelta
from decimal import Decimal
from multiprocessing import get_context
from typing import Any

from benchmarks.measurement import Measurement, row

ACTIVITIES, PEOPLE, DAYS = 1_000_000, 20_000, 365
WORKINGS = 2_000  # distinct ones
FIRST = date(2026, 1, 1)
RULE = "transport.low_carbon_trip"
PLACES = ("CN-BJ", "CN-TJ", "CN-SH", "CN-GD/guangzhou", "FR")
TIERS = ("fare_record", "gps_trace", "self_declared")
KIB_PER_MIB = 1024


def run() -> list[Measurement]:
    """The rows of this benchmark."""
    with ProcessPoolExecutor(1, get_context("spawn")) as apart:
        seconds, mebibytes = apart.submit(measure).result()
    name = "the effects of a version over a million recorded activities"
    return [
        row(name, seconds, None, "<= 30", "s"),
        row(f"{name}, most memory of the process", mebibytes, None, "<= 512", "MiB"),
    ]


def measure() -> tuple[float, float]:
    """Seconds, and the most memory the process ever held, in MiB."""
    from calculators import EffectsScope, compare_recorded, load_library, parse_methodology

    library = load_library()
    rule = library.methodologies[RULE]
    draft = parse_methodology(rule.text.replace('self_declared = "0.5"', 'self_declared = "0.4"'))
    now = rule, library.tables
    packed = _packed(rule, library.tables)
    scope = EffectsScope(FIRST, FIRST + timedelta(days=DAYS))
    started = time.perf_counter()
    found = compare_recorded((draft, library.tables), lambda _: now, scope, _recorded(packed))
    seconds = time.perf_counter() - started
    if found.total.activities != ACTIVITIES:
        raise AssertionError(f"{found.total.activities} activities were added up")
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / KIB_PER_MIB


def _packed(rule: Any, tables: Any) -> list[bytes]:
    """Stored workings of trips on the first day."""
    from backend.activities.sql.stored_reductions import pack
    from calculators import Context, compute_estimate

    drawn = random.Random("recorded trips")
    stored = []
    for _ in range(WORKINGS):
        inputs = {
            "mode": drawn.choice(rule.choices["mode"].options),
            "distance": {"value": str(Decimal(drawn.randrange(200, 40_000)) / 1000), "unit": "km"},
        }
        context = Context(drawn.choice(PLACES), FIRST, drawn.choice(TIERS), drawn.randrange(60, 7200))
        stored.append(pack(compute_estimate(rule, tables, inputs, context).record()).own)
    return stored


def _recorded(packed: list[bytes]) -> Iterator[Any]:
    """A million activities by day, each read from its stored working."""
    from dataclasses import replace

    from backend.activities.service.recorded_effects import read_recorded

    drawn, people = random.Random("people"), [f"usr_{number}" for number in range(PEOPLE)]
    for number in range(ACTIVITIES):
        on = FIRST + timedelta(days=number * DAYS // ACTIVITIES)
        one = read_recorded(drawn.choice(people), packed[number % WORKINGS], None, 100)
        yield replace(one, context=replace(one.context, on=on))
