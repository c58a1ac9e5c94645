"""Erasing a person: asked for, waited for while money of theirs is on its way, done in one transaction.

Every slice forgets its own, in the order opposite to the house's, so that accounts, the last, destroys the data key.
What stays is sums, entries and signed documents under an id that leads to nobody.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.checkout import service as checkout
from backend.ledger import service as ledger
from backend.platform.core.actor import Actor
from backend.platform.data.batch import Batch
from backend.platform.privacy import personal_data
from backend.portfolio import sql
from backend.portfolio.domain import Departure

ERASE_TOPIC = "portfolio.erase"
FORMER_ERASE_TOPIC = "mine.erase"  # rows sent before the slice had its name may still wait in the outbox


def leave(session: Session, actor: Actor) -> Departure:
    """Let the caller go, who has signed in just now; everything of theirs is erased by a job.

    Raises `auth.sign_in_again` for a session that is too old to prove anything.
    """
    accounts.check_recent_sign_in(session, actor)
    left_at = accounts.close_account(session, actor.user_id)
    return Departure(left_at, checkout.has_money_in_flight(session, actor.user_id))


def erase(session: Session, user_id: str) -> bool:
    """Erase somebody who has left, and the guests who joined them; False while money of theirs is on its way.

    Done again, it changes nothing. Each book is locked before anything is forgotten, so that a job that is changing it
    ends before, or finds them erased.
    """
    owners = [user_id, *accounts.list_brought_guests(session, user_id)]
    is_leaving = accounts.is_leaving(session, user_id)
    if not is_leaving or any(checkout.has_money_in_flight(session, owner) for owner in owners):
        return False
    for owner in owners:
        _lock(session, owner)
        for kept in reversed(personal_data.declared()):
            kept.forget(session, owner)
    return True


def _lock(session: Session, owner: str) -> None:
    locks = Batch(session)
    locks.fetch(accounts.circle_lock(owner))
    locks.fetch(ledger.opening(owner))
    locks.run()


def broken_erasures(session: Session) -> Iterator[str]:
    """Whatever is still sealed for somebody who was erased, in any table of the project; nothing when all is well."""
    # one question for all of them: almost always there is nothing to find
    if not accounts.list_erased(session, sql.holders_of_any()):
        return
    for column in sql.sealed_columns():
        for user_id in accounts.list_erased(session, sql.holders_of(column)):
            yield f"{user_id}: erased, but {column.table.name}.{column.name} still holds something"
