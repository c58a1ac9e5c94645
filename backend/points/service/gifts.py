"""A gift of points: one entry in each person's book, through a transit account, in one transaction."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.domain import NewEntry, Posting, accounts_of, transit
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import fetch
from backend.points.service.grants import cover, draw
from backend.points.service.withdrawals import add_collected, arriving, debt_of, refuse_more_than
from backend.points.sql import spendable_question

GIVEN, RECEIVED = "gift_given", "gift_received"


def give(session: Session, user_id: str, to_user_id: str, gift_id: str, amount: int) -> str:
    """Give `amount` points of `user_id` to another person; return the giver's entry's id.

    The points keep the days they had left: a gift does not make them younger. The same `gift_id` again gives nothing
    more. Raises `points.gift_to_oneself`, `ledger.insufficient_points`, and `ledger.reference_reused` when the gift
    was another one.
    """
    if user_id == to_user_id:
        raise Refusal("points.gift_to_oneself")
    now, reference, through = clock.database_now(session), f"gift:{gift_id}", transit(gift_id)
    books = ledger.open_books(session, {user_id: reference, to_user_id: reference})
    facts = {"gift_id": gift_id, "to_user_id": to_user_id}
    out = [Posting(accounts_of(user_id).points, through, amount)]
    if books[user_id].known[reference]:
        return ledger.post(session, user_id, NewEntry(reference, GIVEN, out, facts, now))
    slices = cover(fetch(session, spendable_question(user_id, now, amount)).all(), amount)
    refuse_more_than(slices, amount)
    given = ledger.post(session, user_id, NewEntry(reference, GIVEN, out, facts, now))
    draw(session, given, slices)
    repaid = min(amount, debt_of(session, to_user_id))
    received = ledger.post(
        session,
        to_user_id,
        NewEntry(
            reference,
            RECEIVED,
            arriving(to_user_id, through, amount, repaid),
            {"gift_id": gift_id, "from_user_id": user_id},
            now,
        ),
    )
    add_collected(session, to_user_id, received, slices, repaid)
    return given
