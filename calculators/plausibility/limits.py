"""The limits behind the rules of plausibility, as the library ships them.

Promise: data that people argue about, read once and checked; a file that does not hold together is refused whole.
Touches the one file `library/plausibility.toml`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from functools import cache
from pathlib import Path
from typing import Any

from calculators.errors import TableRefused
from calculators.traces.measures import BIN_KMH

FILE = Path(__file__).parents[1] / "library" / "plausibility.toml"


@dataclass(frozen=True, slots=True)
class ModeLimits:
    """How fast a way of travelling can be, in km/h, and how far a body carries one in a day, in km.

    `shown_mean_kmh` is the mean that a trace may show, where it is above `mean_kmh`; `underground_kmh` the pace of a
    vehicle where no satellite is seen.
    """

    mean_kmh: int
    sustained_kmh: int
    leg_kmh: int
    day_km: int | None = None
    shown_mean_kmh: int | None = None
    underground_kmh: int | None = None

    def mean_limit_kmh(self, *, is_shown: bool) -> int:
        """The limit of the whole way: as a trace shows it, or as it is only told."""
        return self.shown_mean_kmh if is_shown and self.shown_mean_kmh else self.mean_kmh


@dataclass(frozen=True, slots=True)
class Metered:
    """Which inputs of a methodology a meter or an odometer shows, and in what unit.

    What was `used` earns the more the less it is, what was `made` (driven, generated) the more it is; `told` are inputs
    that are readings themselves, `days` the input that holds the days between two.
    """

    unit: str
    used: str | None = None
    made: str | None = None
    days: str | None = None
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Need:
    """Evidence of which `one_of` must be handed in before anything of these `rules` counts."""

    one_of: tuple[str, ...]
    rules: frozenset[str]


@dataclass(frozen=True, slots=True)
class DailyCount:
    """How often at most a household does in a day what `input` counts: `household` times, and `person` for each."""

    input: str
    household: int
    person: int

    def limit(self, people: Decimal) -> int:
        """For a household of so many people, a part of one counted as one."""
        return self.household + self.person * int(people.to_integral_value(ROUND_CEILING))


@dataclass(frozen=True, slots=True)
class Box:
    """Outer bounds in degrees; west is below east."""

    south: Decimal
    west: Decimal
    north: Decimal
    east: Decimal

    def holds(self, latitude: float, longitude: float) -> bool:
        """Whether a position lies inside."""
        return float(self.south) <= latitude <= float(self.north) and float(self.west) <= longitude <= float(self.east)


@dataclass(frozen=True, slots=True)
class Limits:
    """Every limit by the name it has in the file; `version` names the set as a whole."""

    version: int
    trace: Mapping[str, Any]
    speed: Mapping[str, Any]
    distance: Mapping[str, Any]
    trip: Mapping[str, int]
    reading: Mapping[str, Any]
    metered: Mapping[str, Metered]
    modes: Mapping[str, ModeLimits]
    mode_of: Mapping[str, str]
    boxes: Mapping[str, Box]
    needs: Mapping[str, Need]
    counts: Mapping[str, DailyCount]


@cache
def load_limits(path: Path = FILE) -> Limits:
    """The limits in `path`. Raises TableRefused, naming what is missing or cannot be."""
    document = tomllib.loads(path.read_text(encoding="utf-8"))
    try:
        limits = Limits(
            version=document["version"],
            trace=_decimals(document["trace"]),
            speed=_decimals(document["speed"]),
            distance=_decimals(document["distance"]),
            trip=document["trip"],
            reading=document["reading"] | {"least": _decimals(document["reading"]["least"])},
            metered={
                name: Metered(**given | {"told": tuple(given.get("told", ()))})
                for name, given in document["metered"].items()
            },
            modes={name: ModeLimits(**given) for name, given in document["modes"].items()},
            mode_of=document["mode_of"],
            needs={
                name: Need(tuple(need["one_of"]), frozenset(need["rules"])) for name, need in document["needs"].items()
            },
            counts={rule: DailyCount(**given) for rule, given in document["counts"].items()},
            boxes={code: Box(*map(Decimal, bounds)) for code, bounds in document["boxes"].items()},
        )
    except (KeyError, TypeError, ArithmeticError) as error:
        raise TableRefused(f"{path.name}: {error}") from error
    _check(limits, path.name)
    return limits


def _decimals(section: Mapping[str, Any]) -> dict[str, Any]:
    return {name: Decimal(value) if isinstance(value, str) else value for name, value in section.items()}


def _check(limits: Limits, name: str) -> None:
    for mode, given in limits.modes.items():
        if not given.mean_limit_kmh(is_shown=True) <= given.sustained_kmh <= given.leg_kmh:
            raise TableRefused(f"{name}: modes.{mode}: mean, sustained and leg speeds must not fall")
        if given.sustained_kmh % BIN_KMH or given.leg_kmh % BIN_KMH:
            raise TableRefused(f"{name}: modes.{mode}: speeds of legs are counted in steps of {BIN_KMH} km/h")
    for methodology, mode in limits.mode_of.items():
        if mode not in limits.modes:
            raise TableRefused(f"{name}: mode_of.{methodology}: there is no mode {mode}")
    for methodology, metered in limits.metered.items():
        if metered.unit not in limits.reading["least"]:
            raise TableRefused(f"{name}: metered.{methodology}: no least difference for {metered.unit}")
    for code, box in limits.boxes.items():
        if not (box.south < box.north and box.west < box.east):
            raise TableRefused(f"{name}: boxes.{code}: south, west, north, east")
