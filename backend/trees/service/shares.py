"""Shares of a pool: every movement of them, setting them aside for an order and giving them back.

A share moves by one conditional UPDATE with its movement, and nothing else changes a pool's shares. Meeting a hold or a
release twice changes nothing the second time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch
from backend.platform.data.transactions import enqueue_write
from backend.trees.domain import HeldShares, Movement, PoolChange, TreeHold
from backend.trees.sql import pools as sql


@dataclass(frozen=True)
class TreeHolder:
    """For whose order trees are set aside, where it came from, and whether they have proved an address."""

    user_id: str
    reference: str
    network: str | None = None  # a keyed hash, kept as long as the hold
    is_proved: bool = True  # who has paid needs no address


def move(session: Session, pool_id: str, kind: str, shares: int, reference: str, at: datetime) -> PoolChange | None:
    """Move `shares` within a pool as `kind` says; None when it has too few or is closed. Locks the pool's row."""
    changed = fetch(session, sql.move(pool_id, kind, shares)).one_or_none()
    if changed is not None:
        record(session, changed.number, Movement(pool_id, kind, shares, reference, at))
    return changed


def record(session: Session, number: int, movement: Movement) -> None:
    """Write down the movement that has just been made in a pool, the `number`-th there."""
    row = {
        "pool_id": movement.pool_id,
        "number": number,
        "kind": movement.kind,
        "shares": movement.shares,
        "reference": movement.reference,
        "moved_at": movement.at,
    }
    enqueue_write(session, sql.RECORD_MOVEMENT, row)


def hold(session: Session, holder: TreeHolder, pool_id: str, shares: int, at: datetime) -> TreeHold:
    """Set `shares` of a pool aside for the holder's order; what is held already stays as it is.

    Refuses with `trees.too_few` before anything has changed, so the caller may go on without them.
    """
    known = find_hold(session, holder.user_id, holder.reference)
    if known is not None:
        return known
    if move(session, pool_id, "hold", shares, holder.reference, at) is None:
        raise _too_few(session, pool_id, shares)
    held = TreeHold(pool_id, shares)
    enqueue_write(session, sql.INSERT_HOLD, {**vars(holder), **vars(held), "held_at": at})
    return held


def release(session: Session, user_id: str, reference: str, at: datetime) -> int:
    """Give back whatever is still held for `reference`; return the shares."""
    held = take_hold(session, user_id, reference)
    if held is None:
        return 0
    if move(session, held.pool_id, "release", held.shares, reference, at) is None:
        raise Refusal("internal.hold_not_backed", lot_id=held.pool_id)
    return held.shares


def find_hold(session: Session, user_id: str, reference: str) -> TreeHold | None:
    """What is held for `reference` now."""
    return fetch(session, sql.held_for(user_id, reference)).one_or_none()


def take_hold(session: Session, user_id: str, reference: str) -> TreeHold | None:
    """Remove what is held for `reference` and return it; the shares are the caller's to move."""
    return fetch(session, sql.take_held(user_id, reference)).one_or_none()


def sum_holds(session: Session, pool_id: str, user_id: str, circle: Sequence[str], network: str | None) -> HeldShares:
    """What is set aside of a pool now by one person, their circle, all behind a network, all without an address."""
    asked = {"pool": pool_id, "person": user_id, "circle": [user_id, *circle], "behind": network}
    return HeldShares(*(int(shares) for shares in session.execute(sql.HELD_OF_POOL, asked).one()))


def _too_few(session: Session, pool_id: str, shares: int) -> Refusal:
    pool = fetch(session, sql.pool(pool_id)).one_or_none()
    if pool is None:
        return Refusal("not_found.pool", pool_id=pool_id)
    if not pool.is_open:
        return Refusal("trees.not_open", pool_id=pool_id)
    return Refusal("trees.too_few", wanted_shares=shares, available_shares=pool.available_shares)
