"""The statements of household claims: for whom a meter, a car or a roof counts on a day, and for which activity."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Date, and_, bindparam, exists, select, text

from backend.activities.models import ClaimedThing, ThingClaim
from backend.activities.models import Reduction as ReductionRow
from backend.activities.sql.workings import STORED_WORKING_SQL
from backend.platform.data.batch import Question, read_column
from backend.platform.data.transactions import Write
from backend.platform.data.upsert import upsert

CLAIMS = ThingClaim.__table__
CLAIMED = ClaimedThing.__table__

_OTHERS = CLAIMED.alias("others")
# The guard: whoever comes second waits for the first, and is told the holder; the row itself is not changed.
_TAKE = upsert(CLAIMS, key=["thing_hash", "claimed_on"], changes={"user_id": CLAIMS.c.user_id}).returning(
    CLAIMS.c.user_id
)
_INSERT_CLAIMED = CLAIMED.insert()


_IS_OWN = CLAIMS.c.user_id == bindparam("owner")
_OF_ACTIVITY = and_(CLAIMED.c.user_id == bindparam("owner"), CLAIMED.c.activity_id == bindparam("of_activity"))
# What somebody claims is read from their own rows, and each claim is changed by its own key (ADR 0117).
_RESTS_ON = select(CLAIMED.c.thing_hash, CLAIMED.c.claimed_on).where(_OF_ACTIVITY)
_RESTS_ALONE_ON = _RESTS_ON.where(
    ~exists().where(
        _OTHERS.c.user_id == bindparam("owner"),
        _OTHERS.c.activity_id != bindparam("of_activity"),
        _OTHERS.c.thing_hash == CLAIMED.c.thing_hash,
        _OTHERS.c.claimed_on == CLAIMED.c.claimed_on,
    )
)
_RESTED_ON = (
    select(CLAIMED.c.thing_hash, CLAIMED.c.claimed_on)
    .where(CLAIMED.c.user_id == bindparam("owner"), CLAIMED.c.claimed_on.between(bindparam("first"), bindparam("last")))
    .distinct()
)
_IS_CLAIM = (_IS_OWN, CLAIMS.c.thing_hash == bindparam("thing"), CLAIMS.c.claimed_on == bindparam("day"))
_FREE = CLAIMS.delete().where(*_IS_CLAIM)
_PASS_ON = CLAIMS.update().where(*_IS_CLAIM).values(user_id=bindparam("account"))
_DELETE_CLAIMED = CLAIMED.delete().where(_OF_ACTIVITY)
FORGET = (
    CLAIMS.update().where(_IS_OWN).values(user_id=None),
    CLAIMED.delete().where(CLAIMED.c.user_id == bindparam("owner")),
)

_SENTENCES = {
    "what was taken back claims nothing": """
        SELECT c.user_id, c.activity_id FROM claimed_things c
        JOIN activities a ON a.user_id = c.user_id AND a.id = c.activity_id WHERE a.status = 'withdrawn'""",
}
RULES = {sentence: text(query) for sentence, query in _SENTENCES.items()}
WITH_REDUCTIONS = select(ReductionRow.__table__.c.user_id)
CREDITED_WITH_CLAIMS = text(
    f"""SELECT r.user_id, r.activity_id, r.version_id, r.content_sha256, r.occurred_on, {STORED_WORKING_SQL},
        (SELECT COUNT(*) FROM claimed_things c WHERE c.user_id = r.user_id AND c.activity_id = r.activity_id) AS claimed
    FROM reductions r WHERE r.superseded_at IS NULL AND r.credited_g + r.behaviour_points > 0"""
).columns(occurred_on=Date)


DayClaim = tuple[str, date]  # the keyed hash of a thing, and the day


def _read_claim(row: Mapping[str, Any]) -> DayClaim:
    return row["thing_hash"], row["claimed_on"]


def take_claim(user_id: str, thing_hash: str, day: date) -> Question[str | None]:
    """Claim a thing on a day for somebody; the answer is who holds it now, None for somebody who was erased."""
    row = {"thing_hash": thing_hash, "claimed_on": day, "user_id": user_id}
    return Question(_TAKE, row, read_column("user_id"))


def rests_on(user_id: str, activity_id: str) -> Question[DayClaim]:
    """What an activity of somebody rests on."""
    return Question(_RESTS_ON, {"owner": user_id, "of_activity": activity_id}, _read_claim)


def rests_alone_on(user_id: str, activity_id: str) -> Question[DayClaim]:
    """What nothing of somebody rests on but this activity."""
    return Question(_RESTS_ALONE_ON, {"owner": user_id, "of_activity": activity_id}, _read_claim)


def rested_on(user_id: str, first: date, last: date) -> Question[DayClaim]:
    """What any activity of somebody rests on in a span of days."""
    return Question(_RESTED_ON, {"owner": user_id, "first": first, "last": last}, _read_claim)


def free(user_id: str, claim: DayClaim) -> Write:
    """Let nobody hold a claim of somebody."""
    return Write(_FREE, {"owner": user_id, "thing": claim[0], "day": claim[1]})


def insert_claimed(user_id: str, activity_id: str, thing_hash: str, day: date) -> Write:
    """Let an activity rest on a claim of its person."""
    row = {"user_id": user_id, "activity_id": activity_id, "thing_hash": thing_hash, "claimed_on": day}
    return Write(_INSERT_CLAIMED, row)


def pass_on(guest_id: str, user_id: str, claim: DayClaim) -> Write:
    """Let an account hold a claim of a guest."""
    return Write(_PASS_ON, {"owner": guest_id, "thing": claim[0], "day": claim[1], "account": user_id})


def delete_claimed(user_id: str, activity_id: str) -> Write:
    """Let an activity rest on nothing."""
    return Write(_DELETE_CLAIMED, {"owner": user_id, "of_activity": activity_id})
