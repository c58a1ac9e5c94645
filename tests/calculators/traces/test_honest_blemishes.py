"""What honest recordings look like and what the rules make of it: cold starts, runners, hills and tunnels."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from calculators.plausibility import ACCEPT, HOLD, REFUSE, Claim, Shown, decide
from calculators.traces import Trace, measure
from tests.calculators.traces.recorder import CAR, METRO, TRAIN, WALK, Pace, ride, shifted

RUN, BRISK, DOWNHILL = Pace(11, 0.05), Pace(8.04, 0.01), Pace(33, 0.2, gain=2)


def unsettled(trace: Trace, fixes: int = 5, metres: float = 400) -> Trace:
    """The recording with its first fixes far away, each a little nearer."""
    moved = [
        shifted(Trace((one,)), north=metres * (1 - 0.15 * number), east=metres / 2).fixes[0]
        for number, one in enumerate(trace.fixes[:fixes])
    ]
    return Trace((*moved, *trace.fixes[fixes:]))


def decided(mode: str, km: float | str, trace: Trace | None = None, duration_s: int | None = None):
    at = ride(WALK, 400, 1).started_at if trace is None else trace.started_at
    shown = Shown(measure(trace)) if trace else None
    tier = "gps_trace" if trace else "self_declared"
    claim = Claim(
        "transport.low_carbon_trip",
        at,
        at + timedelta(hours=12),
        timedelta(days=14),
        mode=mode,
        distance_km=Decimal(str(km)),
        duration_s=duration_s,
        tier=tier,
        trace=shown,
    )
    return decide(claim)


@pytest.mark.parametrize("seed", range(5))
def test_the_first_fixes_of_a_cold_start_are_counted_and_not_used(seed):
    walk = ride(WALK, 2000, seed)
    plain, cold = measure(walk), measure(unsettled(walk))
    assert (plain.unsettled, cold.unsettled) == (0, 5)
    assert cold.distance_m == pytest.approx(plain.distance_m, abs=60)
    assert cold.metres_above(15) == plain.metres_above(15)
    assert decided("walk", 2.0, unsettled(walk)).outcome == ACCEPT


@pytest.mark.parametrize("pace", [CAR, TRAIN, METRO])
def test_a_vehicle_that_starts_is_no_cold_start(pace):
    assert measure(ride(pace, 12_000, 3)).unsettled == 0


def test_a_leap_later_than_the_first_minute_is_a_leap():
    walk = ride(WALK, 2000, 4)
    late = Trace((*shifted(Trace(walk.fixes[:90]), north=900).fixes, *walk.fixes[90:]))
    assert measure(late).unsettled == 0
    assert decided("walk", 2.0, late).outcome != ACCEPT


def test_a_limit_of_speed_has_a_tolerance():
    assert decided("walk", "8.04", duration_s=3600).outcome == ACCEPT
    assert decided("walk", "9", duration_s=3600).outcome == HOLD
    assert decided("walk", "12.1", duration_s=3600).outcome == REFUSE
    assert decided("bus", "87", duration_s=3600).outcome == ACCEPT


@pytest.mark.parametrize("pace, mode, metres", [(BRISK, "walk", 4000), (RUN, "walk", 5000), (DOWNHILL, "cycle", 6000)])
def test_who_is_fast_by_their_own_strength_is_believed_where_a_track_shows_it(pace, mode, metres):
    for seed in range(4):
        assert decided(mode, metres / 1000, ride(pace, metres, seed)).outcome == ACCEPT


def test_a_run_without_a_track_is_held_and_not_refused():
    assert decided("walk", "5", duration_s=1700).outcome == HOLD


def test_a_car_is_neither_a_runner_nor_a_racing_bicycle():
    for seed in range(4):
        assert decided("walk", 8, ride(CAR, 8000, seed)).outcome == REFUSE
        assert decided("cycle", 8, ride(CAR, 8000, seed)).outcome != ACCEPT


def bent(metres: float, seed: int) -> Trace:
    """A metro whose tunnel leads round a bend: seen at either end only, and the ends are a kilometre apart."""
    whole = ride(METRO, metres, seed)
    first, last = (part * len(whole.fixes) // 10 for part in (2, 8))
    before, after = whole.fixes[first - 1], whole.fixes[last]
    north, east = before.latitude - after.latitude, before.longitude - after.longitude
    moved = [replace(f, latitude=f.latitude + north + 0.009, longitude=f.longitude + east) for f in whole.fixes[last:]]
    return Trace((*whole.fixes[:first], *moved))


def test_a_long_section_underground_may_bend_as_far_as_a_train_goes_in_its_time():
    metro = bent(15_000, 5)
    seen = measure(metro)
    metres = seen.distance_m - seen.gap_m + 35 / 3.6 * seen.gap_s
    assert metres > 1.3 * seen.distance_m + 400 + 0.6 * seen.gap_m, "the straight way alone would not do"
    assert decided("metro", round(metres / 1000, 3), metro).outcome == ACCEPT
    assert decided("bus", round(metres / 1000, 3), metro).outcome == HOLD


def test_a_pause_of_hours_is_no_tunnel():
    metro = ride(METRO, 6000, 6)
    half = len(metro.fixes) // 2
    paused = Trace((*metro.fixes[:half], *(replace(f, at=f.at + timedelta(hours=3)) for f in metro.fixes[half:])))
    assert decided("metro", 6, paused).outcome == ACCEPT
    assert decided("metro", 60, paused).outcome != ACCEPT
