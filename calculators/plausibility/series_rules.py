"""Rules about a series of readings: whether it fits the home and the season, or was made up (law 12).

Promise: each is a pure function of a claim with readings; None where it holds nothing against it. The bounds are wide
and data, `library/meter_series.toml`, each with its reason: an empty home, a cold winter and an exchanged meter fit; a
ruler's line, a copy and what no home takes do not. Touches that file.
"""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

from calculators.errors import TableRefused
from calculators.plausibility.claim import HOLD, Claim, Finding, MeterReading, Readings
from calculators.rounding import EXACT, short_text

FILE = Path(__file__).parents[1] / "library" / "meter_series.toml"
_HUNDRED, _DAY_S = Decimal(100), Decimal(24 * 3600)
_MODE = Decimal("0.4")  # of a normal density, at its mode, in standard deviations
_MID_SEASON = (4, 5, 9, 10)  # neither heated nor cooled


@dataclass(frozen=True, slots=True)
class HomeBounds:
    """What a home uses (or makes) in a day under some rules, in the unit of their meter."""

    rules: tuple[str, ...]
    least_home_day: Decimal
    most_home_day: Decimal
    most_person_day: Decimal
    winter_ratio: Decimal
    months: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    night: tuple[int, int] | None = None

    def most_in_a_day(self, people: int, month: int) -> Decimal:
        """The most that a home of so many people uses in a day of a month."""
        most = self.most_home_day + people * self.most_person_day
        return most if month in _MID_SEASON else most * self.winter_ratio


@dataclass(frozen=True, slots=True)
class SeriesLimits:
    """The file by the names in it; `homes` by rule."""

    smooth: Mapping[str, Decimal]
    corrected: Mapping[str, int]
    told: Mapping[str, int]
    copied: Mapping[str, int]
    homes: Mapping[str, HomeBounds]


