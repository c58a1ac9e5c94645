"""Whose a meter, a car or a roof is on a day, and which days an activity covers (ADR 0092).

The claim on a thing and a day is one row for everybody, taken by a conditional insert that tells who holds it. It is a
person's: their own activities may rest on it together, and it lasts while one of them does that might count. Which of
them is paid is decided by the flow, see `flow_rivals`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import Reduction
from backend.activities.sql import asset_claims as sql
from backend.activities.sql.flow_claims import KEEP_PAID
from backend.activities.sql.workings import read_working
from backend.methodology import service as methodology
from backend.platform.core.errors import invalid_inputs
from backend.platform.data.batch import Batch, fetch
from backend.platform.data.slices import unmatched_rows
from backend.platform.data.transactions import Write, enqueue_writes
from backend.profiles import service as profiles
from calculators import NETTED, ClaimedElsewhere, Estimate, InputRefused, Methodology, days_covered

COUNTED_ALREADY = "counted_already"  # the rule book's reason
# Reasons that may pass: room under a cap comes back, and so does a day. What could never count holds nothing.
MAY_PASS = ("cap_reached", COUNTED_ALREADY, NETTED)

Things = Mapping[tuple[str, date], str]  # the keyed hash of each thing on each day


def days_of(rule: Methodology, inputs: Mapping[str, Any], on: date) -> list[date]:
    """The civil days an activity covers, its own the last; raise `request.invalid` where they cannot be read."""
    if rule.covers is None:
        return [on]
    try:
        return _days(days_covered(rule, inputs), on)
    except InputRefused as refused:
        raise invalid_inputs(refused.errors) from refused


def days_recorded(rule: Methodology, working: Mapping[str, Any], on: date) -> list[date]:
    """The same of a stored working."""
    entered = working["inputs"].get(rule.covers or "")
    return _days(int(Decimal(entered["value"])) if entered else 1, on)


def days_of_reduction(rule: Methodology, reduction: Reduction) -> list[date]:
    """The same of a stored reduction."""
    return days_recorded(rule, reduction.working, reduction.occurred_on)


def might_count(rule: Methodology, estimate: Estimate) -> bool:
    """Whether an activity needs a claim: it is credited, or would be if others of the same person made room."""
    return bool(rule.claims) and (estimate.reason is None or estimate.reason in MAY_PASS)


def take(
    session: Session, user_id: str, rule: Methodology, days: Sequence[date]
) -> tuple[Things, ClaimedElsewhere | None]:
    """Claim everything `rule` measures on `days` for somebody; or nothing, and what somebody else has claimed.

    In two round trips: which things they are, and whose. Follow it with `rest_on`, in the same transaction.
    """
    things = profiles.identify_assets(session, user_id, rule.claims, days)
    # in one order for everybody, so that two who want the same days wait for each other only one way
    keys = sorted(things, key=lambda key: (things[key], key[1]))
    holders = _take_all(session, user_id, [(things[key], key[1]) for key in keys])
    elsewhere = [key for key, holder in zip(keys, holders, strict=True) if holder != user_id]
    if not elsewhere:
        return things, None
    give_back_unused(session, user_id, things)
    kind, day = min(elsewhere, key=lambda key: (key[1], key[0]))
    return {}, ClaimedElsewhere(kind, day)


def give_back_unused(session: Session, user_id: str, things: Things) -> None:
    """Free what was taken and no activity rests on."""
    if not things:
        return
    taken = sorted({(thing_hash, day) for (_, day), thing_hash in things.items()})
    days = [day for _, day in taken]
    rested = {*fetch(session, sql.rested_on(user_id, min(days), max(days))).all()}
    enqueue_writes(session, [sql.free(user_id, claim) for claim in taken if claim not in rested])


def give_back(session: Session, user_id: str, activity_id: str) -> None:
    """Free what rested on nothing but this activity; behind the person's lock, so that nothing comes to rest on it."""
    alone = sorted(fetch(session, sql.rests_alone_on(user_id, activity_id)).all())
    enqueue_writes(session, [*(sql.free(user_id, one) for one in alone), sql.delete_claimed(user_id, activity_id)])


def pass_on(session: Session, guest_id: str, user_id: str, activity_id: str) -> None:
    """Let an account hold what a merged guest claimed for an activity that has joined it under its id."""
    claims = sorted(fetch(session, sql.rests_on(guest_id, activity_id)).all())
    enqueue_writes(
        session,
        [
            *(sql.pass_on(guest_id, user_id, one) for one in claims),
            *(sql.insert_claimed(user_id, activity_id, *one) for one in claims),
            sql.delete_claimed(guest_id, activity_id),
        ],
    )


def rest_on(user_id: str, activity_id: str, things: Things) -> list[Write]:
    """Let an activity rest on what was taken for it, behind the activity itself."""
    return [sql.insert_claimed(user_id, activity_id, thing_hash, day) for (_, day), thing_hash in things.items()]


def forget(session: Session, user_id: str) -> None:
    """Let an erased person's claims lead to nobody; they stay for good, as the grams do that rest on them."""
    for statement in (*sql.FORGET, KEEP_PAID):
        session.execute(statement, {"owner": user_id})


def broken_claims(session: Session) -> Iterator[str]:
    """Claims that nothing rests on, or somebody else's, and credited activities without theirs."""
    for rule, query in sql.RULES.items():
        for row in session.execute(query).mappings():
            yield f"{rule}: {dict(row)}"
    thing = {"thing_hash": "thing_hash", "claimed_on": "claimed_on"}
    for one in unmatched_rows(session, sql.CLAIMED, sql.CLAIMS, thing, {"user_id": "user_id"}):
        yield f"what an activity rests on is claimed by its own person: {one.user_id} {one.activity_id}"
    is_held = sql.CLAIMS.c.user_id.is_not(None)
    for one in unmatched_rows(session, sql.CLAIMS, sql.CLAIMED, {"user_id": "user_id", **thing}, {}, is_held):
        yield f"nothing is claimed that no activity rests on: {one.user_id} {one.claimed_on}"
    erased = set(accounts.list_erased(session, sql.WITH_REDUCTIONS))
    for row in session.execute(sql.CREDITED_WITH_CLAIMS, execution_options={"yield_per": 1000}).mappings():
        document = methodology.get_pinned(session, row["version_id"], row["content_sha256"]).methodology
        if not document.claims or row["user_id"] in erased:
            continue
        days = days_recorded(document, read_working(dict(row)), row["occurred_on"])
        if row["claimed"] != len(days) * len(document.claims):
            yield f"{row['user_id']} {row['activity_id']}: credited for what it has not claimed"


def _take_all(session: Session, user_id: str, keys: Sequence[tuple[str, date]]) -> list[str | None]:
    """Who holds each of `wanted` now; None for somebody who was erased."""
    batch = Batch(session)
    holders = [batch.fetch(sql.take_claim(user_id, thing_hash, day)) for thing_hash, day in keys]
    batch.run()
    return [holder.one() for holder in holders]


def _days(count: int, on: date) -> list[date]:
    return [on - timedelta(days=ago) for ago in reversed(range(max(1, count)))]
