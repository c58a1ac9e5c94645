"""Whether an activity is believed: the facts around it gathered, the rule book asked, its decision written down.

The rules are the rule book's (`calculators.decide`), and so are their limits. What is asked of the database joins the
one round trip of logging.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import orjson

from backend.activities.domain import ActivityStatus, LogActivity
from backend.activities.service.estimates import DAY, amount_of
from backend.activities.service.evidence import EvidenceSummary, MeterShown, TrackShown
from backend.activities.service.flow_rivals import WANT_ROOM
from backend.activities.service.neighbours import offset_s
from calculators import (
    CREDITING_PAUSED,
    HOLD,
    LONGEST_DURATION_S,
    REFUSE,
    Claim,
    Decision,
    Estimate,
    MeterReading,
    Methodology,
    Neighbour,
    Quantity,
    Readings,
    Shown,
    bounded,
    decide,
    in_unit,
    kilometres_of,
    load_library,
    metered_by,
    mode_of,
    recompute,
)

BOUNDED = frozenset(bounded())  # the regions whose bounds a track can refute


@dataclass(frozen=True)
class Circumstances:
    """An activity as it is screened, by a clock of `zone` at `now`, with what supports it and what was near it."""

    rule: Methodology
    command: LogActivity
    zone: str
    now: datetime
    support: EvidenceSummary
    neighbours: Sequence[Neighbour]
    oldest: timedelta  # of what may be logged
    told_before: Decimal | None = None  # a day of the same use, at most, on the person's word alone


@dataclass(frozen=True)
class Screened:
    """The estimate of a new activity as it counts, the decision on it, and its status and reason by both."""

    estimate: Estimate
    decision: Decision
    status: ActivityStatus
    reason: str | None


def with_track(command: LogActivity, track: TrackShown) -> LogActivity:
    """A report with the time it took as the track shows it, where the person does not say."""
    if command.duration_s is not None:
        return command
    return replace(command, duration_s=max(1, min(LONGEST_DURATION_S, track.measured.duration_s)))


def places_of(track: TrackShown, lives_in: str, named_region: str | None) -> tuple[str, ...]:
    """The regions whose lowest baseline counts, where a track has a say in it.

    A region that was named, or else the profile's, counts alone where the track agrees. Where the track was recorded
    elsewhere, so do all that it may have been recorded in.
    """
    region = named_region or lives_in
    if not _is_refuted(region, track):
        return (region,)
    possible = (place for place in sorted(BOUNDED) if place not in track.refutes)
    return tuple(dict.fromkeys((lives_in, region, *possible)))


def screen(around: Circumstances, estimate: Estimate) -> Screened:
    """The decision on a new activity, and its estimate: worth nothing where a rule refuses it."""
    decision = believe(around, estimate)
    if decision.outcome == REFUSE:
        estimate = refuse(estimate, decision.rule, around.rule)
    return with_status(estimate, decision)


def believe(around: Circumstances, estimate: Estimate) -> Decision:
    """The rule book's decision on an activity, of which this is the estimate."""
    rule, command = around.rule, around.command
    inputs = recorded_inputs(estimate)
    regions = (command.region,) if command.region else ()
    return decide(
        Claim(
            methodology_id=rule.id,
            occurred_at=command.occurred_at,
            told_at=around.now,
            oldest=around.oldest,
            zone_offset_s=offset_s(command.occurred_at, around.zone),
            amount=amount_of(estimate),
            day_cap=next((cap for name, cap in rule.caps.items() if name.startswith(DAY)), None),
            mode=mode_of(rule.id, inputs.get("mode")),
            distance_km=kilometres_of(inputs) if rule.category == "transport" else None,
            duration_s=command.duration_s,
            regions=regions,
            tier=estimate.working.context.evidence,
            trace=_shown_by(around.support.track, regions) if around.support.track else None,
            readings=_readings_told_before(around, estimate),
            papers=around.support.examined,
            alike_picture=around.support.alike,
            neighbours=around.neighbours,
        )
    )


