"""Trees that are earned: a line for each sponsored pool, served in order as far as there are trees. Never oversold."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch, fetch_one
from backend.platform.data.transactions import flush_writes
from backend.trees.domain import Claim, ClaimState, Grant, Origin, Pool, TreeHold
from backend.trees.service.holdings import grant_tree
from backend.trees.sql import pools as sql
from offsets import read_pool


def claim(session: Session, pool_id: str, user_id: str, reference: str) -> ClaimState:
    """Give a person a tree of a sponsored pool, or the next place in its line; `reference` is what it was earned by.

    The same reference again returns the first one's state. Raises `not_found.pool`, `trees.not_earned` for a pool that
    is sold, `trees.not_open`.
    """
    pool = fetch(session, sql.locked_pool(pool_id)).one_or_none()
    if pool is None:
        raise Refusal("not_found.pool", pool_id=pool_id)
    known = fetch(session, sql.claim(user_id, reference)).one_or_none()
    if known is not None:
        return _state(known, fetch_one(session, sql.pool(known.pool_id)))
    _refuse_unearnable(pool)
    made = Claim(pool_id, pool.claims + 1, user_id, reference, clock.database_now(session))
    session.execute(sql.INSERT_CLAIM, vars(made))
    session.execute(sql.JOIN_LINE, {"pool": pool_id})
    serve_line(session, pool_id)
    return _state(made, fetch_one(session, sql.pool(pool_id)))


def serve_line(session: Session, pool_id: str) -> int:
    """Give a tree to each who waits, in their order, as long as there are trees; return how many were served.

    The pool is locked by whoever calls.
    """
    served = 0
    pool = fetch_one(session, sql.pool(pool_id))
    while pool.is_open and pool.served_claims < pool.claims and pool.available_shares >= pool.shares_per_tree:
        _serve(session, pool)
        served += 1
        pool = fetch_one(session, sql.pool(pool_id))
    return served


def _serve(session: Session, pool: Pool) -> None:
    waiting = fetch_one(session, sql.claim_at(pool.pool_id, pool.served_claims + 1))
    grant = Grant(waiting.user_id, waiting.reference, Origin.EARNED, "", shows_name=False)
    grant_tree(session, grant, TreeHold(pool.pool_id, pool.shares_per_tree), clock.database_now(session))
    session.execute(sql.SERVE_LINE, {"pool": pool.pool_id})
    flush_writes(session)


def _refuse_unearnable(pool: Pool) -> None:
    if read_pool(pool.pool_id, pool.document).sponsor is None:
        raise Refusal("trees.not_earned", pool_id=pool.pool_id)
    if not pool.is_open:
        raise Refusal("trees.not_open", pool_id=pool.pool_id)


def _state(made: Claim, pool: Pool) -> ClaimState:
    return ClaimState(made, made.place <= pool.served_claims, max(0, made.place - pool.served_claims - 1))
