"""One effect per key, and the first answer again, byte for byte."""

from __future__ import annotations

import hashlib
import threading
import time
import zlib
from datetime import timedelta

import pytest
from sqlalchemy import bindparam, event, literal, select, text

from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.core.roles import USER
from backend.platform.data import engine, ids
from backend.platform.data.transactions import ask_along, enqueue_write, fetch_many, in_transaction
from backend.platform.privacy import access_tokens
from backend.platform.privacy.access_tokens import Standing
from backend.platform.privacy.vault import the_vault
from backend.platform.web import idempotency
from backend.platform.web.idempotency import StoredAnswer
from tests.backend.probe import make_probe

LIN = ids.new_id("user")


def stored(probe):
    with probe.app.app_context():
        return in_transaction(lambda session: session.scalars(select(StoredAnswer)).all())


@pytest.mark.concurrency
def test_the_same_request_many_times_at_once_has_one_effect_and_one_answer(probe, parallel, counts):
    n = counts(small=20, long=50)
    race = parallel(n, lambda _: probe.post("once", key="k"))
    assert race.errors == []
    assert {answer.status_code for answer in race.results} == {201}
    assert len({answer.data for answer in race.results}) == 1
    assert len(race.results) == n
    assert probe.notes() == ["once"]


@pytest.mark.concurrency
def test_whoever_finds_the_answer_only_as_they_store_theirs_is_undone(probe, parallel, monkeypatch):
    monkeypatch.setattr(idempotency, "_claim", lambda *_: None)
    race = parallel(10, lambda _: probe.post("once", key="k"))
    assert {answer.status_code for answer in race.results} == {201}
    assert len({answer.data for answer in race.results}) == 1
    assert probe.notes() == ["once"]


@pytest.mark.concurrency
def test_control_without_claim_and_stored_answer_the_same_request_has_many_effects(probe, parallel, monkeypatch):
    monkeypatch.setattr(idempotency, "_claim", lambda *_: None)
    monkeypatch.setattr(idempotency, "_keep", lambda *_: None)
    parallel(10, lambda _: probe.post("again", key="k"))
    assert len(probe.notes()) > 1


@pytest.mark.parametrize("how", ["raise", "return"])
def test_whoever_is_refused_by_what_the_first_did_gets_the_answer_of_the_first(how, probe, monkeypatch):
    first = probe.post("line", key="k")
    monkeypatch.setattr(idempotency, "_claim", lambda *_: None)  # as if the first committed since it was looked at
    refusal = Refusal("conflict", reason="there is one already")

    def work(session):
        session.execute(text("DELETE FROM notes"))
        if how == "raise":
            raise refusal
        return refusal

    request = {"json": {"line": "line", "takes_s": "0", "refuse": None}, "headers": {"Idempotency-Key": "k"}}
    with probe.app.test_request_context("/v1/probe/notes", method="POST", **request):
        monkeypatch.setattr(idempotency, "_request_digest", lambda: stored(probe)[0].request_sha256)
        assert idempotency.answer_once(probe.user_id, work, admit=lambda _: None) == (201, first.data)
    assert probe.notes() == ["line"]


def test_a_retry_gets_the_first_answer_byte_for_byte(probe):
    first, again = probe.post("line", key="k"), probe.post("line", key="k")
    assert first.status_code == again.status_code == 201
    assert first.data == again.data
    assert probe.notes() == ["line"]


def test_a_retry_rolls_nothing_back(probe):
    """After a rollback the driver forgets every statement that the connection has prepared."""
    rolled_back = []
    connections = probe.app.extensions["carbon.engine"]

    def note(connection):
        rolled_back.append(connection)

    first = probe.post("line", key="k")
    event.listen(connections, "rollback", note)
    try:
        assert probe.post("line", key="k").data == first.data
        assert rolled_back == []
        assert probe.post("another", key="k").status_code == 422
        assert rolled_back != [], "what is refused is rolled back"
    finally:
        event.remove(connections, "rollback", note)


QUEUED, ASKED, ADDED, FLUSHED = "queued", "asked", "added", "flushed"


def write_first(session, how):
    """Write before the first question of a transaction, or together with it, in each way that a service has."""
    statement = text("DELETE FROM notes")
    note = StoredAnswer(user_id=LIN, key="another", request_sha256="", created_at=clock.now())
    if how == QUEUED:
        enqueue_write(session, statement, {})
    if how in (ADDED, FLUSHED):
        session.add(note)
    if how == FLUSHED:
        session.flush()
    fetch_many(session, [(statement, {})] if how == ASKED else [])