@cache
def load_series_limits(path: Path = FILE) -> SeriesLimits:
    """The limits in `path`. Raises TableRefused, naming what is missing or cannot be."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        homes = [_home(dict(given)) for given in document["home"]]
        return SeriesLimits(
            smooth={name: Decimal(value) for name, value in document["smooth"].items()},
            corrected=document["corrected"],
            told=document["told"],
            copied=document["copied"],
            homes={rule: home for home in homes for rule in home.rules},
        )
    except (KeyError, TypeError, ArithmeticError) as error:
        raise TableRefused(f"{path.name}: {error}") from error


def _home(given: dict[str, Any]) -> HomeBounds:
    given.pop("reason")  # every bound has one
    night, months = given.pop("night", None), given.pop("months", {})
    amounts = {name: Decimal(value) for name, value in given.items() if name != "rules"}
    in_use = {place: tuple(numbers) for place, numbers in months.items()}
    return HomeBounds(tuple(given["rules"]), **amounts, months=in_use, night=tuple(night) if night else None)


def most_between(claim: Claim, seen: Readings, days: Decimal) -> Decimal | None:
    """The most that a home can have used in some days; None for what is no home."""
    home = load_series_limits().homes.get(claim.methodology_id)
    return None if home is None else home.most_in_a_day(seen.people, claim.occurred_at.month) * days


def without_corrected(seen: Readings) -> Readings:
    """The readings without an estimate that the next one corrects, where what is left is a series."""
    limits, shown = load_series_limits().corrected, seen.shown
    falls = [n for n, (one, later) in enumerate(itertools.pairwise(shown)) if _falls(one, later)]
    if not 0 < len(falls) <= limits["most"] or falls[0] == 0 or len(shown) - 1 < limits["least_left"]:
        return seen
    (at,) = falls
    left = (*shown[:at], *shown[at + 1 :])
    if any(_falls(one, later) for one, later in itertools.pairwise(left)):
        return seen
    through = _difference(left[0], left[-1]) if left[0].device == left[-1].device else Decimal(0)
    a_day = through / max(_days_between(left[0], left[-1]), Decimal(1))
    fall = -_difference(shown[at], shown[at + 1])
    return replace(seen, shown=left) if fall <= a_day * limits["days"] else seen


def made_with_a_ruler(claim: Claim, seen: Readings) -> Finding | None:
    """Every step has one rate to the last digit, more often than chance lets a home have it."""
    limits = load_series_limits().smooth
    steps = list(_steps(seen))
    if len(steps) < limits["least_steps"] or any(after.value == before.value for before, after in steps):
        return None
    rates = [_difference(before, after) / _days_between(before, after) for before, after in steps]
    spread = (max(rates) - min(rates)) * _HUNDRED / max(rates)
    digits = sorted(_in_last_digits(before, after) for before, after in steps)
    chance = Decimal(1)
    for size in digits[:-1]:
        chance *= min(Decimal(1), _MODE / (limits["spread"] * size))
    if spread > limits["percent"] or chance > limits["most_chance"]:
        return None
    return Finding(HOLD, {"steps": str(len(steps)), "a_day": short_text(round(rates[0], 3)), "unit": seen.unit})


def unfit_for_the_home(claim: Claim, seen: Readings) -> Finding | None:
    """More than a home of these people takes in a day, or less than any that is lived in; or sun at night.

    What runs through in less than a day is held against a whole one: the last figure may turn within five minutes.
    """
    home = load_series_limits().homes.get(claim.methodology_id)
    amount = seen.made if seen.used is None else seen.used
    if home is None or amount is None:
        return None
    most, days = home.most_in_a_day(seen.people, claim.occurred_at.month), Decimal(seen.days or 1)
    rates = [_difference(*step) / max(_days_between(*step), Decimal(1)) for step in _steps(seen)]
    highest = max([amount / days, *rates])
    if highest > most or amount / days < home.least_home_day:
        found = {"a_day": short_text(round(highest if highest > most else amount / days, 2)), "unit": seen.unit}
        return Finding(HOLD, found | {"least": short_text(home.least_home_day), "most": short_text(most)})
    if home.night and any(_at_night(pair, home.night, claim.zone_offset_s) for pair in _steps(seen)):
        return Finding(HOLD, {"night": f"{home.night[0]}-{home.night[1]}", "unit": seen.unit})
    return None


def unfit_for_the_season(claim: Claim, seen: Readings) -> Finding | None:
    """Something was used in months in which nobody of the place is supplied with it."""
    home = load_series_limits().homes.get(claim.methodology_id)
    if home is None or not seen.used:
        return None
    months = next((home.months[place] for place in seen.places if place in home.months), None)
    if months is None:
        return None
    begun = claim.occurred_at - timedelta(days=max(0, (seen.days or 1) - 1))
    if claim.occurred_at.month in months or begun.month in months:
        return None
    return Finding(HOLD, {"month": str(claim.occurred_at.month), "used": short_text(seen.used), "unit": seen.unit})


def copied_from_another(claim: Claim, seen: Readings) -> Finding | None:
    """Another series has the same steps at the same hours."""
    return Finding(HOLD, {"unit": seen.unit}) if seen.is_copied else None


def unlike_what_was_told(claim: Claim, seen: Readings) -> Finding | None:
    """Lately the person told many times as much on their word alone: one of the two is not this home's.

    Of a series only: what fewer readings show counts up to the allowance, whatever was told.
    """
    is_series = len(seen.shown) >= load_series_limits().corrected["least_left"]
    if seen.told_before is None or seen.used is None or not seen.days or not is_series:
        return None
    ratio = load_series_limits().told["most_ratio"]
    if seen.told_before * seen.days < seen.used * ratio:
        return None
    found = {"told_a_day": short_text(round(seen.told_before, 2)), "a_day": short_text(round(seen.used / seen.days, 2))}
    return Finding(HOLD, found | {"unit": seen.unit})


def copy_mark(seen: Sequence[tuple[Decimal, int]]) -> str | None:
    """By what a series (values, and instants in seconds) is known again, whatever its meter is said to have begun with.

    None where its steps have too few digits to be one home's alone.
    """
    limits = load_series_limits().copied
    steps = [EXACT.subtract(later[0], earlier[0]).normalize() for earlier, later in itertools.pairwise(seen)]
    digits = sum(len(step.as_tuple().digits) for step in steps)
    if len(steps) < 2 or digits < limits["least_digits"]:
        return None
    span = limits["minutes"] * 60
    instants = [str(round(at / span)) for _, at in seen]
    return " ".join([*(format(step, "f") for step in steps), *instants])


SERIES_RULES: Mapping[str, tuple[int, Callable[[Claim, Readings], Finding | None]]] = {
    "evidence.series_copied": (1, copied_from_another),
    "evidence.series_smooth": (1, made_with_a_ruler),
    "evidence.home_unfit": (2, unfit_for_the_home),
    "evidence.season_unfit": (1, unfit_for_the_season),
    "evidence.told_unlike": (1, unlike_what_was_told),
}


def _steps(seen: Readings) -> Iterator[tuple[MeterReading, MeterReading]]:
    """Neighbouring readings of one meter, some time apart, that do not fall."""
    for before, after in itertools.pairwise(seen.shown):
        if before.device == after.device and after.at > before.at and _difference(before, after) >= 0:
            yield before, after


def _falls(before: MeterReading, after: MeterReading) -> bool:
    return before.device == after.device and _difference(before, after) < 0


def _difference(before: MeterReading, after: MeterReading) -> Decimal:
    return EXACT.subtract(after.value or Decimal(0), before.value or Decimal(0))


def _days_between(before: MeterReading, after: MeterReading) -> Decimal:
    return EXACT.divide(Decimal(int((after.at - before.at).total_seconds())), _DAY_S)


def _in_last_digits(before: MeterReading, after: MeterReading) -> Decimal:
    """A step in units of the last digit that either reading gives."""
    exponents = [int(one.value.as_tuple().exponent) for one in (before, after) if one.value is not None]
    return _difference(before, after).scaleb(-min([0, *exponents]))


def _at_night(pair: tuple[MeterReading, MeterReading], night: tuple[int, int], offset_s: int) -> bool:
    """Whether a meter rose between two readings of one night."""
    begins, ends = night
    shifted = [one.at + timedelta(seconds=offset_s) - timedelta(hours=begins) for one in pair]
    length = (ends - begins) % 24
    is_one_night = shifted[0].date() == shifted[1].date() and shifted[1].hour < length
    return is_one_night and _difference(*pair) > 0
