"""A phone's queue of activities: one transaction, one outcome for each, safe to send again for ever.

The items are taken in the order in which they happened, whatever the order they were sent in, so that who finds room
under a cap does not depend on the phone. Each is judged by pure code and queued; all are written together. What cannot
be is told apart by its fields and keeps nothing else from being stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.activities.service import evidence, neighbours
from backend.activities.service.activity_log import refuse_when_paused
from backend.activities.service.estimates import Told
from backend.activities.service.ledger_effects import Row
from backend.activities.service.new_activity import Known, Recorded, record, settling_since, used_and_claimed_question
from backend.activities.service.views import View, present_outcome
from backend.activities.sql import ACTIVITIES, OPEN_BOOK, REDUCTIONS
from backend.methodology import service as methodology
from backend.platform.core import clock, i18n
from backend.platform.core.errors import InvalidFields, Refusal, word_field_error
from backend.platform.core.i18n import Language
from backend.platform.data import ids
from backend.platform.data.batch import Batch, Question
from backend.platform.data.transactions import batch_equal_writes
from backend.points import service as points
from backend.profiles import service as profiles

DUPLICATE, INVALID, LATER = "duplicate", "invalid", "later"

Item = Told | InvalidFields


@dataclass
class _Run:
    """What one batch knows: its person, what was sent before, the evidence it names, and its points' book."""

    session: Session
    language: Language
    known: Known
    before: dict[str, View]  # by client_id, what is stored already, as it stands
    evidence: dict[str, list[Row]]
    points_before: (
        points.PointsBefore | None
    )  # None while each item repays a debt, and the next must ask how much is left


def log_batch(
    session: Session, user_id: str, sent: Sequence[Mapping[str, Any] | InvalidFields], language: Language
) -> list[View]:
    """One outcome per item, in the order sent: `credited`, `uncredited`, `held`, `duplicate`, `invalid` or `later`.

    `sent` holds what `Told` is made of, or what was wrong with it. `later` is not stored and may be sent again:
    crediting under its methodology is paused. Raises nothing for an item.
    """
    batch_equal_writes(session)
    items = [item if isinstance(item, InvalidFields) else Told(**item) for item in sent]
    told = [item for item in items if isinstance(item, Told)]
    run = _open(session, user_id, told, language) if told else None
    outcomes: dict[int, View] = {}
    for place, item in sorted(enumerate(items), key=_as_it_happened):
        if isinstance(item, InvalidFields):
            outcomes[place] = {"outcome": INVALID, "errors": _worded(item.errors, language)}
        else:
            assert run is not None
            outcomes[place] = {"client_id": item.client_id, **_outcome(run, item)}
    return [{"index": place, **outcomes[place]} for place in range(len(items))]


def _as_it_happened(numbered: tuple[int, Item]) -> tuple[str, str]:
    _, item = numbered
    return ("", "") if isinstance(item, InvalidFields) else (item.occurred_at.isoformat(), item.client_id or "")


def _outcome(run: _Run, told: Told) -> View:
    client_id = str(told.client_id)
    if client_id in run.before:
        stored = run.before[client_id]
        return {**stored, "outcome": DUPLICATE, "of": stored["id"]}
    try:
        made = _record(run, told)
    except InvalidFields as refused:
        return {"outcome": INVALID, "errors": _worded(refused.errors, run.language)}
    except Refusal as refused:
        if "retry_after_s" in refused.facts:
            return {"outcome": LATER, "retry_after_s": refused.facts["retry_after_s"]}
        return {"outcome": INVALID, "errors": [_as_field(refused, run.language)]}
    shown = present_outcome(made.activity, made.reduction, made.rule, run.language, made.fresh)
    run.before[client_id] = shown
    return {**shown, "outcome": made.activity["status"]}


def _record(run: _Run, told: Told) -> Recorded:
    refuse_when_paused(run.session, told.methodology_id)
    pieces = evidence.read_pieces([run.evidence[evidence_id] for evidence_id in told.evidence])
    activity_id = ids.new_id("activity")
    made = record(run.session, run.known, activity_id, told, pieces, run.points_before)
    for evidence_id in told.evidence:
        run.evidence[evidence_id] = [{**run.evidence[evidence_id][0], "activity_id": activity_id}]
    return made


def _open(session: Session, user_id: str, told: Sequence[Told], language: Language) -> _Run:
    """Lock the person's book and read what all items need behind the lock."""
    days = [one.occurred_at.astimezone(clock.UTC).date() for one in told]
    rules = sorted({one.methodology_id for one in told})
    pieces = sorted({evidence_id for one in told for evidence_id in one.evidence})
    earliest, latest = min(one.occurred_at for one in told), max(one.occurred_at for one in told)
    batch = Batch(session)
    batch.fetch(Question(OPEN_BOOK, {"user_id": user_id, "revision": 1}, dict))
    profile = batch.fetch(profiles.question(user_id))
    near = batch.fetch(neighbours.question(user_id, earliest, latest))
    by_id = {evidence_id: batch.fetch(evidence.question(user_id, evidence_id)) for evidence_id in pieces}
    points_before = batch.fetch(points.points_question(user_id, "", 1))
    versions = {one: batch.fetch(methodology.question(one)) for one in rules}
    used = {one: batch.fetch(used_and_claimed_question(user_id, one, min(days), max(days))) for one in rules}
    batch.run()
    timeline = profiles.read_timeline(session, user_id, profile.one(), settling_since(earliest))
    known = Known(user_id, timeline, clock.database_now(session), min(days) - timedelta(days=1))
    known.around.learn(near.all())
    for methodology_id in rules:
        known.learn(methodology_id, versions[methodology_id].all(), used[methodology_id].all())
    before = points_before.one()
    return _Run(
        session=session,
        language=language,
        known=known,
        before=_stored_before(session, user_id, [str(one.client_id) for one in told], language),
        evidence={evidence_id: handle.all() for evidence_id, handle in by_id.items()},
        points_before=None if before.owed_by(user_id) else before,
    )


def _stored_before(session: Session, user_id: str, client_ids: Sequence[str], language: Language) -> dict[str, View]:
    found = {}
    for activity, reduction in _pairs(session, user_id, client_ids):
        pinned = methodology.get_pinned(session, reduction["version_id"], reduction["content_sha256"])
        found[activity["client_id"]] = present_outcome(activity, reduction, pinned.methodology, language)
    return found


def _pairs(session: Session, user_id: str, client_ids: Sequence[str]) -> Iterator[tuple[Row, Row]]:
    """Stored activities with the newest of their reductions."""
    activities = session.execute(
        select(ACTIVITIES).where(ACTIVITIES.c.user_id == user_id, ACTIVITIES.c.client_id.in_(client_ids))
    ).mappings()
    by_id = {row["id"]: dict(row) for row in activities}
    reductions = session.execute(
        select(REDUCTIONS)
        .where(REDUCTIONS.c.user_id == user_id, REDUCTIONS.c.activity_id.in_(by_id))
        .order_by(REDUCTIONS.c.revision)
    ).mappings()
    newest = {row["activity_id"]: dict(row) for row in reductions}
    yield from ((activity, newest[activity_id]) for activity_id, activity in by_id.items())


def _worded(errors: Sequence[Row], language: Language) -> list[Row]:
    return [word_field_error(error, language) for error in errors]


def _as_field(refused: Refusal, language: Language) -> Row:
    """A refusal of the whole request, as the fault of the field that its code begins with."""
    message = i18n.text("detail", refused.code, language=language, **refused.facts)
    return {"field": refused.code.split(".")[0], "code": refused.code, "message": message}
