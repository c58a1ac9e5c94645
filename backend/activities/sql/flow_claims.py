"""The statements of flow claims: which activity is paid for an instance of a flow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import bindparam, exists, select

from backend.activities.domain import FlowClaim, LiveReduction
from backend.activities.models import FlowClaim as FlowClaimRow
from backend.activities.sql.activities import LIVE, REDUCTIONS, read_live
from backend.platform.data.batch import Question, read_as, read_column
from backend.platform.data.transactions import Write

FLOWS = FlowClaimRow.__table__

# The guard of last resort is the key: behind the lock on the book nobody inserts what somebody else holds.
INSERT_CLAIM = FLOWS.insert()
_DELETE = FLOWS.delete().where(FLOWS.c.user_id == bindparam("owner"), FLOWS.c.activity_id == bindparam("of_activity"))
# No rank is below the empty one: nobody displaces what somebody was paid who is not there to be told.
KEEP_PAID = FLOWS.update().where(FLOWS.c.user_id == bindparam("owner")).values(rank="")
HELD_BETWEEN = select(FLOWS).where(
    FLOWS.c.owner_id == bindparam("owner"),
    FLOWS.c.claimed_on.between(bindparam("first_held"), bindparam("last_held")),
)

# Credited before there were claims: paid, or netted to nothing, and no instance of a flow is held for it.
_HOLDS_NONE = (
    REDUCTIONS.c.superseded_at.is_(None),
    REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points + REDUCTIONS.c.netted > 0,
    ~exists().where(FLOWS.c.user_id == REDUCTIONS.c.user_id, FLOWS.c.activity_id == REDUCTIONS.c.activity_id),
)
_PEOPLE_WITHOUT = (
    select(REDUCTIONS.c.user_id)
    .where(*_HOLDS_NONE, REDUCTIONS.c.user_id > bindparam("behind"))
    .distinct()
    .order_by(REDUCTIONS.c.user_id)
    .limit(bindparam("most"))
)
_WITHOUT = LIVE.where(*_HOLDS_NONE)

read_claim: Callable[[Mapping[str, Any]], FlowClaim] = read_as(FlowClaim)


def held_question(owner_id: str, first: date, last: date) -> Question[FlowClaim]:
    """Everything that is claimed of somebody's flows on some days."""
    return Question(HELD_BETWEEN, {"owner": owner_id, "first_held": first, "last_held": last}, read_claim)


def people_without_claims(after: str, limit: int) -> Question[str]:
    """Up to so many people behind an id who are credited with something that claims no flow."""
    parameters = {"behind": after, "most": limit}
    return Question(_PEOPLE_WITHOUT, parameters, read_column("user_id"))


def without_claims(user_id: str) -> Question[LiveReduction]:
    """What a person is credited with and claims no flow, in the order in which it happened."""
    return Question(_WITHOUT, {"owner": user_id}, read_live)


def insert_claims(claims: Sequence[FlowClaim]) -> list[Write]:
    """Let an activity be paid for these instances."""
    return [Write(INSERT_CLAIM, vars(claim)) for claim in claims]


def delete_claims(user_id: str, activity_id: str) -> Write:
    """Free everything that an activity was paid for."""
    return Write(_DELETE, {"owner": user_id, "of_activity": activity_id})
