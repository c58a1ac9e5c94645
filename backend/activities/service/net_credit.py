"""Writing what a year or a week takes of a credit, by entries: a new revision with that amount as a recorded input."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from backend.activities.domain import NETTED, LiveReduction
from backend.activities.service import allowance
from backend.activities.service.estimates import amount_of, cap_room
from backend.activities.service.flow_rivals import Contest, contender_of, contest, counted_by
from backend.activities.service.reallocation import (
    FREE,
    allowance_beside,
    displace,
    reallocate_displaced,
    replace_live,
    room_beside,
    rule_of,
)
from backend.activities.sql.activities import live_question
from backend.platform.data.batch import fetch_one
from calculators import Estimate, Methodology, recompute

# What finds its days counted otherwise when something is given back may move others once more; it never takes long.
MOST_ROUNDS = 12


def write_netted(session: Session, activity: tuple[str, str], taken: int, now: datetime) -> None:
    """Let `taken` of the credit of an activity (owner and id) be netted, its points the difference."""
    live: LiveReduction = fetch_one(session, live_question(*activity))
    rule, found = rule_of(session, live), Contest()

    def judged(context: Mapping[str, Any]) -> Estimate:
        record = live.working
        room = _room_for(session, rule, live, record["context"], taken) if taken < live.netted else {}
        return recompute(with_context(record, {"netted": taken, **room, **context}), rule.text)

    estimate = judged(FREE)
    if amount_of(estimate) and not live.amount:
        found = contest(session, contender_of(live, rule, estimate))
        if found.stronger:
            counted = counted_by(session, found.stronger)
            estimate = judged({"counted_already": counted.record()})
    displaced = () if found.stronger else displace(session, found, now)
    replace_live(session, live, judged(FREE) if displaced else estimate, (NETTED, now), found.claims)
    reallocate_displaced(session, displaced, now)


def with_context(record: dict[str, Any], context: dict[str, Any]) -> dict[str, Any]:
    """A recorded working in which `context` says some things otherwise."""
    return record | {"context": record["context"] | context}


def _room_for(
    session: Session, rule: Methodology, live: LiveReduction, recorded: Mapping[str, Any], taken: int
) -> dict[str, Any]:
    """Caps and allowance of a credit that is given back, with what others have left of them since.

    What is still taken uses none of it, so what is left is for what comes after that; and nothing is given back that
    was not granted before.
    """
    on = live.occurred_on
    bounded = allowance_beside(session, live, allowance.ask_use(session, live.user_id, on, on)).get("allowance")
    beside = room_beside(session, rule, live, live)
    caps = cap_room(rule, beside.used, on, beside.used_today)
    room: dict[str, Any] = {"cap_room": _left(recorded["cap_room"], caps, taken)}
    if bounded:
        room["allowance"] = bounded | {"room": _left(recorded["allowance"]["room"], bounded["room"], taken)}
    return room


def _left(recorded: Mapping[str, int], left: Mapping[str, int], taken: int) -> dict[str, int]:
    return {name: min(recorded.get(name, room + taken), room + taken) for name, room in left.items()}
