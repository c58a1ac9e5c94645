"""What a rule of plausibility may look at: the claim, its trace in figures, and what else the person did around it.

Promise: plain facts without positions or names; whoever asks for a decision fills them in. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from calculators.papers.agreement import Examined
from calculators.traces.measures import Measured

ACCEPT, HOLD, REFUSE = "accept", "hold", "refuse"
A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Another activity of the same person that still counts, at most a day away.

    `zone_offset_s` is the offset from UTC in the zone under which it was logged; `amount` what it was credited with, or
    would be where it is held; `least_s` what a trip takes at least where no duration is told.
    """

    methodology_id: str
    occurred_at: datetime
    zone_offset_s: int
    amount: int
    mode: str | None = None
    distance_km: Decimal | None = None
    duration_s: int | None = None
    least_s: int | None = None
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person's trace shows beyond its figures: whose track it repeats, and what places it refutes."""

    measured: Measured
    repeats: str | None = None  # "own" or "another's"
    refutes: tuple[str, ...] = ()  # those of the regions in question in which it was not recorded
    alike: str | None = None  # like `repeats`, where only its fine movements are those of an earlier track
    alike_percent: int = 0  # how much of it


@dataclass(frozen=True, slots=True)
class MeterReading:
    """What one picture of a meter or odometer is said to show; no value where it is in a unit of something else.

    `device` tells readings of one meter from those of another.
    """

    value: Decimal | None
    at: datetime
    device: str = ""


@dataclass(frozen=True, slots=True)
class Readings:
    """The readings of one device, or of meters in a row, the earliest first, and what the activity says, in `unit`.

    `used` earns the more the less it is, `made` the more it is; `told` are readings that the activity names itself.
    `is_carried`: the first of them supported an earlier activity, so it may lie before this one's `days`. `people` live
    in the home, in the first of `places` and those around it; `is_copied`: another series has the same steps;
    `told_before` is the most they told lately on their word alone, a day.
    """

    shown: tuple[MeterReading, ...]
    unit: str
    used: Decimal | None = None
    made: Decimal | None = None
    days: int | None = None
    told: tuple[Decimal, ...] = ()
    is_carried: bool = False
    people: int = 1
    places: tuple[str, ...] = ()
    is_copied: bool = False
    told_before: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One activity as it was told, and what is known around it.

    `amount` is what it would be credited with, `day_cap` the methodology's cap per day in the same unit, `regions` the
    places that were named, `alike_picture` whose earlier picture one of those handed in was made from.
    """

    methodology_id: str
    occurred_at: datetime
    told_at: datetime
    oldest: timedelta
    zone_offset_s: int = 0
    amount: int = 0
    day_cap: int | None = None
    mode: str | None = None
    distance_km: Decimal | None = None
    duration_s: int | None = None
    regions: tuple[str, ...] = ()
    tier: str = "self_declared"
    trace: Shown | None = None
    readings: Readings | None = None
    papers: tuple[Examined, ...] = ()
    alike_picture: str | None = None
    neighbours: Sequence[Neighbour] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule holds against a claim, with the numbers that show it."""

    outcome: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Objection:
    """A finding with the rule it comes from, and the version of the rule."""

    rule: str
    version: int
    finding: Finding


@dataclass(frozen=True, slots=True)
class Decision:
    """Accept, hold or refuse credit, by the rule that weighed most; `found` names every rule that found something."""

    outcome: str
    rule: str
    version: int
    params: Mapping[str, str] = field(default_factory=dict)
    found: tuple[str, ...] = ()