@pytest.mark.parametrize("how", [QUEUED, ASKED, ADDED, FLUSHED])
def test_what_a_retry_has_sent_beside_its_first_question_is_undone(how, probe, monkeypatch):
    first = probe.post("line", key="k")

    def work(session):
        write_first(session, how)
        return idempotency.Answer(201, b"another")

    request = {"json": {"line": "line"}, "headers": {"Idempotency-Key": "k"}}
    with probe.app.test_request_context("/v1/probe/notes", method="POST", **request):
        monkeypatch.setattr(idempotency, "_request_digest", lambda: stored(probe)[0].request_sha256)
        assert idempotency.answer_once(probe.user_id, work, admit=lambda _: None) == (201, first.data)
    assert probe.notes() == ["line"]
    assert [row.key for row in stored(probe)] == ["k"]


def suspended(session, actor, judge):
    """How somebody stands who was suspended, as it is heard with the next round trip."""
    standing = Standing(time.monotonic(), "auth.suspended", frozenset({USER}))
    ask_along(session, select(literal(1)), {}, lambda _: judge(standing))


@pytest.mark.parametrize("finds", ["with the first question", "after it was refused"])
def test_whoever_may_not_act_any_more_is_not_given_the_stored_answer(finds, probe, monkeypatch):
    assert probe.post("line", key="k").status_code == 201
    probe.app.extensions["carbon.standing"] = suspended
    if finds == "after it was refused":
        monkeypatch.setattr(idempotency, "_claim", lambda *_: None)  # as if the first committed since it was looked at
    for _ in range(2):  # asked, and then as it was kept
        answer = probe.post("line", key="k")
        assert (answer.status_code, answer.json["code"]) == (403, "auth.suspended")
    assert probe.notes() == ["line"]


def test_another_body_under_the_same_key_is_refused(probe):
    probe.post("one", key="k")
    answer = probe.post("two", key="k")
    assert (answer.status_code, answer.json["code"]) == (422, "idempotency.mismatch")
    assert probe.notes() == ["one"]


def test_another_operation_under_the_same_key_is_another_request(probe):
    def digest(path):
        with probe.app.test_request_context(path, method="POST", json={"line": "a"}):
            return idempotency._request_digest()

    assert digest("/v1/probe/notes") == digest("/v1/probe/notes") != digest("/v1/probe/others")


def test_another_person_may_use_the_same_key(probe):
    probe.post("mine", key="k")
    other = ids.new_id("user")
    with probe.app.app_context():
        in_transaction(lambda session: the_vault().make_key(session, other))
        probe.token = access_tokens.sign_access(other, ids.new_id("session"), frozenset({USER}))
    assert probe.post("theirs", key="k").status_code == 201
    assert probe.notes() == ["mine", "theirs"]


def test_without_a_key_every_request_counts(probe):
    probe.post("line")
    probe.post("line")
    assert probe.notes() == ["line", "line"]
    assert stored(probe) == []


@pytest.mark.parametrize("key", ["", "k" * 256, "tab\tbed"])
def test_a_key_that_cannot_be_kept_is_refused(key, probe):
    answer = probe.client.post("/v1/probe/notes", json={"line": "a"}, headers=probe.headers | {"Idempotency-Key": key})
    assert (answer.status_code, answer.json["code"]) == (400, "idempotency.key_invalid")
    assert probe.notes() == []


@pytest.mark.parametrize("how, status", [("raise", 409), ("break", 500)])
def test_a_request_that_fails_keeps_nothing_and_may_be_tried_again(how, status, probe):
    assert probe.post("line", key="k", refuse=how).status_code == status
    assert (probe.notes(), stored(probe)) == ([], [])
    assert probe.post("line", key="k").status_code == 201


def test_a_refusal_that_keeps_what_it_wrote_leaves_the_key_free(probe):
    assert probe.post("counted", key="k", refuse="return").status_code == 409
    assert (probe.notes(), stored(probe)) == (["counted"], [])


def test_a_request_that_is_killed_in_the_middle_leaves_nothing(probe, monkeypatch):
    class Killed(BaseException):
        """Nothing after it runs, as when the process is gone."""

    monkeypatch.setattr("backend.platform.web.edge._written", lambda *_: (_ for _ in ()).throw(Killed()))
    with pytest.raises(Killed):
        probe.post("line", key="k")
    monkeypatch.undo()
    assert (probe.notes(), stored(probe)) == ([], [])
    assert probe.post("line", key="k").status_code == 201


