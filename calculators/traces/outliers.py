"""Taking out the few positions that a receiver got wrong, and averaging the rest over short windows.

Promise: one honest jumping point never looks like a teleport, and a person who stands still does not travel. What is
taken out is counted. Where the file tells how far off a position may be, that is used, and otherwise `ASSUMED_M`.
Touches nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from geographiclib.geodesic import Geodesic

from calculators.traces.model import Fix
from calculators.traces.projection import apart, flatten, turn

ASSUMED_M = 10.0  # how far off a position is of which nothing is told
INACCURATE_M = 100.0  # a position that says it may be farther off shows no street
POOR_M = 30.0  # nor does one that says so much, and so many times more than the file's others
POOR_TIMES = 4.0
MOST_INACCURATE_PERCENT = 50  # where more is inaccurate, that is what the file is like, and nothing is taken out
LONGEST_JUMP_FIXES = 3  # a receiver that lost its satellites is back after so many positions, or was elsewhere
SHORTEST_JUMP_M = 100.0
LEAP_TIMES = 2.0  # farther than what both positions say: less is what a receiver between houses does at any time
LEG_S = 30.0
DETOUR = 4.0  # there and back is this many times the way past it
SETTLING_S = 60.0  # a receiver that was just switched on knows where it is after so long, or never did
SETTLING_FIXES = 20
SETTLING_TIMES = 5.0  # it comes home so many times faster than nearly all of the way is travelled
WINDOW_S = 10.0
MOST_WINDOWS = 3000  # longer traces are averaged over longer windows, so that measuring them takes bounded time


@dataclass(frozen=True, slots=True)
class Leg:
    """The way between two averaged positions, on the ellipsoid. Metres and seconds; `seconds` is above 0."""

    metres: float
    seconds: float

    @property
    def kmh(self) -> float:
        return self.metres / self.seconds * 3.6


def accuracy_m(fix: Fix) -> float:
    """How far off a position may be, as it says, or as is assumed."""
    return ASSUMED_M if fix.accuracy_m is None else fix.accuracy_m


def drop_inaccurate(fixes: Sequence[Fix]) -> tuple[list[Fix], int]:
    """The fixes without those that say of themselves that they show no way, and how many those were.

    Of a file that is like this as a whole nothing is taken out: nobody hides a way by what they write beside it.
    """
    told = sorted(fix.accuracy_m for fix in fixes if fix.accuracy_m is not None)
    if not told:
        return list(fixes), 0
    poor = max(POOR_M, POOR_TIMES * told[len(told) // 2])
    kept = [fix for fix in fixes if accuracy_m(fix) <= min(poor, INACCURATE_M)]
    dropped = len(fixes) - len(kept)
    if len(kept) < 2 or dropped * 100 > MOST_INACCURATE_PERCENT * len(fixes):
        return list(fixes), 0
    return kept, dropped


def _shortest_leap_m(one: Fix, other: Fix) -> float:
    """From where on the step between two positions is more than what a receiver does at any time."""
    return LEAP_TIMES * (accuracy_m(one) + accuracy_m(other))


def drop_settling(fixes: Sequence[Fix]) -> tuple[list[Fix], int]:
    """The fixes without the first ones before the receiver knew where it was, and how many those were.

    They end with a step that is too fast for this way, within the first minute.
    """
    usual = _usual_speed(fixes)
    for index in range(min(SETTLING_FIXES, len(fixes) - 2), 0, -1):
        one, other = fixes[index - 1], fixes[index]
        seconds = (other.at - one.at).total_seconds()
        is_early = (other.at - fixes[0].at).total_seconds() <= SETTLING_S
        metres = distance_m(one, other)
        if is_early and metres > _shortest_leap_m(one, other) and metres > SETTLING_TIMES * usual * seconds:
            return list(fixes[index:]), index
    return list(fixes), 0


def _usual_speed(fixes: Sequence[Fix]) -> float:
    """What nine tenths of the legs of half a minute keep below, in metres a second."""
    speeds = sorted(leg.kmh / 3.6 for leg in legs_of(average(fixes, LEG_S)))
    return speeds[len(speeds) * 9 // 10] if speeds else 0.0


def drop_jumps(fixes: Sequence[Fix]) -> tuple[list[Fix], int]:
    """The fixes without those that jump away and back, and how many those were."""
    points, kept, position = flatten(fixes), [0], 1
    while position < len(points):
        skipped = _jump_at(points, kept[-1], position)
        position += skipped
        kept.append(position)
        position += 1
    return [fixes[index] for index in kept], len(points) - len(kept)


def _jump_at(points: Sequence[tuple[float, float]], before: int, start: int) -> int:
    """How many points from `start` on jump away from `before` and come back; 0 where none do."""
    away = apart(points[before], points[start])
    if away < SHORTEST_JUMP_M:
        return 0
    for length in range(1, LONGEST_JUMP_FIXES + 1):
        after = start + length
        if after >= len(points):
            return 0
        back = apart(points[after - 1], points[after])
        past = apart(points[before], points[after])
        if min(away, back) > SHORTEST_JUMP_M and away + back > DETOUR * max(past, SHORTEST_JUMP_M / DETOUR):
            return length
    return 0


def average(fixes: Sequence[Fix], least_s: float = WINDOW_S) -> list[Fix]:
    """One mean position per window, so that the scatter of single fixes adds no distance and no speed."""
    duration_s = (fixes[-1].at - fixes[0].at).total_seconds()
    window_s = max(least_s, duration_s / MOST_WINDOWS)
    windows: list[list[Fix]] = [[fixes[0]]]
    for fix in fixes[1:]:
        if (fix.at - windows[-1][0].at).total_seconds() < window_s:
            windows[-1].append(fix)
        else:
            windows.append([fix])
    return [_mean(window) for window in windows]


def legs_of(fixes: Sequence[Fix]) -> list[Leg]:
    """The legs between consecutive positions."""
    return [
        Leg(distance_m(one, other), (other.at - one.at).total_seconds()) for one, other in itertools.pairwise(fixes)
    ]


def distance_m(one: Fix, other: Fix) -> float:
    """The shortest way between two fixes on the WGS 84 ellipsoid (Karney 2013), in metres."""
    found = Geodesic.WGS84.Inverse(one.latitude, one.longitude, other.latitude, other.longitude, Geodesic.DISTANCE)
    return float(found["s12"])


def _mean(window: Sequence[Fix]) -> Fix:
    """The mean position, each weighed by the inverse square of how far off it may be, and the mean of their accuracy.

    Errors of neighbours go together, so many of them are no more accurate than one.
    """
    first = window[0]
    shares = [accuracy_m(fix) ** -2 for fix in window]
    whole = sum(shares)

    def mean(values: Iterable[float]) -> float:
        return sum(share * value for share, value in zip(shares, values, strict=True)) / whole

    return Fix(
        mean(fix.latitude for fix in window),
        turn(first.longitude + mean(turn(fix.longitude - first.longitude) for fix in window)),
        first.at + timedelta(seconds=mean((fix.at - first.at).total_seconds() for fix in window)),
        mean(accuracy_m(fix) for fix in window),
    )
