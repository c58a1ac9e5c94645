"""Deciding what a rule was in doubt about: operators accept or reject with a reason, people appeal once.

A decision is a row that is never changed, an entry of the audit trail, a note to the person, and entries in the ledger.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import String, and_, bindparam, cast, exists, or_, select
from sqlalchemy.orm import Session

from backend.activities.models import CREDITED, HELD, OPERATOR, UNCREDITED, Appeal, Evidence
from backend.activities.service import screening
from backend.activities.service.guest_transfer import REASON, WORDS
from backend.activities.service.ledger_effects import Row
from backend.activities.service.queries import NOT_BELIEVED, get_activity, get_rows
from backend.activities.service.revisions import judge_anew, put_in_place
from backend.activities.service.screening import DECISIONS, INSERT_DECISION
from backend.activities.service.views import View
from backend.activities.service.withdrawal import open_book
from backend.activities.sql import ACTIVITIES, REDUCTIONS
from backend.methodology import service as methodology
from backend.platform.core import clock, i18n
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data.paging import Page, Window
from backend.platform.data.transactions import enqueue_write
from backend.platform.privacy import audit
from backend.platform.privacy.personal_data import Record, by_key
from backend.platform.privacy.vault import KeyErased, the_vault
from calculators import ACCEPT, REFUSE

OPERATOR_VERSION = 1
ACCEPTED, REJECTED = "accepted", "rejected"

APPEALS = Appeal.__table__
_EVIDENCE = Evidence.__table__
_APPEAL = APPEALS.insert()
_FIND_APPEAL = select(APPEALS).where(
    APPEALS.c.user_id == bindparam("owner"), APPEALS.c.activity_id == bindparam("wanted")
)
_ANSWER = (
    APPEALS.update()
    .where(APPEALS.c.user_id == bindparam("owner"), APPEALS.c.activity_id == bindparam("wanted"))
    .values(answered_at=bindparam("answered", type_=APPEALS.c.answered_at.type))
)
_OF_ACTIVITY = (
    select(DECISIONS)
    .where(DECISIONS.c.user_id == bindparam("owner"), DECISIONS.c.activity_id == bindparam("wanted"))
    .order_by(DECISIONS.c.number)
)
_PIECES = select(_EVIDENCE).where(
    _EVIDENCE.c.user_id == bindparam("owner"), _EVIDENCE.c.activity_id == bindparam("wanted")
)
_NAME = (DECISIONS.c.activity_id + "." + cast(DECISIONS.c.number, String)).label("name")
_IS_APPEALED = exists().where(
    APPEALS.c.user_id == ACTIVITIES.c.user_id,
    APPEALS.c.activity_id == ACTIVITIES.c.id,
    APPEALS.c.answered_at.is_(None),
)


def list_waiting(session: Session, window: Window, language: Language) -> Page[View]:
    """Everybody's activities that wait for an operator, held or appealed, the oldest first."""
    wanted = (
        select(ACTIVITIES, (REDUCTIONS.c.credited_g + REDUCTIONS.c.behaviour_points).label("amount"))
        .join(
            REDUCTIONS,
            (REDUCTIONS.c.user_id == ACTIVITIES.c.user_id)
            & (REDUCTIONS.c.activity_id == ACTIVITIES.c.id)
            & REDUCTIONS.c.superseded_at.is_(None),
        )
        .where(or_(ACTIVITIES.c.status == HELD, and_(ACTIVITIES.c.status == UNCREDITED, _IS_APPEALED)))
    )
    if window.after:
        wanted = wanted.where(ACTIVITIES.c.id > window.after[0])
    rows = session.execute(wanted.order_by(ACTIVITIES.c.id).limit(window.limit + 1)).mappings()
    page = window.cut([dict(row) for row in rows], "id")
    return Page([_waiting(session, row, language) for row in page.items], page.next_cursor)