@pytest.mark.concurrency
def test_a_second_request_waits_for_the_first_and_is_sent_away_with_a_time_to_return(make_app, monkeypatch, parallel):
    monkeypatch.setattr(engine, "LOCK_TIMEOUT_MS", 300)
    monkeypatch.setattr("backend.platform.data.transactions.PATIENCE_S", 0.3)
    probe = make_probe(make_app())

    def first_or_second(index):
        """The first holds its key at the gate until the second has been answered."""
        if index == 0:
            return probe.post("slow", key="k", takes_s="60")
        assert probe.gate.reached.wait(60)
        began = time.monotonic()
        try:
            return probe.post("slow", key="k", takes_s="60"), time.monotonic() - began
        finally:
            probe.gate.opened.set()

    first, (second, waited_s) = parallel(2, first_or_second).results
    assert first.status_code == 201
    assert (second.status_code, second.json["code"]) == (409, "idempotency.running")
    assert second.headers["Retry-After"] == "1"
    assert waited_s > 0.25
    assert probe.post("slow", key="k", takes_s="60").data == first.data


def test_the_waiting_ends_after_about_five_seconds():
    assert engine.LOCK_TIMEOUT_MS == 5000


def test_stored_answers_are_sealed_under_the_persons_own_key(probe):
    probe.post("very private", key="k")
    [row] = stored(probe)
    assert b"very private" not in row.sealed_body
    with probe.app.app_context():
        assert (
            in_transaction(lambda s: the_vault().unseal(s, probe.user_id, idempotency.PURPOSE, row.sealed_body))
            == probe.post("very private", key="k").data
        )


def test_a_long_answer_is_kept_compressed_and_comes_back_byte_for_byte(probe):
    line = "as long as this " * 100
    first = probe.post(line, key="k")
    [row] = stored(probe)
    assert len(row.sealed_body) < len(first.data) / 4
    assert probe.post(line, key="k").data == first.data


def test_the_words_that_answers_were_packed_with_are_never_changed():
    digest = "ec002159bf71d26a0ebe6bf5568767e77aa36d76d568e0b1e5107e6256a6d3e7"
    assert hashlib.sha256(idempotency.WORDS).hexdigest() == digest


def test_an_answer_packed_before_there_were_words_is_still_read():
    plain = b'{"status":"credited"}' * 40
    assert idempotency._unpacked(idempotency.PACKED + zlib.compress(plain)) == plain
    assert idempotency._unpacked(idempotency._packed(plain)) == plain


def test_stored_answers_go_with_their_person_and_with_time(probe, frozen_clock):
    probe.post("one", key="a")
    with probe.app.app_context():
        later = clock.now() + timedelta(seconds=1)
        assert in_transaction(lambda session: idempotency.drop_older_than(session, later)) == 1
    probe.post("two", key="b")
    with probe.app.app_context():
        in_transaction(lambda session: idempotency.forget(session, probe.user_id))
    assert stored(probe) == []


# --- an answer in two steps -----------------------------------------------------------------------------------------


@pytest.fixture
def in_two_steps(probe, parallel):
    """Two requests with one key that both finish, each with an answer of its own, and what each was given."""

    def ask():
        turns = iter(range(2))

        def request(_):
            with probe.app.test_request_context("/", method="POST", headers={"Idempotency-Key": "k"}):

                def finish(facts):
                    together.wait(20)
                    # the first has stored its answer before the second has finished
                    turn = next(turns)
                    if turn:
                        stored_first.wait(20)
                    return idempotency.Answer(201, f"{turn} of {facts['order']}".encode())

                given = idempotency.answer_in_steps(LIN, lambda _: {"order": "ord_1"}, finish, admit=lambda _: None)
                stored_first.set()
                return given

        together, stored_first = threading.Barrier(2), threading.Event()
        return parallel(2, request)

    with probe.app.app_context():
        in_transaction(lambda session: the_vault().make_key(session, LIN))
    return ask


@pytest.mark.concurrency
def test_a_second_finisher_gets_the_answer_that_is_stored_and_changes_nothing(in_two_steps, probe):
    race = in_two_steps()
    assert race.errors == []
    assert {answer.body for answer in race.results} == {b"0 of ord_1"}
    [row] = stored(probe)
    with probe.app.app_context():
        kept = in_transaction(
            lambda session: the_vault().unseal(session, LIN, idempotency.PURPOSE, row.sealed_body), read_only=True
        )
    assert kept == b"0 of ord_1"


@pytest.mark.concurrency
def test_control_without_the_condition_the_second_finisher_overwrites_the_answer(in_two_steps, monkeypatch):
    table = StoredAnswer.__table__
    unconditional = table.update().where(table.c.user_id == bindparam("owner"), table.c.key == bindparam("request_key"))
    values = {"status": bindparam("answer_status"), "sealed_body": bindparam("answer_body")}
    monkeypatch.setattr(idempotency, "_FINISH", unconditional.values(values))
    race = in_two_steps()
    assert {answer.body for answer in race.results} == {b"0 of ord_1", b"1 of ord_1"}
