"""Deciding what a rule was in doubt about: operators accept or reject with a reason, people appeal once.

A decision is a row that is never changed, an entry of the audit trail, a note to the person, and entries in the ledger.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.activities.domain import OPERATOR, Activity, ActivityStatus, Appeal, RecordedDecision
from backend.activities.domain.views import (
    AppealView,
    DecisionsView,
    DecisionView,
    LoggedActivity,
    WaitingActivity,
)
from backend.activities.service import evidence
from backend.activities.service.guest_transfer import REASON, WORDS
from backend.activities.service.queries import NOT_BELIEVED, get_activity, get_stored
from backend.activities.service.reallocation import rule_of
from backend.activities.service.revisions import Present, Result, judge_anew, put_in_place
from backend.activities.service.withdrawal import open_book
from backend.activities.sql import decisions as sql
from backend.activities.sql.activities import read_activity
from backend.activities.sql.evidence import pieces_of_activity
from backend.platform.core import clock, i18n
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data.batch import Batch, fetch, fetch_one
from backend.platform.data.paging import Page, Window, by_id
from backend.platform.data.transactions import enqueue_writes
from backend.platform.privacy import audit
from backend.platform.privacy.personal_data import Record, by_key
from backend.platform.privacy.vault import KeyErased, the_vault
from calculators import ACCEPT, REFUSE

OPERATOR_VERSION = 1
ACCEPTED, REJECTED = "accepted", "rejected"
WAITING = by_id("activity")


@dataclass(frozen=True)
class Ruling:
    """What an operator decides about whose activity, and the reason that its owner reads."""

    decided_by: str
    user_id: str
    activity_id: str
    reason: str


def list_waiting(
    session: Session, window: Window, language: Language, *, appealed: bool | None = None
) -> Page[WaitingActivity]:
    """Everybody's activities that wait for an operator, held or appealed, the oldest first.

    Only those with an open appeal, or without one, where `appealed` says which.
    """
    query = sql.page_of_waiting(window.after(WAITING), window.limit + 1, appealed=appealed)
    rows = session.execute(query).mappings().all()
    at_stake = {row["id"]: int(row["amount"]) for row in rows}
    activities = [read_activity({name: row[name] for name in row if name != "amount"}) for row in rows]
    page = window.cut(activities, WAITING)
    return Page([present_waiting(session, one, at_stake[one.id], language) for one in page.items], page.next_cursor)


def list_decisions(session: Session, user_id: str, activity_id: str, language: Language) -> DecisionsView:
    """Every decision on one of a person's activities, the first one first; raise `not_found.activity`."""
    get_stored(session, user_id, activity_id)
    batch = Batch(session)
    decisions = batch.fetch(sql.decisions_question(user_id, activity_id))
    appealed = batch.fetch(sql.appeal_question(user_id, activity_id))
    batch.run()
    against = appealed.one_or_none()
    return DecisionsView(
        decisions=[_shown(session, decision, language) for decision in decisions.all()],
        appeal=AppealView(against.created_at, against.answered_at) if against else None,
    )


def appeal(session: Session, user_id: str, activity_id: str, words: str, language: Language) -> LoggedActivity:
    """Say why a decision on an activity is wrong; an operator answers.

    Raises `not_found.activity`, `activities.nothing_to_appeal`, and `activities.appealed` when that was said before.
    """
    open_book(session, user_id)
    activity, reduction = get_stored(session, user_id, activity_id)
    if _find_appeal(session, user_id, activity_id):
        raise Refusal("activities.appealed")
    is_refused = activity.status == ActivityStatus.UNCREDITED and activity.reason in NOT_BELIEVED
    if not activity.is_held and not is_refused and not reduction.withheld:
        raise Refusal("activities.nothing_to_appeal")
    sealed = the_vault().seal(session, user_id, WORDS, words.encode())
    against = Appeal(user_id, activity_id, sealed, clock.database_now(session))
    enqueue_writes(session, [sql.insert_appeal(against)])
    return get_activity(session, user_id, activity_id, language)


def accept(session: Session, ruling: Ruling, language: Language) -> LoggedActivity:
    """Credit an activity that was held, or refused and appealed; its points are pending from now on.

    Raises `not_found.activity`, and `activities.nothing_to_decide` when nothing about it waits.
    """
    present = take_up(session, ruling.user_id, ruling.activity_id, {ActivityStatus.HELD})
    judged = judge_anew(session, present, {"refused": None, "allowance": None})
    status, now = ActivityStatus(judged.estimate.status), clock.database_now(session)
    put_in_place(session, present, Result(judged, status, judged.estimate.reason, ACCEPTED, now))
    _record(session, ruling, present.activity, ACCEPT, ACCEPTED)
    return get_activity(session, ruling.user_id, ruling.activity_id, language)


def reject(session: Session, ruling: Ruling, language: Language) -> LoggedActivity:
    """Credit nothing for an activity, held or credited or appealed; what it had is reversed wherever it is by now.

    Raises `not_found.activity`, and `activities.nothing_to_decide` when nothing about it waits or counts.
    """
    present = take_up(session, ruling.user_id, ruling.activity_id, {ActivityStatus.HELD, ActivityStatus.CREDITED})
    if present.activity.status != ActivityStatus.UNCREDITED:
        judged = judge_anew(session, present, {"refused": OPERATOR})
        now = clock.database_now(session)
        put_in_place(session, present, Result(judged, ActivityStatus.UNCREDITED, OPERATOR, REJECTED, now))
    _record(session, ruling, present.activity, REFUSE, REJECTED)
    return get_activity(session, ruling.user_id, ruling.activity_id, language)


