"""Whoever signs in anew may still send an old token: where anybody may call, it is nobody's; elsewhere it says why."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.backend.accounts.conftest import ACCOUNT, AGREED

LOGIN = {name: ACCOUNT[name] for name in ("email", "password")}
FORGED = "not.a.token"


@pytest.fixture
def expired(frozen_clock, registered, settings):
    frozen_clock.advance(timedelta(seconds=settings.access_token_s))
    return registered["access_token"]


@pytest.fixture
def revoked(registered, post):
    post("/v1/auth/logout", {"refresh_token": registered["refresh_token"]})
    return registered["access_token"]


@pytest.fixture(params=["expired", "revoked", "forged"])
def stale(request):
    return FORGED if request.param == "forged" else request.getfixturevalue(request.param)


def test_a_stale_token_is_nobodys_where_anybody_may_call(stale, registered, post, client):
    headers = {"Authorization": f"Bearer {stale}"}
    assert post("/v1/auth/login", LOGIN, token=stale).status_code == 200
    assert post("/v1/auth/guest", {"consents": AGREED}, token=stale).status_code == 201
    for path in ("/v1/consents", "/v1/methodologies", "/healthz", "/docs"):
        assert client.get(path, headers=headers).status_code == 200, path


def test_refreshing_with_an_expired_bearer_goes_on(expired, registered, post):
    answer = post("/v1/auth/refresh", {"refresh_token": registered["refresh_token"]}, token=expired)
    assert answer.status_code == 200


def test_another_scheme_is_nobodys_too(client):
    assert client.get("/v1/consents", headers={"Authorization": "Basic bGluOnB3"}).status_code == 200


def test_a_guest_who_was_signed_out_is_not_asked_about(registered, post):
    guest = post("/v1/auth/guest", {"consents": AGREED}).json
    post("/v1/auth/logout", {"refresh_token": guest["refresh_token"]})
    answer = post("/v1/auth/login", LOGIN, token=guest["access_token"])
    assert (answer.status_code, answer.json["guest_question"]) == (200, None)


def test_control_a_guest_who_is_signed_in_is_asked_about(registered, post):
    guest = post("/v1/auth/guest", {"consents": AGREED}).json
    assert post("/v1/auth/login", LOGIN, token=guest["access_token"]).json["guest_question"] is not None


def test_expired_and_revoked_say_what_they_are(frozen_clock, registered, post, client, settings):
    second = post("/v1/auth/login", LOGIN).json
    post("/v1/auth/logout", {"refresh_token": second["refresh_token"]})
    answers = [client.get("/v1/me", headers={"Authorization": f"Bearer {second['access_token']}"})]
    frozen_clock.advance(timedelta(seconds=settings.access_token_s))
    answers.append(client.get("/v1/me", headers={"Authorization": f"Bearer {registered['access_token']}"}))
    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [
        (401, "auth.revoked_token"),
        (401, "auth.expired_token"),
    ]