def list_decisions(session: Session, user_id: str, activity_id: str, language: Language) -> dict[str, Any]:
    """Every decision on one of a person's activities, the first one first; raise `not_found.activity`."""
    activity, _ = get_rows(session, user_id, activity_id)
    rows = session.execute(_OF_ACTIVITY, {"owner": user_id, "wanted": activity_id}).mappings()
    appeal = _find_appeal(session, activity)
    return {
        "decisions": [_shown(session, dict(row), language) for row in rows],
        "appeal": appeal and {"created_at": appeal["created_at"], "answered_at": appeal["answered_at"]},
    }


def appeal(session: Session, user_id: str, activity_id: str, words: str, language: Language) -> View:
    """Say why a decision on an activity is wrong; an operator answers.

    Raises `not_found.activity`, `activities.nothing_to_appeal`, and `activities.appealed` when that was said before.
    """
    open_book(session, user_id)
    activity, _ = get_rows(session, user_id, activity_id)
    if _find_appeal(session, activity):
        raise Refusal("activities.appealed")
    refused = activity["status"] == UNCREDITED and activity["reason"] in NOT_BELIEVED
    if activity["status"] != HELD and not refused:
        raise Refusal("activities.nothing_to_appeal")
    sealed = the_vault().seal(session, user_id, WORDS, words.encode())
    row = {
        "user_id": user_id,
        "activity_id": activity_id,
        "sealed_words": sealed,
        "created_at": clock.database_now(session),
    }
    enqueue_write(session, _APPEAL, row | {"answered_at": None})
    return get_activity(session, user_id, activity_id, language)


def accept(session: Session, who: str, user_id: str, activity_id: str, reason: str, language: Language) -> View:
    """Credit an activity that was held, or refused and appealed; its points are pending from now on.

    Raises `not_found.activity`, and `activities.nothing_to_decide` when nothing about it waits.
    """
    activity, reduction = _take_up(session, user_id, activity_id, (HELD,))
    rule = _rule_of(session, reduction)
    found, things = judge_anew(session, rule, activity, reduction, refused=None)
    named = {"status": found.status, "reason": found.reason, "cause": ACCEPTED, "now": clock.database_now(session)}
    put_in_place(session, rule, activity, reduction, found, things=things, **named)
    _write(session, who, activity, ACCEPT, ACCEPTED, reason)
    return get_activity(session, user_id, activity_id, language)


def reject(session: Session, who: str, user_id: str, activity_id: str, reason: str, language: Language) -> View:
    """Credit nothing for an activity, held or credited or appealed; what it had is reversed wherever it is by now.

    Raises `not_found.activity`, and `activities.nothing_to_decide` when nothing about it waits or counts.
    """
    activity, reduction = _take_up(session, user_id, activity_id, (HELD, CREDITED))
    if activity["status"] != UNCREDITED:
        rule = _rule_of(session, reduction)
        found, _ = judge_anew(session, rule, activity, reduction, refused=OPERATOR)
        named = {"status": UNCREDITED, "reason": OPERATOR, "cause": REJECTED, "now": clock.database_now(session)}
        put_in_place(session, rule, activity, reduction, found, **named)
    _write(session, who, activity, REFUSE, REJECTED, reason)
    return get_activity(session, user_id, activity_id, language)


def export(session: Session, user_id: str, after: str = "") -> Iterator[Record]:
    """Every decision on a person's activities behind the activity `after`, with an operator's words in the clear."""
    for row in by_key(session, select(DECISIONS, _NAME).where(DECISIONS.c.user_id == user_id), _NAME, after):
        plain = {name: value for name, value in row.items() if name not in ("sealed_reason", "decided_by", "name")}
        yield plain | {"id": row["name"], "reason": _unsealed(session, user_id, REASON, row["sealed_reason"])}


def export_appeals(session: Session, user_id: str, after: str = "") -> Iterator[Record]:
    """Every appeal of a person behind the activity `after`, with their own words."""
    for row in by_key(session, select(APPEALS).where(APPEALS.c.user_id == user_id), APPEALS.c.activity_id, after):
        plain = {name: value for name, value in row.items() if name != "sealed_words"}
        yield plain | {"words": _unsealed(session, user_id, WORDS, row["sealed_words"])}