def export(session: Session, user_id: str, after: str = "") -> Iterator[Record]:
    """Every decision on a person's activities behind the activity `after`, with an operator's words in the clear."""
    for row in by_key(session, sql.decisions_of(user_id), sql.DECISION_NAME, after):
        # names of a union are no plain strings
        hidden = ("sealed_reason", "decided_by", "name")
        plain = {str(name): value for name, value in row.items() if name not in hidden}
        yield plain | {"id": row["name"], "reason": _unsealed(session, user_id, REASON, row["sealed_reason"])}


def export_appeals(session: Session, user_id: str, after: str = "") -> Iterator[Record]:
    """Every appeal of a person behind the activity `after`, with their own words."""
    for row in by_key(session, sql.appeals_of(user_id), sql.APPEALS.c.activity_id, after):
        plain = {name: value for name, value in row.items() if name != "sealed_words"}
        yield plain | {"words": _unsealed(session, user_id, WORDS, row["sealed_words"])}


def forget(session: Session, user_id: str) -> None:
    """Empty what a person said against decisions; these stay, and what operators wrote opens with no key any more."""
    session.execute(sql.FORGET_WORDS, {"owner": user_id})


def take_up(session: Session, user_id: str, activity_id: str, statuses: Collection[ActivityStatus]) -> Present:
    """An activity about which there is something to decide, behind its owner's lock.

    Raises `not_found.activity`, and `activities.nothing_to_decide` when nothing about it waits.
    """
    get_stored(session, user_id, activity_id)  # else there is no person whose book could be opened
    open_book(session, user_id)
    activity, reduction = get_stored(session, user_id, activity_id)
    against = _find_appeal(session, user_id, activity_id)
    may_be_open = activity.status != ActivityStatus.WITHDRAWN
    is_open = against is not None and against.is_open and may_be_open
    if activity.status not in statuses and not is_open:
        raise Refusal("activities.nothing_to_decide", now_it_is=activity.status)
    return Present(activity, reduction, rule_of(session, reduction))


def _record(session: Session, ruling: Ruling, activity: Activity, outcome: str, verb: str) -> None:
    """Write the decision down, answer the appeal, and let the tracks go that nobody needs any more."""
    user_id, activity_id, now = ruling.user_id, ruling.activity_id, clock.database_now(session)
    last = fetch_one(session, sql.last_number_question(user_id, activity_id))
    decision = RecordedDecision(
        user_id=user_id,
        activity_id=activity_id,
        number=(last or 0) + 1,
        outcome=outcome,
        rule=OPERATOR,
        rule_version=OPERATOR_VERSION,
        found={"rules": [activity.reason] if activity.reason else [], "params": {}},
        decided_by=ruling.decided_by,
        sealed_reason=the_vault().seal(session, user_id, REASON, ruling.reason.encode()),
        decided_at=now,
    )
    enqueue_writes(session, [sql.insert_decision(decision), sql.answer_appeal(user_id, activity_id, now)])
    audit.record(
        session,
        who=ruling.decided_by,
        action=f"activity.{verb}",
        subject=activity_id,
        reason=ruling.reason,
        about=user_id,
    )
    pieces = fetch(session, pieces_of_activity(user_id, activity_id)).all()
    evidence.coarsen_later(session, user_id, pieces, now)


def present_waiting(session: Session, activity: Activity, amount: int, language: Language) -> WaitingActivity:
    """An activity that waits for an operator, with the decision on it and the person's words."""
    user_id, activity_id = activity.user_id, activity.id
    batch = Batch(session)
    decisions = batch.fetch(sql.decisions_question(user_id, activity_id))
    pieces = batch.fetch(pieces_of_activity(user_id, activity_id))
    appealed = batch.fetch(sql.appeal_question(user_id, activity_id))
    batch.run()
    against, last = appealed.one_or_none(), decisions.all()[-1:]
    return WaitingActivity(
        user_id=user_id,
        id=activity_id,
        methodology_id=activity.methodology_id,
        status=activity.status,
        occurred_at=activity.occurred_at,
        zone=activity.zone,
        duration_s=activity.duration_s,
        inputs=activity.inputs,
        evidence_tier=activity.evidence_tier,
        evidence=[piece.id for piece in pieces.all()],
        amount=amount,
        created_at=activity.created_at,
        decision=_shown(session, last[0], language) if last else None,
        appeal=_unsealed(session, user_id, WORDS, against.sealed_words) if against else None,
        appealed_at=against.created_at if against else None,
    )


def _shown(session: Session, decision: RecordedDecision, language: Language) -> DecisionView:
    return DecisionView(
        number=decision.number,
        outcome=decision.outcome,
        rule=decision.rule,
        rule_version=decision.rule_version,
        by="rule" if decision.decided_by is None else "operator",
        found=decision.found["rules"],
        params=decision.found["params"],
        message=i18n.text("activity", decision.rule, language=language),
        reason=_unsealed(session, decision.user_id, REASON, decision.sealed_reason),
        decided_at=decision.decided_at,
    )


def _find_appeal(session: Session, user_id: str, activity_id: str) -> Appeal | None:
    return fetch(session, sql.appeal_question(user_id, activity_id)).one_or_none()


def _unsealed(session: Session, user_id: str, purpose: str, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    try:
        return the_vault().unseal(session, user_id, purpose, sealed).decode()
    except KeyErased:
        return None
