"""Bringing the points of one activity to what its reduction is credited with, by posting the difference.

More is a new grant in *pending*; a debt is repaid out of it first. Less is taken back from where the points are by
now: the activity's own grant, pending or collected or already lost; then the person's other pending points, then
their other points; and what is left is owed. So whoever owes has no points: the two never stand side by side.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.domain import NewEntry, Opening, Posting, accounts_of, issuance
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.platform.data.batch import Question, Questions, fetch, fetch_one
from backend.platform.data.transactions import enqueue_write
from backend.points.domain import (
    NEVER,
    ActivityCredit,
    ActivityPoints,
    Grant,
    GrantState,
    Slice,
    Worth,
)
from backend.points.service.grants import account_of, cover, crossed, draw, note
from backend.points.sql import (
    INSERT_GRANT,
    TAKE_BACK,
    grants_among,
    grants_question,
    list_grants_of,
    other_grants_question,
    read_grant,
)
from config import PointsPolicy

CREDIT, CORRECTION, REVERSAL = "credit", "correction", "reversal"


@dataclass(frozen=True)
class PointsBefore:
    """What `set_activity_points` has to know: the opened book, its balances by account, the activity's grants, and the
    policy by which new points mature and lapse.
    """

    rules: PointsPolicy
    openings: Sequence[Opening]
    balances: Sequence[Mapping[str, int]]
    grants: Sequence[Grant] = ()

    def owed_by(self, user_id: str) -> int:
        """The debt, 0 or more."""
        return -self.balances[0].get(accounts_of(user_id).owed, 0)


@dataclass(frozen=True)
class _Taking:
    """How much of an own grant is taken back, and where it is found: still in the grant, lost, or gone elsewhere."""

    grant: Grant
    drawn: int
    found: int
    elsewhere: int

    @property
    def amount(self) -> int:
        return self.drawn + self.found + self.elsewhere


def _question_of(credit: ActivityCredit) -> Questions[PointsBefore]:
    return Questions(
        {
            "openings": ledger.opening(credit.user_id, _reference(credit.activity_id, credit.revision)),
            "balances": ledger.balances_question(credit.user_id),
            "grants": grants_question(credit.user_id, credit.activity_id),
        },
        partial(PointsBefore, policy().points),
    )


def set_activity_points(session: Session, credit: ActivityCredit, before: PointsBefore | None = None) -> ActivityPoints:
    """Bring an activity to the points it is to be worth, and say what it is worth now.

    The same revision again changes nothing, and is refused with `ledger.reference_reused` when it says something else.
    `before` is what was asked in this transaction already, of an activity that has no past, and still holds: after
    other activities of the same person were credited it does for a new one, as long as nothing is owed.
    """
    if before is None:
        before = fetch_one(session, _question_of(credit))
    reference = _reference(credit.activity_id, credit.revision)
    book = ledger.open_book(session, credit.user_id, reference, before.openings[0])
    grants = list(before.grants)
    if first := book.known[reference]:
        if first.facts["target_points"] != credit.target_points:
            raise Refusal("ledger.reference_reused", reference=reference)
        return points_of_grants(grants)
    difference = credit.target_points - sum(grant.amount - grant.taken_back for grant in grants)
    if difference > 0:
        debt = 0 if credit.is_held else before.owed_by(credit.user_id)
        grants.append(_credit(session, credit, difference, min(difference, debt), before.rules))
    elif difference < 0:
        grants = _take_back(session, credit, grants, -difference)
    return points_of_grants(grants)


def list_activity_points(session: Session, user_id: str, activity_ids: Sequence[str]) -> dict[str, ActivityPoints]:
    """What each of these activities of `user_id` is worth now, by one statement."""
    grants: dict[str, list[Grant]] = {activity_id: [] for activity_id in activity_ids}
    for grant in list_grants_of(session, user_id, activity_ids):
        grants[str(grant.activity_id)].append(grant)
    return {activity_id: points_of_grants(of_one) for activity_id, of_one in grants.items()}


def activity_points_question(
    user_id: str, activity_ids: Select[Any], parameters: Mapping[str, Any]
) -> Questions[Mapping[str, ActivityPoints]]:
    """What to ask, in a batch, for what the activities that a statement names are worth; without a grant: absent."""
    among = Question(grants_among(activity_ids), {"owner": user_id, **parameters}, read_grant)
    return Questions({"grants": among}, _points_by_activity)


def _points_by_activity(grants: Sequence[Grant]) -> dict[str, ActivityPoints]:
    by_activity: dict[str, list[Grant]] = {}
    for grant in grants:
        by_activity.setdefault(str(grant.activity_id), []).append(grant)
    return {activity_id: points_of_grants(of_one) for activity_id, of_one in by_activity.items()}


def _credit(session: Session, credit: ActivityCredit, amount: int, repaid: int, rules: PointsPolicy) -> Grant:
    """A new grant of `amount`, of which `repaid` goes towards what the person owes."""
    accounts, now = accounts_of(credit.user_id), clock.database_now(session)
    parts = ((accounts.owed, repaid), (accounts.pending, amount - repaid))
    source = issuance(credit.methodology_id)
    postings = [Posting(source, destination, part) for destination, part in parts if part]
    entry_id = ledger.post(session, credit.user_id, _entry(credit, CREDIT, postings, now))
    matures_at, ends_at = (NEVER, NEVER) if credit.is_held else _pending_span(credit, now, rules)
    grant = Grant(
        user_id=credit.user_id,
        id=ids.new_id("grant"),
        entry_id=entry_id,
        zone=credit.zone,
        state=GrantState.HELD if credit.is_held else GrantState.PENDING,
        amount=amount,
        remaining=amount - repaid,
        matures_at=matures_at,
        ends_at=ends_at,
        activity_id=credit.activity_id,
        methodology_id=credit.methodology_id,
    )
    enqueue_write(session, INSERT_GRANT, vars(grant))
    if repaid:
        note(session, grant, entry_id, repaid)
    return grant


def points_of_grants(grants: Sequence[Grant]) -> ActivityPoints:
    """What an activity with these grants, the oldest first, is worth."""
    standing = [grant for grant in grants if grant.amount > grant.taken_back]
    if not standing:
        return ActivityPoints(0, Worth.NONE, None)
    newest, amount = standing[-1], sum(grant.amount - grant.taken_back for grant in standing)
    if newest.state == GrantState.PENDING and not newest.remaining:
        return ActivityPoints(amount, Worth.REPAID, None)
    is_collectable = newest.state in (GrantState.PENDING, GrantState.COLLECTED)
    return ActivityPoints(amount, Worth(newest.state), newest.matures_at if is_collectable else None)


def _entry(credit: ActivityCredit, kind: str, postings: Sequence[Posting], now: datetime) -> NewEntry:
    facts = {"activity_id": credit.activity_id, "revision": credit.revision, "target_points": credit.target_points}
    return NewEntry(_reference(credit.activity_id, credit.revision), kind, postings, facts, now)


def _pending_span(credit: ActivityCredit, now: datetime, rules: PointsPolicy) -> tuple[datetime, datetime]:
    """From when to when pending points may be collected, by the midnights of the person's zone."""
    # what is logged late matures like what is logged today: the time until then is for looking at it
    first_day = max(credit.local_day, clock.local_day(now, credit.zone))
    matures_on = first_day + timedelta(days=rules.matures_after_days)
    lapses_on = matures_on + timedelta(days=rules.lapses_after_days)
    return clock.start_of_day(matures_on, credit.zone), clock.start_of_day(lapses_on, credit.zone)


