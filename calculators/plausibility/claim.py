"""What a rule of plausibility may look at: the claim, its trace in figures, and what else the person did around it.

Promise: plain facts without positions or names; whoever asks for a decision fills them in. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal

from calculators.traces.measuring import Measured

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

    @property
    def ends_at(self) -> datetime | None:
        return None if self.duration_s is None else self.occurred_at + timedelta(seconds=self.duration_s)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a person's trace shows beyond its figures: whose track it repeats, and what places it refutes."""

    measured: Measured
    repeats: str | None = None  # "own" or "another's"
    refutes: tuple[str, ...] = ()  # those of the regions in question in which it was not recorded


@dataclass(frozen=True, slots=True)
class Claim:
    """One activity as it was told, and what is known around it.

    `amount` is what it would be credited with, `day_cap` the methodology's cap per day in the same unit, `regions` the
    places that were named; `unattested` the tiers of evidence that only the person vouches for.
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
    unattested: tuple[str, ...] = ()
    trace: Shown | None = None
    odometer_km: tuple[Decimal, ...] = ()  # what the pictures of one odometer are said to show, the earliest first
    odometer_told_km: tuple[Decimal, ...] = ()  # the same readings as the activity itself names them
    neighbours: Sequence[Neighbour] = ()

    @property
    def lasted_s(self) -> int | None:
        """How long it took: as the trace shows, else as told."""
        return self.trace.measured.duration_s if self.trace else self.duration_s


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule holds against a claim, with the numbers that show it."""

    outcome: str
    params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Decision:
    """Accept, hold or refuse credit, by the rule that weighed most; `found` names every rule that found something."""

    outcome: str
    rule: str
    version: int
    params: Mapping[str, str] = field(default_factory=dict)
    found: tuple[str, ...] = ()
