"""Bringing the points of one activity to what its reduction is credited with, by posting the difference.

More is a new grant in *pending*; a debt is repaid out of it first. Less is taken back from where the points are by
now: the activity's own grant, pending or collected or already lost; then the person's other pending points, then
their other points; and what is left is owed. So whoever owes has no points: the two never stand side by side.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.service import Opening, Posting, chart
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal
from backend.platform.data.batch import Batch, Questions, fetch
from backend.platform.data.transactions import enqueue_write
from backend.points.models import COLLECTED, HELD, PENDING
from backend.points.service.grants import (
    GRANTS,
    Grant,
    Slice,
    add,
    cover,
    crossed,
    draw,
    grants_question,
    note,
    other_grants_question,
)

CREDIT, CORRECTION, REVERSAL = "credit", "correction", "reversal"
NOTHING = "none"
REPAID = "repaid"
NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # when held points mature and lapse

TAKE_BACK = (
    GRANTS.update()
    .where(
        GRANTS.c.user_id == bindparam("owner"),
        GRANTS.c.id == bindparam("of_grant"),
        GRANTS.c.remaining >= bindparam("drawn"),
        GRANTS.c.lost >= bindparam("found"),
    )
    .values(
        remaining=GRANTS.c.remaining - bindparam("drawn"),
        lost=GRANTS.c.lost - bindparam("found"),
        taken_back=GRANTS.c.taken_back + bindparam("drawn") + bindparam("found") + bindparam("elsewhere"),
    )
)


@dataclass(frozen=True)
class ActivityCredit:
    """What an activity is worth from now on: `target_points`, 0 or more, by the `revision`-th time it was judged.

    `local_day` and `zone` are the person's own. What is added while `is_held` waits in pending, repays nothing and
    cannot be collected; it is settled to 0 and anew once decided.
    """

    user_id: str
    activity_id: str
    revision: int
    methodology_id: str
    local_day: date
    zone: str
    target_points: int
    is_held: bool = False


@dataclass(frozen=True)
class PointsBefore:
    """What `settle_activity` has to know: the opened book, its balances by account, and the activity's grants."""

    openings: Sequence[Opening]
    balances: Sequence[Mapping[str, int]]
    grants: Sequence[Grant]

    def owed_by(self, user_id: str) -> int:
        """The debt, 0 or more."""
        return -self.balances[0].get(chart.owed(user_id), 0)


@dataclass(frozen=True)
class Settled:
    """What an activity is worth in points now.

    `state` is `pending` (collectable from `matures_at`), `held` (until somebody has decided), `collected`, `lapsed`,
    `expired`, `repaid` (it all went towards a debt), or `none`.
    """

    amount: int
    state: str
    matures_at: datetime | None


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


def points_question(user_id: str, activity_id: str, revision: int) -> Questions[PointsBefore]:
    """What `settle_activity` has to know, for a caller that asks for more in the same round trip."""
    return Questions(
        {
            "openings": ledger.opening(user_id, _reference(activity_id, revision)),
            "balances": ledger.balances_question(user_id),
            "grants": grants_question(user_id, activity_id),
        },
        PointsBefore,
    )


def settle_activity(session: Session, credit: ActivityCredit, before: PointsBefore | None = None) -> Settled:
    """Bring the points of an activity to what it is credited with, and say what it is worth now.

    The same revision again changes nothing, and is refused with `ledger.reference_reused` when it says something else.
    `before` is the answer to `points_question`, when it was asked in this transaction and still holds: after other
    activities of the same person were settled it does for a new one, as long as nothing is owed.
    """
    if before is None:
        before = fetch(session, points_question(credit.user_id, credit.activity_id, credit.revision)).one()
    reference = _reference(credit.activity_id, credit.revision)
    book = ledger.open_book(session, credit.user_id, reference, before.openings[0])
    if first := book.known[reference]:
        if first["facts"]["target_points"] != credit.target_points:
            raise Refusal("ledger.reference_reused", reference=reference)
        return _settled(before.grants)
    difference = credit.target_points - sum(grant.standing for grant in before.grants)
    if difference > 0:
        added = _credit(session, credit, difference, 0 if credit.is_held else before.owed_by(credit.user_id))
        return _settled([*before.grants, added])
    if difference < 0:
        return _take_back(session, credit, before.grants, -difference)
    return _settled(before.grants)