def _take_back(session: Session, credit: ActivityCredit, grants: Sequence[Grant], amount: int) -> list[Grant]:
    """Take `amount` back from where it is by now; the activity's grants as they stand afterwards."""
    owner, takings = credit.user_id, _takings(grants, amount)
    elsewhere = sum(taking.elsewhere for taking in takings)
    others = _others(session, credit, elsewhere)
    sources = [
        *((account_of(taking.grant), taking.drawn + taking.found) for taking in takings),
        *((account_of(part.grant), part.amount) for part in others),
        (accounts_of(owner).owed, elsewhere - sum(part.amount for part in others)),
    ]
    destinations = [(issuance(str(taking.grant.methodology_id)), taking.amount) for taking in takings]
    whole = takings[0].grant if len(takings) == 1 and takings[0].amount == takings[0].grant.amount else None
    kind, reverses = (REVERSAL, whole.entry_id) if whole else (CORRECTION, None)
    entry = _entry(credit, kind, _matched(sources, destinations), clock.database_now(session))
    entry_id = ledger.post(session, owner, replace(entry, reverses=reverses))
    for taking in takings:
        _write_taking(session, entry_id, taking)
    draw(session, entry_id, others)
    return fetch(session, grants_question(owner, credit.activity_id)).all()


def _takings(grants: Sequence[Grant], amount: int) -> list[_Taking]:
    """The newest grant gives first, each no more than it still stands for."""
    takings = []
    for grant in reversed(grants):
        if part := min(grant.standing, amount):
            drawn = min(part, grant.remaining)
            found = min(part - drawn, grant.lost)
            takings.append(_Taking(grant, drawn, found, part - drawn - found))
            amount -= part
    return takings


def _others(session: Session, credit: ActivityCredit, needed: int) -> list[Slice]:
    if not needed:
        return []
    return cover(fetch(session, other_grants_question(credit.user_id, credit.activity_id, needed)).all(), needed)


def _write_taking(session: Session, entry_id: str, taking: _Taking) -> None:
    enqueue_write(
        session,
        TAKE_BACK,
        {
            "owner": taking.grant.user_id,
            "of_grant": taking.grant.id,
            "drawn": taking.drawn,
            "found": taking.found,
            "elsewhere": taking.elsewhere,
        },
        rows=1,
        otherwise=crossed,
    )
    if taking.drawn:
        note(session, taking.grant, entry_id, taking.drawn)


def _matched(sources: Sequence[tuple[str, int]], destinations: Sequence[tuple[str, int]]) -> list[Posting]:
    """Postings that empty the sources into the destinations, in order; both sum to the same."""
    moved: dict[tuple[str, str], int] = defaultdict(int)
    waiting = deque(sources)
    for destination, wanted in destinations:
        while wanted:
            source, amount = waiting.popleft()
            part = min(amount, wanted)
            moved[source, destination] += part
            wanted -= part
            if amount > part:
                waiting.appendleft((source, amount - part))
    return [Posting(source, destination, amount) for (source, destination), amount in moved.items() if amount]


def _reference(activity_id: str, revision: int) -> str:
    return f"activity:{activity_id}:{revision}"
