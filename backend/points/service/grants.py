"""Grants: written, drawn from in order, ended. Every verb of points is built of these.

Whoever changes grants has opened the person's book in the ledger first, which is a lock: so what is read here stays
true until the commit. The UPDATEs are conditional all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy.orm import Session

from backend.ledger.domain import EXPIRED_ACCOUNT, LAPSED_ACCOUNT, accounts_of
from backend.platform.core.errors import Refusal
from backend.platform.data.transactions import enqueue_write
from backend.points.domain import Grant, GrantState, Slice
from backend.points.sql import DRAW, INSERT_GRANT, INSERT_MOVEMENT


def add(session: Session, grant: Grant) -> None:
    """Write a new grant; what does not remain of it went elsewhere by the very entry that brought it."""
    enqueue_write(session, INSERT_GRANT, grant.__dict__)
    if grant.remaining < grant.amount:
        note(session, grant, grant.entry_id, grant.amount - grant.remaining)


def account_of(grant: Grant) -> str:
    """The account on which the points of a grant lie, or lie lost."""
    if grant.state in (GrantState.HELD, GrantState.PENDING):
        return accounts_of(grant.user_id).pending
    if grant.state == GrantState.COLLECTED:
        return accounts_of(grant.user_id).points
    return LAPSED_ACCOUNT if grant.state == GrantState.LAPSED else EXPIRED_ACCOUNT


def cover(grants: Sequence[Grant], needed: int) -> list[Slice]:
    """Slices of `grants` in their order that make up `needed`, or all of them when they do not suffice."""
    slices = []
    for grant in grants:
        if taken := min(grant.remaining, needed):
            slices.append(Slice(grant, taken))
            needed -= taken
    return slices


def draw(session: Session, entry_id: str, slices: Iterable[Slice]) -> None:
    """Take the points of each slice out of its grant, by the entry that moved them in the ledger."""
    for part in slices:
        named = {"owner": part.grant.user_id, "of_grant": part.grant.id, "drawn": part.amount}
        enqueue_write(session, DRAW, named, rows=1, otherwise=crossed)
        note(session, part.grant, entry_id, part.amount)


def note(session: Session, grant: Grant, entry_id: str, amount: int) -> None:
    """Record that `amount` left `grant` by that entry."""
    enqueue_write(
        session,
        INSERT_MOVEMENT,
        {"user_id": grant.user_id, "grant_id": grant.id, "entry_id": entry_id, "amount": amount},
    )


def crossed() -> Exception:
    """What to raise when a grant was changed since it was read; the book's lock makes that impossible."""
    return Refusal("service.busy", retry_after_s=1)
