"""The schedule, as data: which job, how often, which verb. Every verb may be repeated without harm.

A job that goes through many people only finds them and puts a row for each in the outbox (`TOPICS` says what then
happens): each person's row is tried, rested and put aside by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import structlog
from flask import current_app
from sqlalchemy.orm import Session

from backend.accounts import service as accounts
from backend.activities import service as activities
from backend.checkout import service as checkout
from backend.console import service as console
from backend.jobs import service
from backend.jobs.runner.slots import BATCH, Job, Run, sweep
from backend.ledger import service as ledger
from backend.platform.core import clock, context
from backend.platform.data.engine import empty_log
from backend.platform.ops import invariants, outbox
from backend.platform.ops.outbox import Facts
from backend.platform.privacy import audit
from backend.platform.web import idempotency
from backend.points import service as points
from backend.portfolio import service as portfolio
from backend.profiles import service as profiles
from backend.registry import service as registry

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
RUNS_KEPT = timedelta(days=7)
REST_AFTER_DEATH = HOUR
ENDING, NOTICING, ANNOUNCING = "points.end", "points.notice", "activities.announce"

_log = structlog.get_logger("jobs")


class InvariantsBroken(Exception):
    """A look at the invariants has found something that must never be; the log says what."""


def for_each(topic: str, list_people: Callable[[Session, str, int], list[str]]) -> Callable[[Run], int]:
    """Work that puts a row of `topic` in the outbox for everyone `list_people(session, after, limit)` finds.

    Whoever has such a row on its way already gets no second. Where the last one failed for good, the next look after
    `REST_AFTER_DEATH` tries again, so that no failure shuts a person out until somebody notices.
    """

    def work(run: Run) -> int:
        total, after = 0, ""
        while True:

            def enqueue_page(session: Session, after: str = after) -> tuple[list[str], int]:
                people = list_people(session, after, BATCH)
                busy = service.list_people_with_rows(session, topic, people)
                busy |= service.list_people_with_dead_letters(session, topic, people, REST_AFTER_DEATH)
                fresh = [user_id for user_id in people if user_id not in busy]
                for user_id in fresh:
                    outbox.enqueue(session, user_id, topic, {})
                return people, len(fresh)

            people, count = run.write(enqueue_page)
            total += count
            if len(people) < BATCH:
                return total
            after = people[-1]

    return work


def _end_points(session: Session, user_id: str, _facts: Facts) -> None:
    points.end_due(session, user_id)


def _notice_points(session: Session, user_id: str, _facts: Facts) -> None:
    points.notice_ending(session, user_id)


def _credit_late(session: Session, user_id: str, _facts: Facts) -> None:
    activities.credit_late(session, user_id)


def _credit_what_was_paused(run: Run) -> int:
    """A row for everybody for whom something waits; a rule opens once what was told in its pause is through."""
    found = for_each(activities.TOPIC_CREDIT_LATE, activities.list_waiting_people)(run)
    failed = service.people_with_dead_letters(activities.TOPIC_CREDIT_LATE)
    return found + run.write(lambda session: activities.open_rules(session, failed))


def _announce_changes(session: Session, user_id: str, _facts: Facts) -> None:
    activities.announce(session, user_id)


def _roll_up_ledger(run: Run) -> int:
    return run.write(lambda session: ledger.roll_up(session, clock.database_now(session)))


def _verify(run: Run) -> int:
    return _refuse_broken(list(invariants.run_latest(partial(run.write, snapshot=True))))


def _verify_all(_run: Run) -> int:
    """From the first entry on: what somebody changed behind what was verified shows here."""
    return _refuse_broken(invariants.run_whole())


def _refuse_broken(broken: list[invariants.Broken]) -> int:
    for one in broken:
        _log.error("broken invariant", check=one.check, found=str(one.found))
    if broken:
        raise InvariantsBroken
    return 0


def _drop_stored_answers(run: Run) -> int:
    kept = timedelta(days=context.policy().idempotency.kept_days)
    return run.write(lambda session: idempotency.drop_older_than(session, clock.database_now(session) - kept))


def _drop_audit_words(run: Run) -> int:
    kept = timedelta(days=context.policy().privacy.audit_words_kept_days)
    return run.write(lambda session: audit.drop_words_before(session, clock.database_now(session) - kept))


def _empty_database_log(_run: Run) -> int:
    return int(empty_log(current_app.extensions["carbon.engine"]))


def _drop_old_runs(run: Run) -> int:
    return run.write(lambda session: service.drop_ended_before(session, clock.database_now(session) - RUNS_KEPT))


JOBS: tuple[Job, ...] = (
    Job("points.end", 10 * MINUTE, for_each(ENDING, points.list_ending)),
    Job("points.notice", HOUR, for_each(NOTICING, points.list_ending_soon)),
    Job("methodologies.announce", DAY, for_each(ANNOUNCING, activities.list_affected), after=9 * HOUR),
    Job("checkout.lapse", MINUTE, for_each(checkout.LAPSE_TOPIC, checkout.list_lapsing)),
    Job("checkout.look", MINUTE, for_each(checkout.SYNC_TOPIC, checkout.list_people_to_sync)),
    Job("checkout.compare", DAY, for_each(checkout.COMPARE_TOPIC, checkout.list_books_owners), after=17 * HOUR),
    Job("activities.credit_late", MINUTE, _credit_what_was_paused),
    Job("recalls.make_good", MINUTE, for_each(registry.RECALL_TOPIC, registry.list_recalled_people)),
    Job("stock.tell_low", HOUR, for_each(registry.LOW_STOCK_TOPIC, registry.list_keepers_to_tell)),
    Job("quotes.drop", HOUR, sweep(checkout.drop_expired)),
    Job("notices.drop", HOUR, sweep(checkout.drop_old_notices)),
    # a day is over for the ledger six hours after midnight, UTC
    Job("ledger.roll_up", DAY, _roll_up_ledger, after=7 * HOUR),
    Job("invariants.verify", DAY, _verify, after=18 * HOUR),
    Job("invariants.verify_all", 7 * DAY, _verify_all, after=19 * HOUR),
    Job("guests.lapse", HOUR, sweep(accounts.close_lapsed_guests)),
    Job("people.erase", 5 * MINUTE, for_each(portfolio.ERASE_TOPIC, accounts.list_leaving)),
    Job("database_log.empty", HOUR, _empty_database_log),
    Job("audit_words.drop", DAY, _drop_audit_words),
    Job("look_alikes.drop", DAY, sweep(activities.drop_old_look_alikes), after=3 * HOUR),
    Job("sign_in.drop", HOUR, lambda run: run.write(accounts.sweep)),
    Job("console_sign_ins.drop", HOUR, lambda run: run.write(console.drop_expired_sign_ins)),
    Job("invitations.drop", HOUR, lambda run: run.write(profiles.drop_lapsed_invitations)),
    Job("stored_answers.drop", HOUR, _drop_stored_answers),
    Job("job_runs.drop", HOUR, _drop_old_runs),
)

# What happens to the rows that jobs put in the outbox, in the transaction that removes each.
TOPICS: dict[str, Callable[[Session, str, Facts], object]] = {
    ENDING: _end_points,
    NOTICING: _notice_points,
    ANNOUNCING: _announce_changes,
    activities.TOPIC_CREDIT_LATE: _credit_late,
}