def forget(session: Session, user_id: str) -> None:
    """Empty what a person said against decisions; these stay, and what operators wrote opens with no key any more."""
    session.execute(APPEALS.update().where(APPEALS.c.user_id == user_id).values(sealed_words=None))


def _take_up(session: Session, user_id: str, activity_id: str, statuses: tuple[str, ...]) -> tuple[Row, Row]:
    """An activity about which there is something to decide, behind its owner's lock."""
    open_book(session, user_id)
    activity, reduction = get_rows(session, user_id, activity_id)
    appealed = _find_appeal(session, activity)
    is_open = appealed is not None and appealed["answered_at"] is None and activity["status"] in (HELD, UNCREDITED)
    if activity["status"] not in statuses and not is_open:
        raise Refusal("activities.nothing_to_decide", now_it_is=activity["status"])
    return activity, reduction


def _write(session: Session, who: str, activity: Row, outcome: str, verb: str, reason: str) -> None:
    user_id, activity_id, now = activity["user_id"], activity["id"], clock.database_now(session)
    row = {
        "user_id": user_id,
        "activity_id": activity_id,
        "number": screening.next_number(session, user_id, activity_id),
        "outcome": outcome,
        "rule": OPERATOR,
        "rule_version": OPERATOR_VERSION,
        "found": {"rules": [activity["reason"]] if activity["reason"] else [], "params": {}},
        "decided_by": who,
        "sealed_reason": the_vault().seal(session, user_id, REASON, reason.encode()),
        "decided_at": now,
    }
    enqueue_write(session, INSERT_DECISION, row)
    named = {"owner": user_id, "wanted": activity_id}
    enqueue_write(session, _ANSWER, named | {"answered": now})
    audit.record(session, who=who, action=f"activity.{verb}", subject=activity_id, reason=reason, about=user_id)
    pieces = [dict(piece) for piece in session.execute(_PIECES, named).mappings()]
    screening.coarsen_later(session, user_id, pieces, now)


def _waiting(session: Session, activity: Row, language: Language) -> View:
    named = {"owner": activity["user_id"], "wanted": activity["id"]}
    last = [dict(row) for row in session.execute(_OF_ACTIVITY, named).mappings()][-1:]
    pieces = session.execute(_PIECES, named).mappings()
    said = _find_appeal(session, activity)
    return {
        **{name: activity[name] for name in ("user_id", "id", "methodology_id", "status", "occurred_at", "zone")},
        **{name: activity[name] for name in ("duration_s", "inputs", "evidence_tier", "amount", "created_at")},
        "evidence": [piece["id"] for piece in pieces],
        "decision": _shown(session, last[0], language) if last else None,
        "appeal": said and _unsealed(session, activity["user_id"], WORDS, said["sealed_words"]),
        "appealed_at": said and said["created_at"],
    }


def _shown(session: Session, decision: Row, language: Language) -> View:
    params = decision["found"]["params"]
    return {
        **{name: decision[name] for name in ("number", "outcome", "rule", "rule_version", "decided_at")},
        "by": "rule" if decision["decided_by"] is None else "operator",
        "found": decision["found"]["rules"],
        "params": params,
        "message": i18n.text("activity", decision["rule"], language=language),
        "reason": _unsealed(session, decision["user_id"], REASON, decision["sealed_reason"]),
    }


def _find_appeal(session: Session, activity: Mapping[str, Any]) -> Row | None:
    named = {"owner": activity["user_id"], "wanted": activity["id"]}
    found = session.execute(_FIND_APPEAL, named).mappings().one_or_none()
    return None if found is None else dict(found)


def _unsealed(session: Session, user_id: str, purpose: str, sealed: bytes | None) -> str | None:
    if sealed is None:
        return None
    try:
        return the_vault().unseal(session, user_id, purpose, sealed).decode()
    except KeyErased:
        return None


def _rule_of(session: Session, reduction: Row) -> Any:
    return methodology.get_pinned(session, reduction["version_id"], reduction["content_sha256"]).methodology
