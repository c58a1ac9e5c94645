"""Correcting what an activity says: its id stays, its grams and points become those of the corrected report.

What it came to is taken out of every total and every flow, the corrected report is judged as if it were the first, and
what shares a cap, a flow or the allowance with either is allocated again: all behind the person's lock, by entries, in
one transaction (ADR 0109). What was said before stays readable, and so does every reduction that it came to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from backend.activities.domain import (
    CORRECTED,
    ActivityStatus,
    Correction,
    EarlierReport,
    EvidencePiece,
    LogActivity,
    earlier_report_of,
    tier_of_pair,
)
from backend.activities.domain.views import Coded, LoggedActivity
from backend.activities.service import evidence
from backend.activities.service.activity_log import record
from backend.activities.service.asset_claims import give_back
from backend.activities.service.ledger_effects import end_reduction
from backend.activities.service.queries import get_activity
from backend.activities.service.reallocation import reallocate, rule_of
from backend.activities.service.repeated_reports import is_same_report
from backend.activities.service.rolling_year import net_all_again
from backend.activities.service.screening import with_track
from backend.activities.service.stored_activity import Stored, open_state, read_stored
from backend.activities.service.succession import Succession
from backend.activities.sql import activities as sql
from backend.activities.sql.corrections import (
    FORGET,
    REPORT_NAME,
    insert_report,
    reports_of,
    reports_question,
)
from backend.platform.core import clock, i18n
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language
from backend.platform.data.batch import Batch
from backend.platform.data.transactions import enqueue_writes
from backend.platform.privacy.personal_data import Record, by_key
from calculators import Methodology, say
from config import Policy

MOST_CORRECTIONS = 100  # of one activity: each is kept for good


def correct(
    session: Session, user_id: str, correction: Correction, language: Language, rules: Policy
) -> LoggedActivity:
    """Let an activity say what it should have said; the same report again changes nothing.

    Evidence stays with it, and what of it no longer fits is named in a note. Raises as `activity_log.log` does,
    `not_found.activity`, and `activities.withdrawn`, `activities.changed` (something else happened to it since it was
    read), `activities.in_appeal`, `activities.decided`, `activities.too_old`, `activities.corrected_too_often`.
    """
    stored = read_stored(session, user_id, correction.activity_id)
    activity, before, report = stored.activity, stored.reduction, correction.report
    if activity.status == ActivityStatus.WITHDRAWN:
        raise Refusal("activities.withdrawn")
    if _says_the_same(session, stored, report):
        return get_activity(session, user_id, activity.id, language)
    now = clock.database_now(session)
    _check_open(stored, correction, now, rules)
    enqueue_writes(session, [insert_report(earlier_report_of(activity, before, len(stored.earlier) + 1, now))])
    give_back(session, user_id, activity.id)
    end_reduction(session, before, now, was_held=activity.is_held)
    report = replace(report, client_id=activity.client_id, evidence=[piece.id for piece in stored.pieces])
    succession = Succession(activity, before, len(stored.decisions), CORRECTED, now)
    state = open_state(session, stored, report, succession, rules)
    recorded = record(session, state, activity.id, report, stored.pieces, None)
    reallocate(session, user_id, before, now)
    for rule in {one.id: one for one in (rule_of(session, before), recorded.rule)}.values():
        net_all_again(session, user_id, rule, now)
    view = get_activity(session, user_id, activity.id, language)
    return replace(view, notes=[*view.notes, *_unfit(stored.pieces, recorded.rule, language)])


def _says_the_same(session: Session, stored: Stored, report: LogActivity) -> bool:
    """Whether a report says what is stored; the time that it leaves out is that of the track, as it was at first."""
    activity = stored.activity
    if not is_same_report(activity, report, rule_of(session, stored.reduction).quantities):
        return False
    if report.duration_s == activity.duration_s:
        return True
    track = evidence.summarize(session, stored.pieces).track
    return track is not None and with_track(report, track).duration_s == activity.duration_s


def list_earlier_reports(session: Session, user_id: str, activity_id: str) -> list[EarlierReport]:
    """What an activity said before it was corrected, the first report first; raise `not_found.activity`."""
    batch = Batch(session)
    activity = batch.fetch(sql.activity_question(user_id, activity_id))
    earlier = batch.fetch(reports_question(user_id, activity_id))
    batch.run()
    if not activity.all():
        raise Refusal("not_found.activity")
    return earlier.all()


def export_earlier_reports(session: Session, user_id: str, after: str = "") -> Iterator[Record]:
    """Every earlier report of a person behind the one called `after`."""
    for row in by_key(session, reports_of(user_id), REPORT_NAME, after):
        yield {"id": row["name"], **{name: value for name, value in row.items() if name != "name"}}


def forget_earlier_reports(session: Session, user_id: str) -> None:
    """Drop what a person's activities said before they were corrected; the grams stay, in their reductions."""
    session.execute(FORGET, {"owner": user_id})


def _check_open(stored: Stored, correction: Correction, now: datetime, rules: Policy) -> None:
    """Raise why a person may not correct an activity any more, or not from what they saw."""
    activity = stored.activity
    if correction.revision != stored.reduction.revision:
        raise Refusal("activities.changed", revision=stored.reduction.revision)
    if stored.appeal is not None and stored.appeal.is_open:
        raise Refusal("activities.in_appeal")
    if any(one.decided_by is not None for one in stored.decisions):
        raise Refusal("activities.decided")
    oldest = clock.local_day(now, activity.zone) - timedelta(days=rules.activities.oldest_days)
    if activity.occurred_on < oldest:
        raise Refusal("activities.too_old", oldest=oldest.isoformat())
    if len(stored.earlier) >= MOST_CORRECTIONS:
        raise Refusal("activities.corrected_too_often", most=MOST_CORRECTIONS)


def _unfit(pieces: Sequence[EvidencePiece], rule: Methodology, language: Language) -> list[Coded]:
    """That some of what supported the activity says nothing about it now."""
    tiers = (tier_of_pair(piece.tier) if piece.is_own_reading else piece.tier for piece in pieces)
    kinds = dict.fromkeys(tier for tier in tiers if tier not in rule.evidence_weights)
    if not kinds:
        return []
    named = " · ".join(say(f"evidence.{kind}", {}, language.key) for kind in kinds)
    return [Coded("evidence_unfit", i18n.text("activity", "evidence_unfit", language=language, kinds=named))]
