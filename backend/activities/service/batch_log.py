"""A phone's queue of activities: one transaction, one outcome for each, safe to send again for ever.

The items are taken in the order in which they happened, whatever the order they were sent in, so that who finds room
under a cap does not depend on the phone. Each is judged by pure code and queued; all are written together. What cannot
be is told apart by its fields and keeps nothing else from being stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC
from typing import Any

from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities.domain import Activity, EvidencePiece, LogActivity
from backend.activities.domain.views import (
    DuplicateOutcome,
    InvalidActivityOutcome,
    InvalidOutcome,
    LaterOutcome,
    Outcome,
    StoredItem,
    StoredOutcome,
)
from backend.activities.service import evidence
from backend.activities.service.activity_log import read_timeline, record, settling_since
from backend.activities.service.allowance import use_of
from backend.activities.service.flow_rivals import HeldClaims
from backend.activities.service.logging_state import LoggingState
from backend.activities.service.neighbours import neighbourhood_of
from backend.activities.service.repeated_reports import refuse_another
from backend.activities.service.views import present_item
from backend.activities.sql import activities as sql
from backend.activities.sql.allowance import use_question
from backend.activities.sql.evidence import piece_question
from backend.activities.sql.logging import HELD_AROUND, created_question, near_question, used_question
from backend.ledger import service as ledger
from backend.methodology import service as methodology
from backend.platform.core import clock, i18n
from backend.platform.core.context import policy
from backend.platform.core.errors import InvalidFields, Refusal, word_field_error
from backend.platform.core.i18n import Language
from backend.platform.data import ids
from backend.platform.data.batch import Batch, read_rows
from backend.platform.data.transactions import batch_equal_writes
from backend.points import service as points
from backend.profiles import service as profiles

DUPLICATE, INVALID, LATER = "duplicate", "invalid", "later"

Item = LogActivity | InvalidFields


@dataclass
class _Run:
    """What one batch knows: its person, what was stored before, the evidence it names, and its points' book."""

    session: Session
    language: Language
    state: LoggingState
    before: dict[str, StoredItem]  # by client_id, what is stored already, as it stands
    reported: dict[str, Activity]  # by client_id, the same as it was reported
    evidence: dict[str, EvidencePiece | None]
    points_before: points.PointsBefore | None  # None while each item repays a debt: the next must ask what is left


def log_batch(
    session: Session, user_id: str, items: Sequence[LogActivity | InvalidFields], language: Language
) -> list[Outcome]:
    """One outcome per item, in the order sent: `credited`, `uncredited`, `held`, `duplicate`, `invalid` or `later`.

    An item that could not be read is what was wrong with it. `later` is what is refused for a while only, which no rule
    does at present: not stored, to be sent again. Raises nothing for an item but `service.busy`, which may come of what
    was queued for those before it: then nothing of the batch is stored.
    """
    batch_equal_writes(session)
    commands = [item for item in items if isinstance(item, LogActivity)]
    run = _open(session, user_id, commands, language) if commands else None
    outcomes: dict[int, Outcome] = {}
    for index, item in sorted(enumerate(items), key=_as_it_happened):
        if isinstance(item, InvalidFields):
            outcomes[index] = InvalidOutcome(index, INVALID, _worded(item.errors, language))
        else:
            assert run is not None
            outcomes[index] = _outcome(run, index, item)
    return [outcomes[index] for index in range(len(items))]


def _as_it_happened(numbered: tuple[int, Item]) -> tuple[str, str]:
    _, item = numbered
    return ("", "") if isinstance(item, InvalidFields) else (item.occurred_at.isoformat(), item.client_id or "")


def _outcome(run: _Run, index: int, command: LogActivity) -> Outcome:
    client_id = str(command.client_id)
    try:
        if stored := run.before.get(client_id):
            intervals = run.state.intervals[command.methodology_id]
            refuse_another(run.session, run.reported[client_id], command, intervals)
            return DuplicateOutcome(**vars(stored), index=index, outcome=DUPLICATE, of=stored.id)
        item = _record(run, command)
    except InvalidFields as refused:
        return InvalidActivityOutcome(index, INVALID, _worded(refused.errors, run.language), command.client_id)
    except Refusal as refused:
        if refused.code == "service.busy":
            raise
        if "retry_after_s" in refused.facts:
            return LaterOutcome(index, LATER, command.client_id, refused.facts["retry_after_s"])
        return InvalidActivityOutcome(index, INVALID, [_as_field(refused, run.language)], command.client_id)
    run.before[client_id] = item
    return StoredOutcome(**vars(item), index=index, outcome=item.status)


