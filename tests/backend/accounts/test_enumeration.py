"""Nobody learns from an answer whether an address has an account: registering a taken one looks like a free one."""

from __future__ import annotations

import pytest

from tests.backend.accounts.conftest import ACCOUNT, AGREED

FREE, OTHER = "free@example.org", "other@example.org"


@pytest.fixture
def both(registered, post):
    """Whoever registered the address that has an owner, and whoever registered a free one."""
    taken = post("/v1/auth/register", ACCOUNT).json
    free = post("/v1/auth/register", ACCOUNT | {"email": FREE}).json
    assert registered["user_id"] not in (taken["user_id"], free["user_id"])
    return taken, free


def shape(document):
    """The document with what differs between any two people left out."""
    if isinstance(document, dict):
        return {name: shape(value) for name, value in document.items()}
    if isinstance(document, list):
        return [shape(value) for value in document]
    return document if isinstance(document, bool | None) else type(document).__name__


def test_registering_answers_alike(both):
    taken, free = both
    assert shape(taken) == shape(free)


@pytest.mark.parametrize("path", ["/v1/me", "/v1/me/sessions", "/v1/me/consents", "/v1/me/passkeys"])
def test_what_they_see_of_themselves_is_alike(path, both, client):
    taken, free = (client.get(path, headers={"Authorization": f"Bearer {who['access_token']}"}) for who in both)
    assert (taken.status_code, shape(taken.json)) == (free.status_code, shape(free.json))


def test_what_they_take_along_is_alike(both, in_transaction):
    from backend.accounts.service import personal_data

    taken, free = (
        in_transaction(lambda session, who=who: personal_data.export(session, who["user_id"]), read_only=True)
        for who in both
    )
    assert taken["signs_in_with"] == free["signs_in_with"] == ["email"]
    assert shape(taken) == shape(free)


def test_registering_again_answers_alike(both, post):
    body = ACCOUNT | {"email": OTHER}
    answers = [post("/v1/auth/register", body, token=who["access_token"]) for who in both]
    assert [(answer.status_code, answer.json["code"]) for answer in answers] == [(409, "auth.already_registered")] * 2


def test_signing_in_elsewhere_asks_neither_about_a_record(both, post):
    post("/v1/auth/register", ACCOUNT | {"email": OTHER})
    login = {"email": OTHER, "password": ACCOUNT["password"]}
    answers = [post("/v1/auth/login", login, token=who["access_token"]) for who in both]
    assert [(answer.status_code, answer.json["guest_question"]) for answer in answers] == [(200, None)] * 2


def test_control_a_guest_without_an_address_registers_and_is_asked(registered, post):
    guest = post("/v1/auth/guest", {"consents": AGREED}).json
    login = {name: ACCOUNT[name] for name in ("email", "password")}
    assert post("/v1/auth/login", login, token=guest["access_token"]).json["guest_question"] is not None
    assert post("/v1/auth/register", ACCOUNT | {"email": FREE}, token=guest["access_token"]).status_code == 201