def list_settled(session: Session, user_id: str, activity_ids: Sequence[str]) -> dict[str, Settled]:
    """What each of these activities of `user_id` is worth now, in one round trip."""
    batch = Batch(session)
    grants = {activity_id: batch.fetch(grants_question(user_id, activity_id)) for activity_id in activity_ids}
    batch.run()
    return {activity_id: _settled(handle.all()) for activity_id, handle in grants.items()}


def _credit(session: Session, credit: ActivityCredit, amount: int, debt: int) -> Grant:
    owner, zone = credit.user_id, credit.zone
    source, now, repaid = chart.issuance(credit.methodology_id), clock.database_now(session), min(amount, debt)
    postings = [
        Posting(source, destination, part)
        for destination, part in ((chart.owed(owner), repaid), (chart.pending(owner), amount - repaid))
        if part
    ]
    reference = _reference(credit.activity_id, credit.revision)
    entry_id = ledger.post(session, owner, reference, CREDIT, postings, _facts(credit), now)
    rules = policy().points
    # what is logged late matures like what is logged today: the time until then is for looking at it
    matures_on = clock.days_later(max(credit.local_day, clock.local_day(now, zone)), rules.matures_after_days)
    lapses_on = clock.days_later(matures_on, rules.lapses_after_days)
    return add(
        session,
        owner,
        entry_id,
        state=HELD if credit.is_held else PENDING,
        amount=amount,
        zone=zone,
        matures_at=NEVER if credit.is_held else clock.start_of_day(matures_on, zone),
        ends_at=NEVER if credit.is_held else clock.start_of_day(lapses_on, zone),
        activity_id=credit.activity_id,
        methodology_id=credit.methodology_id,
        used_at_once=repaid,
    )


def _take_back(session: Session, credit: ActivityCredit, grants: Sequence[Grant], amount: int) -> Settled:
    owner, takings = credit.user_id, _takings(grants, amount)
    others = _others(session, owner, credit.activity_id, sum(taking.elsewhere for taking in takings))
    debt = sum(taking.elsewhere for taking in takings) - sum(part.amount for part in others)
    sources = [
        *((taking.grant.account, taking.drawn + taking.found) for taking in takings),
        *((part.grant.account, part.amount) for part in others),
        (chart.owed(owner), debt),
    ]
    destinations = [(chart.issuance(str(taking.grant.methodology_id)), taking.amount) for taking in takings]
    whole = takings[0].grant if len(takings) == 1 and takings[0].amount == takings[0].grant.amount else None
    entry_id = ledger.post(
        session,
        owner,
        _reference(credit.activity_id, credit.revision),
        REVERSAL if whole else CORRECTION,
        _matched(sources, destinations),
        _facts(credit),
        clock.database_now(session),
        reverses=whole.entry_id if whole else None,
    )
    for taking in takings:
        _write_taking(session, entry_id, taking)
    draw(session, entry_id, others)
    return _settled(fetch(session, grants_question(owner, credit.activity_id)).all())


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


def _others(session: Session, user_id: str, activity_id: str, needed: int) -> list[Slice]:
    if not needed:
        return []
    return cover(fetch(session, other_grants_question(user_id, activity_id, needed)).all(), needed)


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


def _settled(grants: Sequence[Grant]) -> Settled:
    amount = sum(grant.standing for grant in grants)
    standing = [grant for grant in grants if grant.standing]
    if not standing:
        return Settled(0, NOTHING, None)
    newest = standing[-1]
    if newest.state == PENDING and not newest.remaining:
        return Settled(amount, REPAID, None)
    return Settled(amount, newest.state, newest.matures_at if newest.state in (PENDING, COLLECTED) else None)


def _facts(credit: ActivityCredit) -> dict[str, Any]:
    return {
        "activity_id": credit.activity_id,
        "revision": credit.revision,
        "target_points": credit.target_points,
    }


def _reference(activity_id: str, revision: int) -> str:
    return f"activity:{activity_id}:{revision}"
