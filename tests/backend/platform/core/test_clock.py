"""Two clocks, one comparison: what meets the database is stamped by the database, whatever the process believes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text

from backend.accounts.models import RefreshToken
from backend.jobs.runner.dispatch import dispatch
from backend.ledger import service as ledger
from backend.ledger.domain import NewEntry, Posting, accounts_of, issuance
from backend.ledger.models import EntryRow
from backend.platform.core import clock
from backend.platform.data import ids
from backend.platform.ops import outbox
from backend.platform.ops.outbox import OutboxRow
from backend.platform.privacy.vault import the_vault
from backend.platform.web import idempotency
from backend.platform.web.idempotency import StoredAnswer

HOUR = timedelta(hours=1)
A_MOMENT = timedelta(minutes=1)
LIN = ids.new_id("user")


@pytest.fixture(params=[HOUR, -HOUR], ids=["ahead", "behind"])
def wrong_process(request):
    """This process is an hour ahead of the database's clock, or behind it."""
    with clock.process_clock_installed(lambda: datetime.now(UTC) + request.param):
        yield request.param


@pytest.fixture
def just_now(in_transaction):
    """Whether an instant is about now by the clock of the database itself."""
    question = {
        "sqlite": "SELECT strftime('%Y-%m-%dT%H:%M:%f+00:00', 'now')",
        "postgresql": "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS+00:00')",
    }

    def ask(session):
        return session.scalar(text(question[session.get_bind().dialect.name]))

    return lambda at: abs(datetime.fromisoformat(in_transaction(ask)) - at) < A_MOMENT


def test_the_clocks_differ_while_the_process_is_wrong(wrong_process, in_transaction, just_now):
    assert not just_now(clock.now())
    assert just_now(in_transaction(clock.database_now))


def test_a_row_of_the_outbox_is_due_at_once(wrong_process, app, in_transaction, just_now):
    app.extensions["carbon.outbox_handlers"] = {}
    seen = []
    outbox.handle(app, "books", lambda session, user_id, facts: seen.append(facts["n"]))
    in_transaction(lambda session: outbox.enqueue(session, LIN, "books", {"n": 1}))
    assert just_now(in_transaction(lambda session: session.scalars(select(OutboxRow.due_at)).one()))
    assert dispatch(app) == 1
    assert seen == [1]


def test_a_thousand_rows_are_due_the_moment_they_are_committed(app, in_transaction, counts):
    app.extensions["carbon.outbox_handlers"] = {}
    outbox.handle(app, "books", lambda session, user_id, facts: None)
    for n in range(counts(small=50, long=1000)):
        in_transaction(lambda session, n=n: outbox.enqueue(session, LIN, "books", {"n": n}))
        assert dispatch(app) == 1


@pytest.mark.breaks_invariants("points without a grant: only the instant is looked at")
def test_an_entry_is_posted_by_the_database(wrong_process, person, in_transaction, just_now):
    lin = person.user_id
    postings = [Posting(issuance("a.rule"), accounts_of(lin).points, 5)]
    in_transaction(lambda session: ledger.post(session, lin, NewEntry("a", "credit", postings, {}, clock.now())))
    assert just_now(in_transaction(lambda session: session.scalars(select(EntryRow.posted_at)).one()))


def test_a_stored_answer_is_as_old_as_the_database_says(wrong_process, app, in_transaction, just_now):
    with app.test_request_context(headers={"Idempotency-Key": "one"}, method="POST"):
        in_transaction(lambda session: the_vault().make_key(session, LIN))
        idempotency.answer_once(LIN, lambda _: idempotency.Answer(201, b"{}"), admit=lambda _: None)
    assert just_now(in_transaction(lambda session: session.scalars(select(StoredAnswer.created_at)).one()))


def test_a_refresh_token_is_issued_by_the_database(wrong_process, new_person, in_transaction, just_now):
    new_person()
    assert just_now(in_transaction(lambda session: session.scalars(select(RefreshToken.issued_at)).one()))


def test_the_instant_of_a_transaction_stands_still(in_transaction):
    first, second = in_transaction(lambda session: (clock.database_now(session), clock.database_now(session)))
    assert first == second


def test_asking_the_time_sends_nothing_that_is_not_finished(in_transaction):
    def half_made(session):
        outbox.enqueue(session, LIN, "books", {"n": 1})
        session.add(OutboxRow(user_id=LIN, id=ids.new_id("outbox"), topic="books"))
        clock.database_now(session)
        session.expunge_all()
        return len(session.info["queued"])

    assert in_transaction(half_made) == 1
