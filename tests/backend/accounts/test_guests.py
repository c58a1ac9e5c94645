"""Guests: use first, register later; the record comes along to an existing account once, or not at all."""

from __future__ import annotations

import pytest
from sqlalchemy import bindparam

from backend.accounts import service
from backend.accounts.models import GuestMerge, User
from backend.accounts.service import TOPIC_MERGED
from backend.accounts.sql import people as sql
from backend.platform.ops.outbox import OutboxRow
from tests.backend.accounts.conftest import ACCOUNT, AGREED

LOGIN = {name: ACCOUNT[name] for name in ("email", "password")}
MERGE = "/v1/auth/guest/merge"


@pytest.fixture
def guest(post):
    return post("/v1/auth/guest", {"consents": AGREED, "device": "Phone"}).json


@pytest.fixture
def account(registered, guest, post):
    """The tokens a guest got by signing in to an account that exists already."""
    return post("/v1/auth/login", LOGIN, token=guest["access_token"]).json


def told(in_transaction):
    rows = in_transaction(lambda s: s.query(OutboxRow).filter_by(topic=TOPIC_MERGED).all(), read_only=True)
    return [(row.user_id, row.facts) for row in rows]


def merge(post, account, *, bring=True, token=None):
    body = {"answer_token": account["guest_question"], "bring": bring}
    return post(MERGE, body, token=token or account["access_token"])


def test_a_guest_uses_everything_at_once(guest, client):
    assert guest["is_guest"] is True
    me = client.get("/v1/me", headers={"Authorization": f"Bearer {guest['access_token']}"}).json
    assert (me["user_id"], me["is_guest"], me["email"]) == (guest["user_id"], True, None)


def test_a_guest_has_seen_the_texts(post):
    answer = post("/v1/auth/guest", {"consents": {}})
    assert answer.json["errors"][0]["code"] == "consent_required"


def test_a_guest_who_registers_becomes_the_account(guest, post):
    registered = post("/v1/auth/register", ACCOUNT, token=guest["access_token"]).json
    assert (registered["user_id"], registered["is_guest"]) == (guest["user_id"], False)
    assert post("/v1/auth/refresh", {"refresh_token": guest["refresh_token"]}).status_code == 401
    assert post("/v1/auth/login", LOGIN).json["user_id"] == guest["user_id"]


def registered_at_once(guest, post, parallel):
    """How many of four registrations of one guest succeed when they start together, and what the others hear."""

    def register(index):
        body = ACCOUNT | {"email": f"lin{index}@example.org"}
        return post("/v1/auth/register", body, token=guest["access_token"]).status_code

    statuses = parallel(4, register).results
    return statuses.count(201), set(statuses) - {201}


@pytest.mark.concurrency
def test_a_guest_becomes_one_account_however_often_it_is_tried_at_once(guest, post, parallel):
    made, others = registered_at_once(guest, post, parallel)
    assert made == 1
    assert others <= {401, 409}


@pytest.mark.concurrency
def test_without_the_guard_a_guest_becomes_several(app, guest, post, parallel, monkeypatch):
    users = User.__table__
    given = {"standing": "to_status", "sealed_birth": "birth", "sealed_guardian": "guardian_email"}
    values = {name: bindparam(place) for name, place in given.items()}
    unguarded = users.update().where(users.c.user_id == bindparam("person")).values(values)
    monkeypatch.setattr(sql, "BECOME", unguarded)
    # the first registration ends the guest's session, which would stop the others at the door
    monkeypatch.setitem(app.extensions, "carbon.standing", lambda *_: None)
    made, _ = registered_at_once(guest, post, parallel)
    assert made > 1


def test_who_has_an_account_registers_no_second_one(registered, post):
    answer = post("/v1/auth/register", ACCOUNT | {"email": "b@example.org"}, token=registered["access_token"])
    assert (answer.status_code, answer.json["code"]) == (409, "auth.already_registered")


