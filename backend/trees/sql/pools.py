"""The statements of pools: what moves in them, what is set aside, what people have, who waits to earn a tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, case, delete, func, or_, select, update

from backend.platform.data.batch import Question, read_as
from backend.trees.domain import MOVEMENTS, Claim, Holding, Pool, PoolChange, TreeHold
from backend.trees.models import ClaimRow, HoldingRow, PlantingRow, PoolMovementRow, PoolRow, TreeHoldRow, TreeNumberRow

POOLS, _MOVEMENTS, _HOLDS = PoolRow.__table__, PoolMovementRow.__table__, TreeHoldRow.__table__
HOLDINGS, NUMBERS, CLAIMS = HoldingRow.__table__, TreeNumberRow.__table__, ClaimRow.__table__
PLANTINGS = PlantingRow.__table__

read_pool: Callable[[Mapping[str, Any]], Pool] = read_as(Pool)
read_holding: Callable[[Mapping[str, Any]], Holding] = read_as(Holding)
_read_claim: Callable[[Mapping[str, Any]], Claim] = read_as(Claim)
_read_hold: Callable[[Mapping[str, Any]], TreeHold] = read_as(TreeHold)

# Pools, and what moves in them.
_POOL_ID: BindParameter[str] = bindparam("pool")
INSERT_POOL = POOLS.insert()
_POOL = select(POOLS).where(POOLS.c.pool_id == _POOL_ID)
_LOCK_POOL = _POOL.with_for_update(key_share=True)
SET_OPEN = update(POOLS).where(POOLS.c.pool_id == _POOL_ID).values(is_open=bindparam("open"))
REPLACE_DOCUMENT = (
    update(POOLS)
    .where(POOLS.c.pool_id == _POOL_ID)
    .values(
        document=bindparam("text"),
        document_sha256=bindparam("sha256"),
        reserve_trees=POOLS.c.reserve_trees + bindparam("more_reserve"),
    )
)
_MOVE = (
    update(POOLS)
    .where(
        POOLS.c.pool_id == _POOL_ID,
        POOLS.c.available_shares + bindparam("to_available") >= 0,
        POOLS.c.held_shares + bindparam("to_held") >= 0,
        or_(POOLS.c.is_open, bindparam("needs_open") == 0),
    )
    .values(
        capacity_shares=POOLS.c.capacity_shares + bindparam("to_capacity"),
        available_shares=POOLS.c.available_shares + bindparam("to_available"),
        held_shares=POOLS.c.held_shares + bindparam("to_held"),
        funded_shares=POOLS.c.funded_shares + bindparam("to_funded"),
        movements=POOLS.c.movements + 1,
    )
    .returning(POOLS.c.movements.label("number"), POOLS.c.funded_shares)
)
RECORD_MOVEMENT = _MOVEMENTS.insert()
CONTRACT = (
    update(POOLS)
    .where(
        POOLS.c.pool_id == _POOL_ID,
        (POOLS.c.contracted_trees + bindparam("trees")) * POOLS.c.shares_per_tree <= POOLS.c.funded_shares,
    )
    .values(contracted_trees=POOLS.c.contracted_trees + bindparam("trees"))
)
PLANT = (
    update(POOLS)
    .where(POOLS.c.pool_id == _POOL_ID, POOLS.c.planted_trees + bindparam("trees") <= POOLS.c.contracted_trees)
    .values(planted_trees=POOLS.c.planted_trees + bindparam("trees"))
)
TAKE_RESERVE = (
    update(POOLS)
    .where(POOLS.c.pool_id == _POOL_ID, POOLS.c.reserve_trees >= bindparam("trees"))
    .values(reserve_trees=POOLS.c.reserve_trees - bindparam("trees"))
)
JOIN_LINE = update(POOLS).where(POOLS.c.pool_id == _POOL_ID).values(claims=POOLS.c.claims + 1)
SERVE_LINE = update(POOLS).where(POOLS.c.pool_id == _POOL_ID).values(served_claims=POOLS.c.served_claims + 1)

# What is set aside for an order.
_OF_ORDER = (_HOLDS.c.user_id == bindparam("owner"), _HOLDS.c.reference == bindparam("of_order"))
INSERT_HOLD = _HOLDS.insert()
_HELD = select(_HOLDS.c.pool_id, _HOLDS.c.shares).where(*_OF_ORDER)
_TAKE_HELD = delete(_HOLDS).where(*_OF_ORDER).returning(_HOLDS.c.pool_id, _HOLDS.c.shares)


def _sum_where(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return func.coalesce(func.sum(case((condition, _HOLDS.c.shares), else_=0)), 0)


HELD_OF_POOL = select(
    _sum_where(_HOLDS.c.user_id == bindparam("person")),
    _sum_where(_HOLDS.c.user_id.in_(bindparam("circle", expanding=True))),
    _sum_where(_HOLDS.c.network == bindparam("behind")),
    _sum_where(~_HOLDS.c.is_proved),
).where(_HOLDS.c.pool_id == _POOL_ID)
ALL_HOLDS = select(_HOLDS.c.user_id, _HOLDS.c.reference, _HOLDS.c.pool_id, _HOLDS.c.shares).order_by(
    _HOLDS.c.pool_id, _HOLDS.c.user_id, _HOLDS.c.reference
)

# What somebody has.
INSERT_HOLDING = HOLDINGS.insert()
INSERT_NUMBER = NUMBERS.insert()
_OF_PERSON = select(HOLDINGS).where(HOLDINGS.c.user_id == bindparam("owner")).order_by(HOLDINGS.c.id)
_OF_REFERENCE = _OF_PERSON.where(HOLDINGS.c.reference == bindparam("of_order"))
_ONE_HOLDING = _OF_PERSON.where(HOLDINGS.c.id == bindparam("of_holding"))
_BOUGHT = _OF_PERSON.where(HOLDINGS.c.origin == "bought")
_LED_TO = select(NUMBERS.c.user_id, NUMBERS.c.holding_id).where(NUMBERS.c.number == bindparam("of_number"))
FORGET_NAMES = (
    update(HOLDINGS).where(HOLDINGS.c.user_id == bindparam("owner")).values(sealed_beneficiary=b"", shows_name=False)
)
_HOLDINGS_BETWEEN = (
    select(HOLDINGS)
    .where(
        HOLDINGS.c.pool_id == _POOL_ID,
        HOLDINGS.c.start_share < bindparam("end"),
        HOLDINGS.c.end_share > bindparam("start"),
    )
    .order_by(HOLDINGS.c.start_share)
)
OWNERS_OF_POOL = select(HOLDINGS.c.user_id).where(HOLDINGS.c.pool_id == _POOL_ID).distinct()
OWNERS_OF_PLANTING = (
    select(HOLDINGS.c.user_id)
    .join(PLANTINGS, PLANTINGS.c.pool_id == HOLDINGS.c.pool_id)
    .where(PLANTINGS.c.id == bindparam("planting"))
    .distinct()
)

# The line of those who earn a tree.
INSERT_CLAIM = CLAIMS.insert()
_CLAIM = select(CLAIMS).where(CLAIMS.c.user_id == bindparam("owner"), CLAIMS.c.reference == bindparam("by"))
_CLAIM_AT = select(CLAIMS).where(CLAIMS.c.pool_id == _POOL_ID, CLAIMS.c.place == bindparam("at_place"))
_CLAIMS_OF = select(CLAIMS).where(CLAIMS.c.user_id == bindparam("owner")).order_by(CLAIMS.c.reference)

# What the invariants compare.
_ALL_POOLS = select(POOLS).order_by(POOLS.c.pool_id)
HELD_IN_POOL = select(func.coalesce(func.sum(_HOLDS.c.shares), 0)).where(_HOLDS.c.pool_id == _POOL_ID)
_HOLDINGS_OF_POOL = select(HOLDINGS).where(HOLDINGS.c.pool_id == _POOL_ID).order_by(HOLDINGS.c.start_share)
LINE_OF_POOL = select(func.count(), func.coalesce(func.max(CLAIMS.c.place), 0)).where(CLAIMS.c.pool_id == _POOL_ID)
MOVED_IN_POOL = select(
    *(
        func.coalesce(
            func.sum(
                _MOVEMENTS.c.shares * case({kind: by[place] for kind, by in MOVEMENTS.items()}, value=_MOVEMENTS.c.kind)
            ),
            0,
        )
        for place in range(3)
    ),
    func.coalesce(func.max(_MOVEMENTS.c.number), 0),
).where(_MOVEMENTS.c.pool_id == _POOL_ID)


def pool(pool_id: str) -> Question[Pool]:
    """One pool."""
    return Question(_POOL, {"pool": pool_id}, read_pool)


def locked_pool(pool_id: str) -> Question[Pool]:
    """The same, which nobody else changes until the end of the transaction."""
    return Question(_LOCK_POOL, {"pool": pool_id}, read_pool)


def all_pools() -> Question[Pool]:
    """Every pool, by id."""
    return Question(_ALL_POOLS, {}, read_pool)


def page_of_pools(after: Sequence[Any] | None, most: int) -> Select[Any]:
    """At most `most` open pools by id: those behind the id in `after`."""
    page = select(POOLS).where(POOLS.c.is_open).order_by(POOLS.c.pool_id).limit(most)
    return page if after is None else page.where(POOLS.c.pool_id > after[0])


def move(pool_id: str, kind: str, shares: int) -> Question[PoolChange]:
    """Move shares of a pool as a movement does, and say what it came to; nothing where there are too few."""
    available, held, funded = (sign * shares for sign in MOVEMENTS[kind])
    by = {
        "pool": pool_id,
        "to_capacity": available + held + funded,
        "to_available": available,
        "to_held": held,
        "to_funded": funded,
        "needs_open": int(kind in ("hold", "grant")),
    }
    return Question(_MOVE, by, read_as(PoolChange))


def held_for(user_id: str, reference: str) -> Question[TreeHold]:
    """What is held for an order."""
    return Question(_HELD, {"owner": user_id, "of_order": reference}, _read_hold)


def take_held(user_id: str, reference: str) -> Question[TreeHold]:
    """Remove what is held for an order, and return it."""
    return Question(_TAKE_HELD, {"owner": user_id, "of_order": reference}, _read_hold)


def holdings_of(user_id: str) -> Question[Holding]:
    """Everything one person has, oldest first."""
    return Question(_OF_PERSON, {"owner": user_id}, read_holding)


def bought_by(user_id: str) -> Question[Holding]:
    """Everything one person bought, oldest first."""
    return Question(_BOUGHT, {"owner": user_id}, read_holding)


def holding_of_order(user_id: str, reference: str) -> Question[Holding]:
    """What one order or claim became."""
    return Question(_OF_REFERENCE, {"owner": user_id, "of_order": reference}, read_holding)


def holding(user_id: str, holding_id: str) -> Question[Holding]:
    """One holding."""
    return Question(_ONE_HOLDING, {"owner": user_id, "of_holding": holding_id}, read_holding)


def holding_of_number(number: str) -> Question[tuple[str, str]]:
    """The owner and the id of the holding to which a number leads."""
    return Question(_LED_TO, {"of_number": number}, lambda row: (row["user_id"], row["holding_id"]))


def holdings_between(pool_id: str, start: int, end: int) -> Question[Holding]:
    """The holdings that have a share from `start` to before `end`, in the order of their shares."""
    return Question(_HOLDINGS_BETWEEN, {"pool": pool_id, "start": start, "end": end}, read_holding)


def holdings_of_pool(pool_id: str) -> Question[Holding]:
    """Every holding of a pool, in the order of their shares."""
    return Question(_HOLDINGS_OF_POOL, {"pool": pool_id}, read_holding)


def exported_holdings(user_id: str) -> Any:
    """The holdings of one person, in no order."""
    return select(HOLDINGS).where(HOLDINGS.c.user_id == user_id)


def claim(user_id: str, reference: str) -> Question[Claim]:
    """One claim, by what the tree was earned by."""
    return Question(_CLAIM, {"owner": user_id, "by": reference}, _read_claim)


def claim_at(pool_id: str, place: int) -> Question[Claim]:
    """Who stands at a place of a line."""
    return Question(_CLAIM_AT, {"pool": pool_id, "at_place": place}, _read_claim)


def claims_of(user_id: str) -> Question[Claim]:
    """Every claim of one person, by reference."""
    return Question(_CLAIMS_OF, {"owner": user_id}, _read_claim)


def pools_of(pool_ids: Sequence[str]) -> Select[Any]:
    """Some pools."""
    return select(POOLS).where(POOLS.c.pool_id.in_(pool_ids))


def fields_of_hold(hold: TreeHold, owner: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """The row of a hold."""
    return {"pool_id": hold.pool_id, "shares": hold.shares, "held_at": at, **owner}
