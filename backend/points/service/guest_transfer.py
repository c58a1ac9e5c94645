"""Points that come along when a guest's record joins an account (ADR 0053).

What is credited is issued in the account's book and taken back in the guest's, so that it is issued once. What the
guest had spent stays spent, what had lapsed stays lapsed: neither comes back by changing books.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.domain import LAPSED_ACCOUNT, NewEntry, Posting, accounts_of, issuance, transit
from backend.platform.core import clock
from backend.platform.data import ids
from backend.platform.data.batch import fetch
from backend.points.domain import ActivityCredit, Grant, GrantState
from backend.points.service.activity_points import set_activity_points
from backend.points.service.expiry import end_due
from backend.points.service.gifts import give
from backend.points.service.grants import account_of, add, cover, draw
from backend.points.service.queries import get_balances
from backend.points.sql import grants_question, other_grants_question

BROUGHT, LAPSE = "brought", "lapse"


def open_both_books(session: Session, guest_id: str, user_id: str) -> None:
    """Lock both books, and end what is due in them: what had lapsed by now must not come along as pending."""
    ledger.open_books(session, {guest_id: "", user_id: ""})
    end_due(session, guest_id)
    end_due(session, user_id)


def bring_activity(session: Session, guest_id: str, credit: ActivityCredit) -> None:
    """Bring the guest's points of an activity to 0, and those of the account (`credit`) to what it is to be worth.

    The account's are pending and mature by the usual policy, but for those that the guest let lapse. Where a cap leaves
    less in the account than the guest had, it takes first what had lapsed.
    """
    grants = fetch(session, grants_question(guest_id, credit.activity_id)).all()
    cut = max(0, sum(grant.standing for grant in grants) - credit.target_points)
    lapsed = min(credit.target_points, max(0, sum(grant.lost for grant in grants) - cut))
    set_activity_points(session, replace(credit, user_id=guest_id, target_points=0, is_held=False))
    if lapsed:
        _issue_lapsed(session, credit, lapsed)
    set_activity_points(session, credit)


def close_book(session: Session, guest_id: str, user_id: str) -> None:
    """Let the account take over what is left in the guest's book when no activity is: a debt, or points.

    A debt is what the guest had spent of points that are the account's now: it is paid out of the account's pending
    points, then its other points, and the rest is owed. Points are gifts, or a spending that was taken back. Done
    again, it moves what has arrived since, or nothing.
    """
    left = get_balances(session, guest_id)
    # a name of its own each time: a refund may reach the guest's book long after it was closed
    name = f"{BROUGHT}-{guest_id}-{ledger.open_book(session, guest_id).sequence}"
    if left.owed:
        _take_over_debt(session, guest_id, user_id, name, left.owed)
    elif left.points:
        give(session, guest_id, user_id, name, left.points)


def _issue_lapsed(session: Session, credit: ActivityCredit, amount: int) -> None:
    """Points that had lapsed before they came along: issued and lost in one."""
    now, postings = clock.database_now(session), [Posting(issuance(credit.methodology_id), LAPSED_ACCOUNT, amount)]
    facts = {"activity_id": credit.activity_id}
    entry = NewEntry(f"activity:{credit.activity_id}:lapsed", LAPSE, postings, facts, now)
    grant = Grant(
        user_id=credit.user_id,
        id=ids.new_id("grant"),
        entry_id=ledger.post(session, credit.user_id, entry),
        zone=credit.zone,
        state=GrantState.LAPSED,
        amount=amount,
        remaining=0,
        matures_at=now,
        ends_at=now,
        activity_id=credit.activity_id,
        methodology_id=credit.methodology_id,
        lost=amount,
    )
    add(session, grant)


def _take_over_debt(session: Session, guest_id: str, user_id: str, name: str, debt: int) -> None:
    now, through = clock.database_now(session), transit(name)
    slices = cover(fetch(session, other_grants_question(user_id, "", debt)).all(), debt)
    paid: Counter[str] = Counter()
    for part in slices:
        paid[account_of(part.grant)] += part.amount
    paid[accounts_of(user_id).owed] += debt - paid.total()
    out = [Posting(account, through, amount) for account, amount in sorted(paid.items()) if amount]
    entry_id = ledger.post(session, user_id, NewEntry(name, BROUGHT, out, {"guest_id": guest_id}, now))
    draw(session, entry_id, slices)
    repaid = [Posting(through, accounts_of(guest_id).owed, debt)]
    ledger.post(session, guest_id, NewEntry(name, BROUGHT, repaid, {"user_id": user_id}, now))
