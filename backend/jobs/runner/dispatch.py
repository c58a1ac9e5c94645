"""Dispatching the outbox: every ready row to the handler of its topic, failures again later, hopeless ones aside.

A batch is taken in one transaction and handled row by row, each in its own. `dispatch` does this in the calling
thread until nothing is ready; `dispatcher` keeps workers for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import timedelta

import structlog
from flask import Flask
from sqlalchemy.orm import Session

from backend.jobs import service
from backend.jobs.domain import Row
from backend.jobs.runner.slots import place_of
from backend.platform.core import clock, context
from backend.platform.data.transactions import in_transaction
from backend.platform.ops import switches
from backend.platform.ops.outbox import LOCAL, Handler, handlers

ROWS_AT_ONCE = 100
# a remote system may take its time: whoever asks it has taken no second row that would wait behind
REMOTE_ROWS_AT_ONCE = 1
FIRST_PAUSE = timedelta(seconds=2)
UNKNOWN_TOPIC = "no handler for this topic"
PROCESS_ENDED = "the process ended while handling it"

_log = structlog.get_logger("outbox")


def dispatch(app: Flask) -> int:
    """Handle what is ready until nothing is; return how many rows have left the outbox, handled or put aside."""
    total = 0
    with app.app_context():
        while lanes := in_transaction(list_lanes, read_only=True):
            count = sum(_drain(app, lane) for lane in lanes)
            total += count
            # what failed rests now, what a faster process took is gone: look again only after progress
            if not count:
                break
    return total


def list_lanes(session: Session) -> list[str]:
    """The lanes with something to do; none while the installation is read-only."""
    return [] if switches.is_on(session, switches.READ_ONLY) else service.list_lanes_with_ready_rows(session)


def take_batch(lane: str) -> list[Row]:
    """Take the next rows of `lane`, in one transaction; empty when nothing is ready."""
    lease = timedelta(seconds=context.policy().jobs.lease_s)
    limit = ROWS_AT_ONCE if lane == LOCAL else REMOTE_ROWS_AT_ONCE

    def take(session: Session) -> list[Row]:
        if switches.is_on(session, switches.READ_ONLY):
            return []
        # counted before the attempt, so that a row that kills its process is put aside like any other
        return service.take(session, _tried_together(service.list_ready(session, lane, limit)), lease)

    return in_transaction(take)


def _tried_together(rows: list[Row]) -> list[Row]:
    """The first of `rows`; alone when it was taken by a process that then ended, so that it takes no other with it."""
    if rows and rows[0].is_suspect:
        return rows[:1]
    return list(itertools.takewhile(lambda row: not row.is_suspect, rows))


def handle_batch(app: Flask, batch: Sequence[Row]) -> int:
    """Hand every row of a taken batch over, in order; return how many have left the outbox.

    When a row fails, the later ones of its person rest with it.
    """
    count = 0
    resting: set[tuple[str, str]] = set()
    for index, row in enumerate(batch):
        if (row.user_id, row.lane) in resting:
            continue
        behind = [later for later in batch[index + 1 :] if (later.user_id, later.lane) == (row.user_id, row.lane)]
        if _handle(app, row, behind):
            count += 1
        else:
            resting.add((row.user_id, row.lane))
    return count


def _drain(app: Flask, lane: str) -> int:
    count = 0
    while batch := take_batch(lane):
        count += handle_batch(app, batch)
    return count


def _handle(app: Flask, row: Row, behind: Sequence[Row]) -> bool:
    """Whether `row` has left the outbox."""
    handler = handlers(app).get(row.topic)
    if handler is None:
        return _put_aside(row, UNKNOWN_TOPIC)
    if row.crashes >= context.policy().jobs.attempts_before_dead_letter and _is_kept_for_long(row):
        return _put_aside(row, PROCESS_ENDED)
    try:
        return _hand_over(row, handler)
    except Exception as error:  # the row carries the reason; the next person's row must not wait for it
        _log.error("handler failed", topic=row.topic, row=row.id, attempt=row.attempts, exc_info=error)
        return _after_failure(row, behind, error, handler.longest_pause)


def _hand_over(row: Row, handler: Handler) -> bool:
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


def _after_failure(row: Row, behind: Sequence[Row], error: Exception, longest_pause: timedelta) -> bool:
    policy = context.policy().jobs
    failures = row.failures + 1

    def rest_or_put_aside(session: Session) -> bool:
        if failures >= policy.attempts_before_dead_letter and _kept_for_long(session, row):
            return service.record_dead_letter(session, row, place_of(error))
        pause = min(FIRST_PAUSE * 4 ** min(failures - 1, 10), longest_pause)
        service.rest(session, row, pause, behind)
        return False

    is_dead = in_transaction(rest_or_put_aside)
    if is_dead:
        _log.error("dead letter", topic=row.topic, row=row.id, reason=place_of(error))
    return is_dead


def _is_kept_for_long(row: Row) -> bool:
    return in_transaction(lambda session: _kept_for_long(session, row), read_only=True)


def _kept_for_long(session: Session, row: Row) -> bool:
    """Whether more than a short trouble has kept `row`: that uses up no attempts, however many there were.

    The time before it was first tried in vain, while everything was stopped or behind another row, counts for nothing.
    """
    now = clock.database_now(session)
    tried_for = now - (row.first_failed_at or now)
    return tried_for >= timedelta(seconds=context.policy().jobs.trouble_before_dead_letter_s)


def _put_aside(row: Row, reason: str) -> bool:
    is_aside = in_transaction(lambda session: service.record_dead_letter(session, row, reason))
    if is_aside:
        _log.error("dead letter", topic=row.topic, row=row.id, reason=reason)
    return is_aside
