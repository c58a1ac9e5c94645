"""A retry after a lost answer: with its key it hears the first answer again, where the code or question is used up."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from werkzeug.test import TestResponse

from backend.accounts.service import TOPIC_MERGED
from backend.platform.ops.outbox import OutboxRow
from backend.platform.web import edge as edge_module
from tests.backend.accounts.authenticator import Authenticator
from tests.backend.accounts.conftest import ACCOUNT, AGREED

LOGIN = {name: ACCOUNT[name] for name in ("email", "password")}
NEW = {"channel": "email", "address": "lin.new@example.org"}
MERGE = "/v1/auth/guest/merge"

Send = Callable[..., TestResponse]


@pytest.fixture
def send(post) -> Send:
    """`send(path, body, tokens, key)`: one request of somebody signed in."""
    return lambda path, body, tokens, key="k": post(
        path, body, token=tokens["access_token"], headers={"Idempotency-Key": key}
    )


@pytest.fixture
def asked(registered, post) -> dict[str, Any]:
    """The tokens of an account that a guest signed in to: whether the record comes along is asked."""
    guest = post("/v1/auth/guest", {"consents": AGREED, "device": "Phone"}).json
    return post("/v1/auth/login", LOGIN, token=guest["access_token"]).json


@pytest.fixture
def merge(asked, send) -> Callable[..., TestResponse]:
    return lambda key="k", *, bring=True: send(
        MERGE, {"answer_token": asked["guest_question"], "bring": bring}, asked, key
    )


def merges(in_transaction) -> int:
    return in_transaction(lambda s: s.query(OutboxRow).filter_by(topic=TOPIC_MERGED).count(), read_only=True)


@pytest.mark.parametrize("bring", [True, False])
def test_a_guests_question_answered_again_under_its_key_gets_the_first_answer(bring, merge, in_transaction):
    first, again = merge(bring=bring), merge(bring=bring)
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.data == first.data
    assert merges(in_transaction) == int(bring)


def test_another_answer_under_the_same_key_is_a_mistake_and_under_another_too_late(merge, in_transaction):
    merge()
    assert merge(bring=False).json["code"] == "idempotency.mismatch"
    assert merge("another").json["code"] == "auth.question_unknown"
    assert merges(in_transaction) == 1


def merged_at_once(merge, parallel) -> list[TestResponse]:
    race = parallel(8, lambda _index: merge())
    assert race.errors == []
    assert {answer.status_code for answer in race.results} <= {200, 409, 503}
    return [answer for answer in race.results if answer.status_code == 200]


@pytest.mark.concurrency
def test_a_question_answered_many_times_at_once_under_one_key_has_one_answer(merge, parallel, in_transaction):
    answers = merged_at_once(merge, parallel)
    assert len({answer.data for answer in answers}) == 1
    assert merge().data == answers[0].data
    assert merges(in_transaction) == 1


@pytest.mark.concurrency
def test_control_without_the_stored_answer_only_one_of_them_is_answered(merge, parallel, monkeypatch):
    monkeypatch.setattr(edge_module, "answer_once", lambda _user, work, admit: edge_module.in_transaction(work))
    assert len(merged_at_once(merge, parallel)) == 1
    assert merge().json["code"] == "auth.question_unknown"


def test_an_address_verified_again_under_its_key_is_verified(registered, postbox, send):
    code = {"code": postbox.code()}
    assert [send("/v1/auth/verify", code, registered).status_code for _ in range(2)] == [204, 204]
    assert send("/v1/auth/verify", code, registered, "another").json["code"] == "auth.wrong_code"


def test_whoever_was_signed_out_is_not_given_the_answer_of_before(registered, postbox, send):
    code = {"code": postbox.code()}
    assert send("/v1/auth/verify", code, registered).status_code == 204
    assert send("/v1/auth/logout", {"refresh_token": registered["refresh_token"]}, registered, "out").status_code == 204
    again = send("/v1/auth/verify", code, registered)
    assert (again.status_code, again.json["code"]) == (401, "auth.revoked_token")


def test_a_wrong_code_is_no_answer_to_keep(registered, postbox, send):
    right = postbox.code()
    wrong = "000000" if right != "000000" else "111111"
    assert send("/v1/auth/verify", {"code": wrong}, registered).json["code"] == "auth.wrong_code"
    assert send("/v1/auth/verify", {"code": right}, registered).status_code == 204


def test_a_letter_asked_for_again_under_its_key_does_not_end_the_code_of_the_first(registered, postbox, send):
    assert send("/v1/auth/verify/send", None, registered).status_code == 204
    code = postbox.code()
    assert send("/v1/auth/verify/send", None, registered).status_code == 204
    assert postbox.code() == code
    assert send("/v1/auth/verify", {"code": code}, registered, "verify").status_code == 204


def test_an_address_changed_again_under_its_key_is_changed(registered, prove, postbox, send):
    prove(registered)
    assert [send("/v1/auth/address", NEW, registered, "ask").status_code for _ in range(2)] == [204, 204]
    change = NEW | {"code": postbox.code()}
    assert [send("/v1/auth/address/confirm", change, registered).status_code for _ in range(2)] == [204, 204]


def test_a_passkey_added_again_under_its_key_is_the_same(person, settings):
    begun = person.post("/v1/auth/passkeys/registration/begin").json
    credential = Authenticator(settings.public_url, "127.0.0.1").create(begun["options"])
    body = {"ceremony": begun["ceremony"], "credential": credential}
    first, again = (person.post("/v1/auth/passkeys/registration", body, key="k") for _ in range(2))
    assert (first.status_code, again.status_code, again.data) == (201, 201, first.data)
    assert len(person.get("/v1/me/passkeys").json["items"]) == 1
