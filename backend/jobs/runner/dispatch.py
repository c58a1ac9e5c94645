"""The outbox's postman: every ready row to the handler of its topic, failures again later, hopeless ones aside."""

from __future__ import annotations

from datetime import timedelta

import structlog
from flask import Flask, current_app
from sqlalchemy.orm import Session

from backend.jobs import service
from backend.jobs.runner.slots import place_of
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import switches
from backend.platform.ops.outbox import Handler, handlers

ROWS_AT_ONCE = 100
FIRST_PAUSE = timedelta(seconds=2)
LONGEST_PAUSE = timedelta(minutes=30)
NOBODY_KNOWS_IT = "no handler for this topic"
DIED_AT_IT = "the process ended while handling it"

_log = structlog.get_logger("outbox")


def dispatch(app: Flask) -> int:
    """Handle what is ready until nothing is; return how many rows have left the outbox, handled or put aside."""
    total = 0
    with app.app_context():
        while ready := in_transaction(_ready, read_only=True):
            left = sum(_handle(app, row) for row in ready)
            total += left
            # what failed rests now, what a faster process took is gone: look again only after progress
            if not left:
                break
    return total


def _ready(session: Session) -> list[service.Row]:
    if switches.is_on(session, switches.READ_ONLY):
        return []
    return service.list_ready(session, ROWS_AT_ONCE)


def _handle(app: Flask, row: service.Row) -> bool:
    policy = current_app.extensions["carbon.policy"].jobs
    handler = handlers(app).get(row.topic)
    if handler is None or row.attempts >= policy.attempts_before_dead_letter:
        return _bury(row, DIED_AT_IT if handler else NOBODY_KNOWS_IT)
    # counted before the attempt, so that a row that kills its process is put aside like any other
    taken = in_transaction(lambda session: service.take(session, row, timedelta(seconds=policy.lease_s)))
    if taken is None:
        return False
    try:
        return _hand_over(taken, handler)
    except Exception as error:  # the row carries the reason; the next person's row must not wait for it
        _log.error("handler failed", topic=row.topic, row=row.id, attempt=taken.attempts, exc_info=error)
        if taken.attempts >= policy.attempts_before_dead_letter:
            return _bury(taken, place_of(error))
        pause = min(FIRST_PAUSE * 4 ** (taken.attempts - 1), LONGEST_PAUSE)
        in_transaction(lambda session: service.postpone(session, taken, pause))
        return False


def _hand_over(row: service.Row, handler: Handler) -> bool:
    verb = handler.verb
    if verb is None:
        assert handler.call is not None
        handler.call(row.user_id, row.facts)
        return in_transaction(lambda session: service.remove(session, row))

    def apply(session: Session) -> bool:
        # removing first locks the row; one whose lease ran out meanwhile is somebody else's
        is_ours = service.remove(session, row)
        if is_ours:
            verb(session, row.user_id, row.facts)
        return is_ours

    return in_transaction(apply)


def _bury(row: service.Row, reason: str) -> bool:
    is_buried = in_transaction(lambda session: service.bury(session, row, reason))
    if is_buried:
        _log.error("dead letter", topic=row.topic, row=row.id, reason=reason)
    return is_buried
