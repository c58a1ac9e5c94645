"""What somebody did in an account whose address they only typed ends when the owner of the address proves it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from backend.accounts import service
from backend.platform.privacy import personal_data
from tests.backend.accounts.conftest import ACCOUNT
from tests.backend.conftest import Person
from tests.backend.ports.push_server import Phone

MAIL = {"channel": "email", "address": ACCOUNT["email"]}
LOCATION = "/v1/me/consents/location"
METER = "/v1/household/things/electricity_meter"


@pytest.fixture
def squatter(registered, app):
    """Somebody who registered with an e-mail that is not theirs and settled in there."""
    made = Person(app, *(registered[name] for name in ("user_id", "session_id", "access_token", "refresh_token")))
    assert made.patch("/v1/me", {"display_name": "Not Lin"}).status_code == 200
    assert made.put(LOCATION, {"version": "2026-11-01", "given": True}).status_code == 204
    assert made.put("/v1/inbox/device", Phone().subscription).status_code == 200
    assert made.put(METER, {"country": "CN", "number": "SGCC 0001"}).status_code == 200
    return made


@pytest.fixture
def flatmate(squatter, new_person):
    """Somebody who lives with the squatter and shows how they do."""
    made = new_person()
    code = made.post("/v1/household/invitations").json["code"]
    assert squatter.post("/v1/household/join", {"code": code}).status_code == 200
    for one in (made, squatter):
        assert one.put("/v1/household/shown", {"is_shown": True}).status_code == 200
    return made


@pytest.fixture
def prove_by_code(post, postbox, app):
    """The owner of the address signs in with the code that came to it."""

    def sign_in():
        assert post("/v1/auth/code", MAIL).status_code == 204
        tokens = post("/v1/auth/code/sign-in", MAIL | {"code": postbox.code()}).json
        return Person(app, *(tokens[name] for name in ("user_id", "session_id", "access_token", "refresh_token")))

    return sign_in


def test_name_household_sharing_things_and_devices_end(squatter, flatmate, prove_by_code):
    owner = prove_by_code()
    assert owner.user_id == squatter.user_id
    assert owner.get("/v1/me").json["display_name"] is None
    assert owner.get("/v1/household").status_code == 404
    assert flatmate.get("/v1/household").json["members"] == 1
    assert owner.get("/v1/household/things").json["items"] == []
    assert owner.get("/v1/inbox/devices").json["items"] == []
    assert [device["id"] for device in owner.get("/v1/me/sessions").json["items"]] == [owner.session_id]


def test_codes_that_were_handed_out_let_nobody_in_any_more(squatter, new_person, prove_by_code):
    code = squatter.post("/v1/household/invitations").json["code"]
    prove_by_code()
    refused = new_person().post("/v1/household/join", {"code": code})
    assert (refused.status_code, refused.json["code"]) == (404, "household.code_unknown")


def test_what_was_agreed_to_in_the_owners_name_is_taken_back_but_for_what_every_account_needs(squatter, prove_by_code):
    owner = prove_by_code()
    given = {item["kind"]: item["is_given"] for item in owner.get("/v1/me/consents").json["items"]}
    assert given == {"terms": True, "privacy": True, "location": False}


def test_roles_end_with_an_entry_in_the_audit_trail(squatter, admin, app, in_transaction, prove_by_code):
    """An operator trusted the account's id; whoever held it is not who holds it now."""
    granted = ["accounts", "grant-role", squatter.user_id, "support", "--who", admin.user_id, "--reason", "a colleague"]
    assert app.test_cli_runner().invoke(args=granted).exit_code == 0
    owner = prove_by_code()
    assert in_transaction(lambda s: service.roles_of(s, owner.user_id)) == {"user"}
    actions = text("SELECT action FROM audit_entries WHERE subject = :person ORDER BY id")
    kept = in_transaction(lambda s: s.execute(actions, {"person": owner.user_id}).scalars().all())
    assert kept == ["role.granted", "role.withdrawn"]


def test_an_account_that_proves_its_own_address_keeps_everything(squatter, flatmate, post, postbox):
    """Whoever registered and reads the letter is the owner: nothing of theirs ends."""
    postbox.open()
    assert squatter.post("/v1/auth/verify/send").status_code == 204
    assert squatter.post("/v1/auth/verify", {"code": postbox.code()}).status_code == 204
    assert squatter.get("/v1/me").json["display_name"] == "Not Lin"
    assert flatmate.get("/v1/household").json["members"] == 2


def test_a_new_password_by_the_owners_letter_ends_it_as_well(squatter, flatmate, post, postbox):
    assert post("/v1/auth/password/forgotten", {"email": ACCOUNT["email"]}).status_code == 204
    body = {"email": ACCOUNT["email"], "secret": postbox.secret(), "password": "a password of the owner"}
    assert post("/v1/auth/password/reset", body).status_code == 204
    assert flatmate.get("/v1/household").json["members"] == 1


def test_every_slice_is_told(squatter, app, monkeypatch, prove_by_code):
    """A slice that keeps something of people says what of it ends; the declaration cannot be left out."""
    told = []
    kept = app.extensions["carbon.personal"]
    heard = [
        personal_data.Kept(one.name, lambda *_: None, lambda _s, user_id, name=one.name: told.append((name, user_id)))
        for one in kept
    ]
    monkeypatch.setitem(app.extensions, "carbon.personal", heard)
    owner = prove_by_code()
    assert told == [(one.name, owner.user_id) for one in kept]
    with pytest.raises(TypeError):
        personal_data.Kept("parcels", forget=lambda *_: None)