def test_a_guest_who_signs_in_to_an_account_is_asked(account, registered):
    assert account["user_id"] == registered["user_id"]
    assert account["guest_question"]


def test_who_signs_in_without_being_a_guest_is_asked_nothing(registered, post, new_person):
    assert post("/v1/auth/login", LOGIN).json["guest_question"] is None
    other = new_person()
    assert post("/v1/auth/login", LOGIN, token=other.access_token).json["guest_question"] is None


def test_a_record_that_is_brought_is_told_once_and_the_guest_ends(account, guest, post, client, in_transaction):
    answer = merge(post, account)
    assert answer.json == {"guest_id": guest["user_id"], "brought": True}
    facts = {"guest_id": guest["user_id"], "user_id": account["user_id"]}
    assert told(in_transaction) == [(account["user_id"], facts)]
    brought = in_transaction(lambda s: service.list_brought_guests(s, account["user_id"]), read_only=True)
    assert brought == [guest["user_id"]]
    assert client.get("/v1/me", headers={"Authorization": f"Bearer {guest['access_token']}"}).status_code == 401
    assert post("/v1/auth/refresh", {"refresh_token": guest["refresh_token"]}).status_code == 401


def test_a_second_answer_changes_nothing(account, post, in_transaction):
    merge(post, account)
    for bring in (True, False):
        again = merge(post, account, bring=bring)
        assert (again.status_code, again.json["code"]) == (409, "auth.question_unknown")
    assert len(told(in_transaction)) == 1


def test_a_record_that_is_left_stays_with_the_guest_and_nobody_is_asked_again(account, guest, post, in_transaction):
    assert merge(post, account, bring=False).json["brought"] is False
    assert told(in_transaction) == []
    assert post("/v1/auth/refresh", {"refresh_token": guest["refresh_token"]}).status_code == 200
    assert post("/v1/auth/login", LOGIN, token=guest["access_token"]).json["guest_question"] is None


def test_only_the_account_that_was_asked_can_answer(account, post, new_person, in_transaction):
    stranger = merge(post, account, token=new_person().access_token)
    assert stranger.json["code"] == "auth.question_unknown"
    assert told(in_transaction) == []


def test_signing_in_again_before_the_answer_asks_anew_and_the_older_question_ends(account, guest, post, in_transaction):
    newer = post("/v1/auth/login", LOGIN, token=guest["access_token"]).json
    assert merge(post, account).status_code == 409
    assert merge(post, newer).status_code == 200
    assert len(told(in_transaction)) == 1


def test_a_guest_who_registered_after_the_question_is_nobodys_to_bring(account, guest, post, in_transaction):
    post("/v1/auth/register", ACCOUNT | {"email": "own@example.org"}, token=guest["access_token"])
    assert merge(post, account).json["code"] == "auth.question_unknown"
    assert told(in_transaction) == []


@pytest.mark.concurrency
def test_twenty_answers_at_once_bring_the_record_once(account, post, parallel, in_transaction):
    race = parallel(20, lambda _: merge(post, account).status_code)
    assert sorted(race.results) == [200] + [409] * 19
    assert len(told(in_transaction)) == 1


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard is off on purpose")
def test_without_the_guard_the_record_is_brought_several_times(account, post, parallel, in_transaction, monkeypatch):
    table, users = GuestMerge.__table__, User.__table__
    answer = table.update().where(table.c.token_hash == bindparam("token"), table.c.account_id == bindparam("account"))
    answer = answer.values(state=bindparam("to_state"), answered_at=bindparam("now")).returning(table.c.user_id)
    monkeypatch.setattr(sql, "ANSWER_MERGE", answer)
    end = users.update().where(users.c.user_id == bindparam("guest")).values(standing="merged")
    monkeypatch.setattr(sql, "END_GUEST", end)
    parallel(20, lambda _: merge(post, account).status_code)
    assert len(told(in_transaction)) > 1
