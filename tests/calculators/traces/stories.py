"""What a story of the corpus is: who told what, when, with which trace, and which parts of it are faked."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from calculators.traces import Fix, Trace, measure
from tests.calculators.traces import recorder
from tests.calculators.traces.recorder import BEIJING, MORNING, Pace, ride

NOON = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)  # in Beijing, where most of these people live
DAY, HOUR, MINUTE = timedelta(days=1), timedelta(hours=1), timedelta(minutes=1)
PARIS = (48.85, 2.35)


@dataclass(frozen=True)
class Told:
    """One activity as somebody tells it. `km` is what they claim; `faked` parts must earn nothing to spend."""

    mode: str
    km: float
    at: datetime = MORNING
    trace: Trace | None = None
    duration_s: int | None = None
    region: str | None = None
    zone: str = "Asia/Shanghai"
    told_at: datetime = NOON
    who: str = "somebody"
    faked: bool = False

    @property
    def distance(self) -> str:
        return f"{self.km:.3f}"


@dataclass(frozen=True)
class Story:
    """What is told, one after the other, by people who live in `home`."""

    name: str
    told: tuple[Told, ...]
    home: str = "CN-BJ"


def walked(mode: str, trace: Trace, km: float | None = None, **given: object) -> Told:
    """An activity with its trace, claimed for `km` or for what the trace shows."""
    shown = recorder_km(trace)
    made = Told(mode, shown if km is None else km, trace.started_at, trace)
    late = max(NOON, trace.ended_at + MINUTE)
    return replace(made, **{"told_at": late} | given)  # type: ignore[arg-type]  # passed on as given


def recorder_km(trace: Trace) -> float:
    """What a phone's app would show for it."""
    return measure(trace).distance_m / 1000


def honest(name: str, mode: str, pace: Pace, metres: float, seed: int, **receiver: object) -> Story:
    """Somebody who did what they say, recorded as well as it went."""
    made = ride(pace, metres, seed, **receiver)
    return Story(name, (walked(mode, made, metres / 1000),))


def french(name: str, mode: str, pace: Pace, metres: float, seed: int, **receiver: object) -> Story:
    """The same in Paris, where figures for trams, trains, coaches and e-bikes are published."""
    made = ride(pace, metres, seed, origin=PARIS, **receiver)
    return Story(name, (walked(mode, made, metres / 1000, zone="Europe/Paris"),), home="FR")


def drawn(kmh: float, metres: float, *, bend: float = 0.0, every_s: int = 1, decimals: int = 7, scatter_m: float = 0.0,
          seed: int = 0, at: datetime = MORNING, origin: tuple[float, float] = BEIJING) -> Trace:  # fmt: skip
    """A track that nobody recorded: drawn at one speed along a line, with fresh noise at every fix if asked for."""
    rng = random.Random(f"drawn {seed}")
    fixes: list[Fix] = []
    east = north = heading = 0.0
    for second in range(0, int(metres / kmh * 3.6) + 1, every_s):
        noise = rng.gauss(0, scatter_m) if scatter_m else 0.0, rng.gauss(0, scatter_m) if scatter_m else 0.0
        fixes.append(recorder.fix(east + noise[0], north + noise[1], at + timedelta(seconds=second), origin, decimals))
        east += math.cos(heading) * kmh / 3.6 * every_s
        north += math.sin(heading) * kmh / 3.6 * every_s
        heading += bend * every_s / 1000
    return Trace(tuple(fixes))
