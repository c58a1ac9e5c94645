"""Things that people share: a meter, a car, a roof counts once a day, for whoever claims it first (ADR 0092).

The claim of a thing on a day is one row for everybody, taken by a conditional insert that tells who holds it. It is a
person's: their own activities may rest on it together, and it lasts while one of them does that might count.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, bindparam, exists, select, text
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.models import ClaimedThing, Reduction, ThingClaim
from backend.activities.service import exclusions
from backend.methodology import service as methodology
from backend.platform.data.transactions import enqueue_write, fetch_many
from backend.platform.data.upsert import upsert
from backend.profiles import service as profiles
from calculators import ClaimedElsewhere, Estimate, Methodology

Things = Mapping[tuple[str, date], str]  # the keyed hash of each thing on each day

# Reasons that may pass: room under a cap comes back, and so does a day. What could never count holds nothing.
MAY_PASS = ("cap_reached", "counted_already")

_CLAIMS = ThingClaim.__table__
_RESTING = ClaimedThing.__table__
_OTHERS = _RESTING.alias("others")
# The guard: whoever comes second waits for the first, and is told the holder; the row itself is not changed.
_TAKE = upsert(_CLAIMS, key=["thing_hash", "claimed_on"], changes={"user_id": _CLAIMS.c.user_id}).returning(
    _CLAIMS.c.user_id
)
_REST = _RESTING.insert()


def _is_same(row: Any) -> Any:
    return and_(row.c.thing_hash == _CLAIMS.c.thing_hash, row.c.claimed_on == _CLAIMS.c.claimed_on)


_MINE = _CLAIMS.c.user_id == bindparam("owner")
_OF_ACTIVITY = exists().where(
    _RESTING.c.user_id == bindparam("owner"), _RESTING.c.activity_id == bindparam("of_activity"), _is_same(_RESTING)
)
_OF_ANOTHER = exists().where(
    _OTHERS.c.user_id == bindparam("owner"), _OTHERS.c.activity_id != bindparam("of_activity"), _is_same(_OTHERS)
)
_GIVE_BACK = _CLAIMS.delete().where(_MINE, _OF_ACTIVITY, ~_OF_ANOTHER)
_REST_NO_MORE = _RESTING.delete().where(
    _RESTING.c.user_id == bindparam("owner"), _RESTING.c.activity_id == bindparam("of_activity")
)
_GIVE_BACK_UNUSED = _CLAIMS.delete().where(
    _MINE,
    _CLAIMS.c.thing_hash == bindparam("thing"),
    _CLAIMS.c.claimed_on == bindparam("day"),
    ~exists().where(_OTHERS.c.user_id == bindparam("owner"), _is_same(_OTHERS)),
)
_PASS_ON = _CLAIMS.update().where(_MINE, _OF_ACTIVITY).values(user_id=bindparam("account"))
_PASS_RESTING_ON = _RESTING.insert().from_select(
    [column.name for column in _RESTING.columns],
    select(
        bindparam("account", type_=_RESTING.c.user_id.type), *(c for c in _RESTING.columns if c.name != "user_id")
    ).where(_RESTING.c.user_id == bindparam("owner"), _RESTING.c.activity_id == bindparam("of_activity")),
)
_FORGET = (
    _CLAIMS.update().where(_MINE).values(user_id=None),
    _RESTING.delete().where(_RESTING.c.user_id == bindparam("owner")),
)

RULES = {
    "what an activity rests on is claimed by its own person": """
        SELECT c.user_id, c.activity_id, c.claimed_on FROM claimed_things c
        LEFT JOIN thing_claims t ON t.thing_hash = c.thing_hash AND t.claimed_on = c.claimed_on
        WHERE t.user_id IS NULL OR t.user_id <> c.user_id""",
    "nothing is claimed that no activity rests on": """
        SELECT t.user_id, t.claimed_on FROM thing_claims t
        LEFT JOIN claimed_things c ON c.user_id = t.user_id AND c.thing_hash = t.thing_hash
            AND c.claimed_on = t.claimed_on
        WHERE t.user_id IS NOT NULL AND c.user_id IS NULL""",
    "what was taken back claims nothing": """
        SELECT c.user_id, c.activity_id FROM claimed_things c
        JOIN activities a ON a.user_id = c.user_id AND a.id = c.activity_id WHERE a.status = 'withdrawn'""",
}
_CREDITED = text(
    """SELECT r.user_id, r.activity_id, r.version_id, r.content_sha256, r.occurred_on, r.working,
        (SELECT COUNT(*) FROM claimed_things c WHERE c.user_id = r.user_id AND c.activity_id = r.activity_id) AS claimed
    FROM reductions r WHERE r.superseded_at IS NULL AND r.credited_g + r.behaviour_points > 0"""
).columns(occurred_on=Date)


def might_count(rule: Methodology, found: Estimate) -> bool:
    """Whether an activity needs a claim: it is credited, or would be if others of the same person made room."""
    return bool(rule.claims) and (found.reason is None or found.reason in MAY_PASS)


def take(
    session: Session, user_id: str, rule: Methodology, days: Sequence[date]
) -> tuple[Things, ClaimedElsewhere | None]:
    """Claim everything `rule` measures on `days` for somebody; or nothing, and what somebody else has claimed.

    In two round trips: which things they are, and whose. Follow it with `rest_on`, in the same transaction.
    """
    things = profiles.identify_assets(session, user_id, rule.claims, days)
    # in one order for everybody, so that two who want the same days wait for each other only one way
    wanted = sorted(things, key=lambda key: (things[key], key[1]))
    holders = _take_all(session, user_id, [(things[key], key[1]) for key in wanted])
    elsewhere = [key for key, holder in zip(wanted, holders, strict=True) if holder != user_id]
    if not elsewhere:
        return things, None
    for key in wanted:
        enqueue_write(session, _GIVE_BACK_UNUSED, {"owner": user_id, "thing": things[key], "day": key[1]})
    kind, day = min(elsewhere, key=lambda key: (key[1], key[0]))
    return {}, ClaimedElsewhere(kind, day)


def rest_on(session: Session, user_id: str, activity_id: str, things: Things) -> None:
    """Let an activity rest on what was taken for it, queued behind the activity itself."""
    for (_, day), thing_hash in things.items():
        row = {"user_id": user_id, "activity_id": activity_id, "thing_hash": thing_hash, "claimed_on": day}
        enqueue_write(session, _REST, row)


def give_back(session: Session, user_id: str, activity_id: str) -> None:
    """Free what rested on nothing but this activity, queued."""
    for statement in (_GIVE_BACK, _REST_NO_MORE):
        enqueue_write(session, statement, {"owner": user_id, "of_activity": activity_id})


def pass_on(session: Session, guest_id: str, user_id: str, activity_id: str) -> None:
    """Let an account hold what a merged guest claimed for an activity that has joined it under its id, queued."""
    named = {"owner": guest_id, "of_activity": activity_id, "account": user_id}
    for statement in (_PASS_ON, _PASS_RESTING_ON):
        enqueue_write(session, statement, named)
    enqueue_write(session, _REST_NO_MORE, {"owner": guest_id, "of_activity": activity_id})


def forget(session: Session, user_id: str) -> None:
    """Let an erased person's claims lead to nobody; they stay, as the grams do that rest on them."""
    for statement in _FORGET:
        session.execute(statement, {"owner": user_id})


def broken_claims(session: Session) -> Iterator[str]:
    """Claims that nothing rests on, or somebody else's, and credited activities without theirs."""
    for rule, query in RULES.items():
        for row in session.execute(text(query)).mappings():
            yield f"{rule}: {dict(row)}"
    erased = set(accounts.list_erased(session, select(Reduction.user_id)))
    for row in session.execute(_CREDITED, execution_options={"yield_per": 1000}).mappings():
        document = methodology.get_pinned(session, row["version_id"], row["content_sha256"]).methodology
        if not document.claims or row["user_id"] in erased:
            continue
        days = exclusions.days_recorded(document, json.loads(row["working"]), row["occurred_on"])
        if row["claimed"] != len(days) * len(document.claims):
            yield f"{row['user_id']} {row['activity_id']}: credited for what it has not claimed"


def _take_all(session: Session, user_id: str, wanted: Sequence[tuple[str, date]]) -> list[str | None]:
    """Who holds each of `wanted` now; None for somebody who was erased."""
    rows = [{"thing_hash": thing_hash, "claimed_on": day, "user_id": user_id} for thing_hash, day in wanted]
    return [answer[0]["user_id"] for answer in fetch_many(session, [(_TAKE, row) for row in rows])]