def _record(run: _Run, command: LogActivity) -> StoredItem:
    pieces = evidence.check_usable([run.evidence[evidence_id] for evidence_id in command.evidence])
    activity_id = ids.new_id("activity")
    recorded = record(run.session, run.state, activity_id, command, pieces, run.points_before)
    run.state.add_activity(recorded)
    if recorded.has_moved_others:
        run.points_before = None
        run.state.ask_again(run.session)
    run.reported[str(command.client_id)] = recorded.activity
    for piece in pieces:
        run.evidence[piece.id] = replace(piece, activity_id=activity_id)
    return present_item(recorded.activity, recorded.reduction, recorded.rule, run.language, recorded.fresh)


def _open(session: Session, user_id: str, commands: Sequence[LogActivity], language: Language) -> _Run:
    """Lock the person's book and read what all items need behind the lock."""
    days = [one.occurred_at.astimezone(UTC).date() for one in commands]
    rules = sorted({one.methodology_id for one in commands})
    evidence_ids = sorted({evidence_id for one in commands for evidence_id in one.evidence})
    earliest, latest = min(one.occurred_at for one in commands), max(one.occurred_at for one in commands)
    rules_now = policy()
    batch = Batch(session)
    batch.fetch(accounts.circle_lock(user_id))
    opening = batch.fetch(ledger.opening(user_id))
    created = batch.fetch(created_question(user_id))
    unattested = batch.fetch(use_question(user_id, min(days), max(days)))
    profile = batch.fetch(profiles.question(user_id))
    near = batch.fetch(near_question(user_id, earliest, latest))
    pieces = {evidence_id: batch.fetch(piece_question(user_id, evidence_id)) for evidence_id in evidence_ids}
    balances = batch.fetch(ledger.balances_question(user_id))
    intervals = {one: batch.fetch(methodology.question(one)) for one in rules}
    used = {one: batch.fetch(used_question(user_id, one, min(days), max(days))) for one in rules}
    batch.run()
    if not opening.one().heads:
        ledger.open_book(session, user_id)
        return _open(session, user_id, commands, language)  # behind the lock that there is now
    timeline = read_timeline(session, user_id, profile.one(), settling_since(earliest, rules_now))
    now, span = clock.database_now(session), (min(days), max(days))
    around, use = neighbourhood_of(near.all()), use_of(unattested.all())
    held = HeldClaims(span[0] - HELD_AROUND, span[1] + HELD_AROUND)
    state = LoggingState(user_id, timeline, now, span, around, rules_now, use, created.one(), held)
    for methodology_id in rules:
        state.add_methodology(methodology_id, intervals[methodology_id].all(), used[methodology_id].all())
    before = points.PointsBefore(rules_now.points, opening.all(), balances.all())
    reported = _reported_before(session, user_id, [str(one.client_id) for one in commands])
    return _Run(
        session=session,
        language=language,
        state=state,
        before=_stored_before(session, user_id, reported, language),
        reported={str(one.client_id): one for one in reported},
        evidence={evidence_id: handle.one_or_none() for evidence_id, handle in pieces.items()},
        points_before=None if before.owed_by(user_id) else before,
    )


def _reported_before(session: Session, user_id: str, client_ids: Sequence[str]) -> list[Activity]:
    return read_rows(session, sql.reported_before(user_id, client_ids), sql.read_activity)


def _stored_before(
    session: Session, user_id: str, activities: Sequence[Activity], language: Language
) -> dict[str, StoredItem]:
    """What is stored under known names already, by name, each with the newest of its reductions."""
    revisions = sql.revisions_of(user_id, [one.id for one in activities])
    newest = {one.activity_id: one for one in read_rows(session, revisions, sql.read_reduction)}
    items = {}
    for activity in activities:
        reduction = newest[activity.id]
        pinned = methodology.get_pinned(session, reduction.version_id, reduction.content_sha256)
        items[str(activity.client_id)] = present_item(activity, reduction, pinned.methodology, language)
    return items


def _worded(errors: Sequence[dict[str, Any]], language: Language) -> list[dict[str, Any]]:
    return [word_field_error(error, language) for error in errors]


def _as_field(refused: Refusal, language: Language) -> dict[str, Any]:
    """A refusal of the whole request, as the fault of the field that its code begins with."""
    message = i18n.text("detail", refused.code, language=language, **refused.facts)
    return {"field": refused.code.split(".")[0], "code": refused.code, "message": message}
