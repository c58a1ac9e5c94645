"""Bringing the points of one activity to what its reduction is credited with, by posting the difference.

More is a new grant in *pending*; a debt is repaid out of it first. Less is taken back from where the points are by
now: the activity's own grant, pending or collected or already lost; then the person's other pending points, then
their other points; and what is left is owed. So whoever owes has no points: the two never stand side by side.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.orm import Session

from backend.ledger import service as ledger
from backend.ledger.service import Ask, Posting, Rows, chart
from backend.platform.core import clock
from backend.platform.core.context import policy
from backend.platform.core.errors import Refusal
from backend.platform.data.transactions import enqueue_write, fetch_many
from backend.points.models import COLLECTED, HELD, PENDING
from backend.points.service.grants import (
    GRANTS,
    OF_ACTIVITY,
    OF_OTHER_ACTIVITIES,
    Grant,
    Slice,
    add,
    cover,
    crossed,
    draw,
    note,
    read_grants,
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


def settling_questions(user_id: str, activity_id: str, revision: int) -> list[Ask]:
    """What `settle_activity` needs to know, for a caller that asks for more in the same round trip."""
    return [
        *ledger.opening(user_id, _reference(activity_id, revision)),
        ledger.balances_question(user_id),
        (OF_ACTIVITY, {"owner": user_id, "of_activity": activity_id}),
    ]


def owes_nothing(user_id: str, answers: Sequence[Rows]) -> bool:
    """Whether the answers to `settling_questions` still hold after other activities of `user_id` were settled.

    They do for new activities as long as no debt is repaid out of them.
    """
    *_, lying, _ = answers
    return not ledger.read_balances(lying).get(chart.owed(user_id), 0)


def settle_activity(
    session: Session,
    user_id: str,
    activity_id: str,
    revision: int,
    methodology_id: str,
    local_day: date,
    zone: str,
    target_points: int,
    *,
    answers: Sequence[Rows] | None = None,
    held: bool = False,
) -> Settled:
    """Bring the points of an activity to `target_points`, 0 or more, and say what it is worth now.

    `revision` counts the times the activity was judged: the same one again changes nothing, and is refused with
    `ledger.reference_reused` when it says something else. `local_day` and `zone` are the person's own. `answers` are
    those to `settling_questions`, when they were asked in this transaction and still hold. What is added while `held`
    waits in pending, repays nothing and cannot be collected; it is settled to 0 and anew once decided.
    """
    if answers is None:
        answers = fetch_many(session, settling_questions(user_id, activity_id, revision))
    reference = _reference(activity_id, revision)
    *opened, lying, of_activity = answers
    book = ledger.open_book(session, user_id, reference, opened)
    grants = read_grants(of_activity)
    if first := book.known[reference]:
        if first["facts"]["target_points"] != target_points:
            raise Refusal("ledger.reference_reused", reference=reference)
        return _settled(grants)
    facts = {"activity_id": activity_id, "revision": revision, "target_points": target_points}
    difference = target_points - sum(grant.standing for grant in grants)
    if difference > 0:
        debt = 0 if held else -ledger.read_balances(lying).get(chart.owed(user_id), 0)
        made = _credit(session, user_id, reference, facts, difference, debt, methodology_id, local_day, zone, held)
        return _settled([*grants, made])
    if difference < 0:
        return _take_back(session, user_id, reference, facts, grants, -difference)
    return _settled(grants)


def list_settled(session: Session, user_id: str, activity_ids: Sequence[str]) -> dict[str, Settled]:
    """What each of these activities of `user_id` is worth now, in one round trip."""
    asks = [(OF_ACTIVITY, {"owner": user_id, "of_activity": activity_id}) for activity_id in activity_ids]
    answers = fetch_many(session, asks)
    return {activity_id: _settled(read_grants(rows)) for activity_id, rows in zip(activity_ids, answers, strict=True)}


def _credit(
    session: Session,
    owner: str,
    reference: str,
    facts: dict[str, Any],
    amount: int,
    debt: int,
    methodology_id: str,
    local_day: date,
    zone: str,
    held: bool,
) -> Grant:
    source, now, repaid = chart.issuance(methodology_id), clock.database_now(session), min(amount, debt)
    postings = [
        Posting(source, destination, part)
        for destination, part in ((chart.owed(owner), repaid), (chart.pending(owner), amount - repaid))
        if part
    ]
    entry_id = ledger.post(session, owner, reference, CREDIT, postings, facts, now)
    rules = policy().points
    # what is logged late matures like what is logged today: the time until then is for looking at it
    matures_on = clock.days_later(max(local_day, clock.local_day(now, zone)), rules.matures_after_days)
    lapses_on = clock.days_later(matures_on, rules.lapses_after_days)
    return add(
        session,
        owner,
        entry_id,
        state=HELD if held else PENDING,
        amount=amount,
        zone=zone,
        matures_at=NEVER if held else clock.start_of_day(matures_on, zone),
        ends_at=NEVER if held else clock.start_of_day(lapses_on, zone),
        activity_id=facts["activity_id"],
        methodology_id=methodology_id,
        used_at_once=repaid,
    )


def _take_back(
    session: Session, owner: str, reference: str, facts: dict[str, Any], grants: Sequence[Grant], amount: int
) -> Settled:
    takings = _takings(grants, amount)
    others = _others(session, owner, facts["activity_id"], sum(taking.elsewhere for taking in takings))
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
        reference,
        REVERSAL if whole else CORRECTION,
        _matched(sources, destinations),
        facts,
        clock.database_now(session),
        reverses=whole.entry_id if whole else None,
    )
    for taking in takings:
        _write_taking(session, entry_id, taking)
    draw(session, entry_id, others)
    (rows,) = fetch_many(session, [(OF_ACTIVITY, {"owner": owner, "of_activity": facts["activity_id"]})])
    return _settled(read_grants(rows))


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
    asked = {"owner": user_id, "of_activity": activity_id, "needed": needed}
    (rows,) = fetch_many(session, [(OF_OTHER_ACTIVITIES, asked)])
    return cover(read_grants(rows), needed)


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


def _reference(activity_id: str, revision: int) -> str:
    return f"activity:{activity_id}:{revision}"
