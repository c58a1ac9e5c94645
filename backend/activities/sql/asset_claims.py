"""The statements of household claims: for whom a meter, a car or a roof counts on a day, and for which activity."""

from __future__ import annotations

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


def _is_same(row: Any) -> Any:
    return and_(row.c.thing_hash == CLAIMS.c.thing_hash, row.c.claimed_on == CLAIMS.c.claimed_on)


_IS_OWN = CLAIMS.c.user_id == bindparam("owner")
_OF_ACTIVITY = exists().where(
    CLAIMED.c.user_id == bindparam("owner"), CLAIMED.c.activity_id == bindparam("of_activity"), _is_same(CLAIMED)
)
_OF_ANOTHER = exists().where(
    _OTHERS.c.user_id == bindparam("owner"), _OTHERS.c.activity_id != bindparam("of_activity"), _is_same(_OTHERS)
)
_GIVE_BACK = CLAIMS.delete().where(_IS_OWN, _OF_ACTIVITY, ~_OF_ANOTHER)
_DELETE_CLAIMED = CLAIMED.delete().where(
    CLAIMED.c.user_id == bindparam("owner"), CLAIMED.c.activity_id == bindparam("of_activity")
)
_GIVE_BACK_UNUSED = CLAIMS.delete().where(
    _IS_OWN,
    CLAIMS.c.thing_hash == bindparam("thing"),
    CLAIMS.c.claimed_on == bindparam("day"),
    ~exists().where(_OTHERS.c.user_id == bindparam("owner"), _is_same(_OTHERS)),
)
_PASS_ON = CLAIMS.update().where(_IS_OWN, _OF_ACTIVITY).values(user_id=bindparam("account"))
_COPY_CLAIMED = CLAIMED.insert().from_select(
    [column.name for column in CLAIMED.columns],
    select(
        bindparam("account", type_=CLAIMED.c.user_id.type), *(c for c in CLAIMED.columns if c.name != "user_id")
    ).where(CLAIMED.c.user_id == bindparam("owner"), CLAIMED.c.activity_id == bindparam("of_activity")),
)
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


def take_claim(user_id: str, thing_hash: str, day: date) -> Question[str | None]:
    """Claim a thing on a day for somebody; the answer is who holds it now, None for somebody who was erased."""
    row = {"thing_hash": thing_hash, "claimed_on": day, "user_id": user_id}
    return Question(_TAKE, row, read_column("user_id"))


def give_back_unused(user_id: str, thing_hash: str, day: date) -> Write:
    """Free a claim that no activity of its holder rests on."""
    return Write(_GIVE_BACK_UNUSED, {"owner": user_id, "thing": thing_hash, "day": day})


def insert_claimed(user_id: str, activity_id: str, thing_hash: str, day: date) -> Write:
    """Let an activity rest on a claim of its person."""
    row = {"user_id": user_id, "activity_id": activity_id, "thing_hash": thing_hash, "claimed_on": day}
    return Write(_INSERT_CLAIMED, row)


def give_back(user_id: str, activity_id: str) -> list[Write]:
    """Free what rested on nothing but this activity."""
    parameters = {"owner": user_id, "of_activity": activity_id}
    return [Write(_GIVE_BACK, parameters), Write(_DELETE_CLAIMED, parameters)]


def pass_on(guest_id: str, user_id: str, activity_id: str) -> list[Write]:
    """Let an account hold what a merged guest claimed for an activity that has joined it under its id."""
    parameters = {"owner": guest_id, "of_activity": activity_id}
    moved = parameters | {"account": user_id}
    return [Write(_PASS_ON, moved), Write(_COPY_CLAIMED, moved), Write(_DELETE_CLAIMED, parameters)]