def _readings_told_before(around: Circumstances, estimate: Estimate) -> Readings | None:
    seen = readings_of(around.rule, estimate, around.support) if around.support.readings else None
    return None if seen is None else replace(seen, told_before=around.told_before)


def readings_of(rule: Methodology, estimate: Estimate, support: EvidenceSummary) -> Readings | None:
    """What a meter or an odometer shows of an activity, of which this is the estimate; None without readings."""
    metered = metered_by(rule.id)
    if metered is None or not support.readings:
        return None
    values, known = estimate.working.data.values, estimate.working.context

    def amount(name: str | None) -> Decimal | None:
        value = values.get(name) if name else None
        return value if isinstance(value, Decimal) else None

    days = amount(metered.days)
    spec = rule.quantities.get(metered.used or metered.made or "")
    return Readings(
        shown=tuple(_read(one, metered.unit, spec) for one in support.readings),
        unit=metered.unit,
        used=amount(metered.used),
        made=amount(metered.made),
        days=None if days is None else int(days),
        told=tuple(value for value in map(amount, metered.told) if value is not None),
        is_carried=support.is_carried,
        people=int(known.household_size or 1),
        places=tuple(load_library().tables.regions.chains.get(known.region, ())),
        is_copied=support.is_copied,
    )


def recorded_inputs(estimate: Estimate) -> dict[str, Any]:
    """The inputs of an estimate as they were entered."""
    return {name: value["entered"] for name, value in estimate.working.data.entered.items()}


def refuse(estimate: Estimate, because: str, rule: Methodology) -> Estimate:
    """The same estimate, worth nothing by the rule that refuses it."""
    record = orjson.loads(orjson.dumps(estimate.record()))
    return recompute(record | {"context": record["context"] | {"refused": because}}, rule.text)


def with_credit_paused(screened: Screened, rule: Methodology) -> Screened:
    """What is stored while crediting is paused: worth nothing for now, unless it never could be worth anything."""
    if screened.estimate.reason not in WANT_ROOM:
        return screened
    paused = refuse(screened.estimate, CREDITING_PAUSED, rule)
    return Screened(paused, screened.decision, ActivityStatus.UNCREDITED, CREDITING_PAUSED)


def with_status(estimate: Estimate, decision: Decision) -> Screened:
    """An estimate with the status of its activity; what earns nothing anyway needs nobody to look at it."""
    if decision.outcome == HOLD and amount_of(estimate):
        return Screened(estimate, decision, ActivityStatus.HELD, decision.rule)
    is_refused = decision.outcome == REFUSE and estimate.working.context.refused
    reason = decision.rule if is_refused else estimate.reason
    return Screened(estimate, decision, ActivityStatus(estimate.status), reason)


def with_estimate(screened: Screened, estimate: Estimate) -> Screened:
    """The same decision on an estimate of which less is left; what is held stays so until somebody decides."""
    if estimate is screened.estimate or screened.status != ActivityStatus.CREDITED:
        return replace(screened, estimate=estimate)
    return Screened(estimate, screened.decision, ActivityStatus(estimate.status), estimate.reason)


def _shown_by(track: TrackShown, regions: Sequence[str]) -> Shown:
    """What a track shows in the rule book's form, about the regions in question."""
    refuted = tuple(region for region in regions if _is_refuted(region, track))
    return Shown(track.measured, track.repeats, refuted, track.alike, track.alike_percent)


def _is_refuted(region: str, track: TrackShown) -> bool:
    """Whether the track was not recorded in a region, or in the nearest around it whose bounds are known."""
    around = load_library().tables.regions.chains.get(region, ())
    return next((place for place in around if place in BOUNDED), None) in track.refutes


def _read(reading: MeterShown, unit: str, spec: Quantity | None) -> MeterReading:
    said = spec.unit_of(reading.unit) if spec else reading.unit
    return MeterReading(in_unit(Decimal(reading.value), said, unit), reading.read_at, reading.device)
