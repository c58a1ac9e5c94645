"""Whether an activity is believed: the facts around it gathered, the rule book asked, its decision written.

The rules are the rule book's (`calculators.decide`), and so are their limits. What is asked of the database joins the
one round trip of logging.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from backend.activities.models import HELD
from backend.activities.models import Decision as DecisionRow
from backend.activities.service import evidence
from backend.activities.service.estimates import DAY, Told, amount_of
from backend.activities.service.neighbours import offset_s
from backend.platform.core.context import policy
from backend.platform.data.transactions import enqueue_write
from backend.platform.ops import outbox
from backend.profiles.service import Profile
from calculators import (
    HOLD,
    LONGEST_DURATION_S,
    REFUSE,
    Claim,
    Decision,
    Estimate,
    Methodology,
    Neighbour,
    Readings,
    Shown,
    decide,
    kilometres_of,
    load_library,
    mode_of,
    read_measured,
    recompute,
)

Row = Mapping[str, Any]
COARSEN = "evidence.coarsen"

DECISIONS = DecisionRow.__table__
INSERT_DECISION = DECISIONS.insert()
_LAST = select(func.max(DECISIONS.c.number)).where(
    DECISIONS.c.user_id == bindparam("owner"), DECISIONS.c.activity_id == bindparam("wanted")
)


def read_trace(session: Session, pieces: Sequence[Row]) -> dict[str, Any] | None:
    """What the first track among pieces of evidence shows; None where there is none."""
    track = next((piece for piece in pieces if evidence.is_track(piece)), None)
    return None if track is None else evidence.read_facts(session, track)


def with_trace(told: Told, facts: Mapping[str, Any] | None) -> Told:
    """What was told, with the time it took as the track shows it where the person does not say."""
    if facts is None or told.duration_s is not None:
        return told
    return replace(told, duration_s=max(1, min(LONGEST_DURATION_S, read_measured(facts["measured"]).duration_s)))


def places_of(facts: Mapping[str, Any] | None, lives_in: str, told: str | None) -> tuple[str, ...]:
    """The regions whose lowest baseline counts, where a track has a say in it; empty where it has none.

    A region that was named, or else the profile's, counts alone where the track agrees. Where the track was recorded
    elsewhere, so do all that it may have been recorded in.
    """
    if facts is None:
        return ()
    named = told or lives_in
    if not _is_refuted(named, facts):
        return (named,)
    possible = (place for place in sorted(evidence.BOUNDED) if place not in facts["refutes"])
    return tuple(dict.fromkeys((lives_in, named, *possible)))


def weigh(
    rule: Methodology,
    told: Told,
    found: Estimate,
    profile: Profile,
    now: datetime,
    pieces: Sequence[Row],
    facts: Mapping[str, Any] | None,
    readings: Readings | None,
    neighbours: Sequence[Neighbour],
) -> tuple[Estimate, Decision]:
    """The decision on an activity, and its estimate: worth nothing where a rule refuses it."""
    trace = shown_by(facts, (told.region,) if told.region else ())
    seen = {"pieces": pieces, "trace": trace, "readings": readings, "neighbours": neighbours}
    decision = believe(rule, told, found, profile.zone, now, **seen)
    return (refuse(found, decision, rule) if decision.outcome == REFUSE else found), decision


def shown_by(facts: Mapping[str, Any] | None, regions: Sequence[str]) -> Shown | None:
    """A track's facts in the rule book's form, about the regions in question."""
    if facts is None:
        return None
    refuted = tuple(region for region in regions if _is_refuted(region, facts))
    return Shown(read_measured(facts["measured"]), facts.get("repeats"), refuted)


def believe(
    rule: Methodology,
    told: Told,
    found: Estimate,
    zone: str,
    now: datetime,
    *,
    pieces: Sequence[Row] = (),
    trace: Shown | None = None,
    readings: Readings | None = None,
    neighbours: Sequence[Neighbour] = (),
) -> Decision:
    """The rule book's decision on an activity; `found` is its estimate, `neighbours` what was near it."""
    inputs = recorded_inputs(found)
    return decide(
        Claim(
            methodology_id=rule.id,
            occurred_at=told.occurred_at,
            told_at=now,
            oldest=timedelta(days=policy().activities.oldest_days),
            zone_offset_s=offset_s(told.occurred_at, zone),
            amount=amount_of(found),
            day_cap=next((cap for name, cap in rule.caps.items() if name.startswith(DAY)), None),
            mode=mode_of(rule.id, inputs.get("mode")),
            distance_km=kilometres_of(inputs) if rule.category == "transport" else None,
            duration_s=told.duration_s,
            regions=(told.region,) if told.region else (),
            tier=found.working.context.evidence,
            unattested=tuple(evidence.unattested(pieces)),
            trace=trace,
            readings=readings,
            neighbours=neighbours,
        )
    )


def recorded_inputs(found: Estimate) -> dict[str, Any]:
    """The inputs of an estimate as they were entered."""
    return {name: given["entered"] for name, given in found.working.data.entered.items()}


def refuse(found: Estimate, decision: Decision, rule: Methodology) -> Estimate:
    """The same estimate, worth nothing by the rule that refuses it."""
    record = orjson.loads(orjson.dumps(found.record()))
    return recompute(record | {"context": record["context"] | {"refused": decision.rule}}, rule.text)


def status_of(found: Estimate, decision: Decision) -> tuple[str, str | None]:
    """The status of an activity and its reason; what earns nothing anyway needs nobody to look at it."""
    if decision.outcome == HOLD and amount_of(found):
        return HELD, decision.rule
    if decision.outcome == REFUSE and found.working.context.refused:
        return found.status, decision.rule
    return found.status, found.reason


def write_decision(session: Session, activity: Row, decision: Decision, now: datetime, number: int = 1) -> None:
    """Keep the decision with the activity, queued."""
    enqueue_write(
        session,
        INSERT_DECISION,
        {
            "user_id": activity["user_id"],
            "activity_id": activity["id"],
            "number": number,
            "outcome": decision.outcome,
            "rule": decision.rule,
            "rule_version": decision.version,
            "found": {"rules": list(decision.found), "params": dict(decision.params)},
            "decided_by": None,
            "sealed_reason": None,
            "decided_at": now,
        },
    )


def next_number(session: Session, user_id: str, activity_id: str) -> int:
    """The number of the next decision on an activity."""
    return int(session.scalar(_LAST, {"owner": user_id, "wanted": activity_id}) or 0) + 1


def coarsen_later(session: Session, user_id: str, pieces: Sequence[Row], now: datetime) -> None:
    """Have the positions of the tracks among `pieces` taken away once nobody needs them to decide, queued."""
    due_at = now + timedelta(days=policy().activities.coarsen_after_days)
    for piece in pieces:
        if evidence.is_track(piece):
            outbox.enqueue(session, user_id, COARSEN, {"evidence_id": piece["id"]}, due_at)


def _is_refuted(region: str, facts: Mapping[str, Any]) -> bool:
    """Whether the track was not recorded in a region, or in the nearest around it whose bounds are known."""
    around = load_library().tables.regions.chains.get(region, ())
    return next((place for place in around if place in evidence.BOUNDED), None) in facts["refutes"]
