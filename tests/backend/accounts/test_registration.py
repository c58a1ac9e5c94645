"""Registering, signing in with a password, and what an onlooker cannot learn from it."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from backend.platform.privacy import passwords
from tests.backend.accounts.conftest import ACCOUNT, AGREED


def test_who_registers_is_signed_in_at_once(registered, client):
    answer = client.get("/v1/me/sessions", headers={"Authorization": f"Bearer {registered['access_token']}"})
    assert answer.status_code == 200
    assert [device["is_current"] for device in answer.json["items"]] == [True]
    assert registered["is_guest"] is False


def test_an_unverified_email_signs_in_with_its_password(registered, post):
    answer = post("/v1/auth/login", {"email": "LIN@example.org ", "password": ACCOUNT["password"], "device": "Tablet"})
    assert answer.status_code == 200
    assert answer.json["user_id"] == registered["user_id"]
    assert answer.json["session_id"] != registered["session_id"]


@pytest.mark.parametrize(
    "email, password", [("lin@example.org", "wrong horse battery"), ("nobody@example.org", "correct horse battery")]
)
def test_a_wrong_password_and_an_unknown_email_get_the_same_answer(email, password, registered, post):
    answer = post("/v1/auth/login", {"email": email, "password": password})
    assert (answer.status_code, answer.json["code"]) == (401, "auth.wrong_credentials")
    assert set(answer.json) == {"type", "title", "status", "detail", "instance", "code"}


def test_an_unknown_email_costs_a_whole_hash_too(registered, post, monkeypatch):
    hashed = []
    verify = passwords.Passwords.matches

    def counted(self, stored, password):
        hashed.append(stored is not None)
        return verify(self, stored, password)

    monkeypatch.setattr(passwords.Passwords, "matches", counted)
    for email in ("lin@example.org", "nobody@example.org"):
        post("/v1/auth/login", {"email": email, "password": "wrong horse battery"})
    assert hashed == [True, False]


def test_a_missing_hash_is_still_verified_against_one_nobody_has(app):
    with app.app_context():
        hashing = passwords.the_passwords()
        assert hashing.matches(None, "a password that nobody has") is False
        assert hashing.matches(hashing.hash("secret"), "secret") is True


def test_registering_with_a_known_email_answers_as_if_it_were_free(registered, post, postbox):
    again = post("/v1/auth/register", ACCOUNT | {"password": "another password"})
    assert again.status_code == 201
    assert set(again.json) == set(registered)
    assert again.json["user_id"] != registered["user_id"]
    assert postbox.open().subject == "You already have an account"


def test_registering_with_a_known_email_gives_no_way_into_the_account(registered, post):
    post("/v1/auth/register", ACCOUNT | {"password": "another password"})
    intruder = post("/v1/auth/login", {"email": ACCOUNT["email"], "password": "another password"})
    owner = post("/v1/auth/login", {"email": ACCOUNT["email"], "password": ACCOUNT["password"]})
    assert intruder.json["code"] == "auth.wrong_credentials"
    assert owner.json["user_id"] == registered["user_id"]


UNACCEPTABLE = [
    ({"email": "lin"}, "email", "not_an_email"),
    ({"email": "lin@@example.org"}, "email", "not_an_email"),
    ({"password": "short"}, "password", "too_few_characters"),
    ({"password": 1234567890}, "password", "not_a_text"),
    ({"born": "1800"}, "born", "not_a_birth_date"),
    ({"born": "2030-01-01"}, "born", "not_a_birth_date"),
    ({"born": "1990-02-30"}, "born", "not_a_birth_date"),
    ({"born": "2020"}, "guardian_email", "guardian_required"),
    ({"consents": {"terms": "2026-11-01"}}, "consents.privacy", "consent_required"),
    ({"consents": AGREED | {"terms": "2020-01-01"}}, "consents.terms", "consent_outdated"),
    ({"consents": AGREED | {"souls": "2026-11-01"}}, "consents.souls", "not_one_of"),
    ({"consents": AGREED | {"guardian": "2026-11-01"}}, "consents.guardian", "not_one_of"),
    ({"is_admin": True}, "is_admin", "unknown"),
    ({"user_id": "usr_1"}, "user_id", "unknown"),
]


def test_every_field_that_cannot_be_accepted_is_named_with_its_remedy(make_app, frozen_clock):
    client = make_app(rate_limits=False).test_client()
    for change, field, code in UNACCEPTABLE:
        answer = client.post("/v1/auth/register", json=ACCOUNT | change)
        assert answer.status_code == 422, change
        [error] = answer.json["errors"]
        assert (error["field"], error["code"]) == (field, code)
        assert error["message"] != code


def test_no_address_password_or_birth_stands_readable_in_the_database(registered, in_transaction):
    def everything(session):
        tables = ("users", "identities", "one_time_codes", "letters", "outbox", "device_sessions")
        return [str(row) for table in tables for row in session.execute(text(f"SELECT * FROM {table}"))]

    stored = "\n".join(in_transaction(everything))
    for secret in ("lin@example", "example.org", ACCOUNT["password"], "1990"):
        assert secret not in stored


def test_a_device_name_is_shown_to_its_owner_and_sealed_in_the_database(registered, post, client, in_transaction):
    tokens = post("/v1/auth/login", {k: ACCOUNT[k] for k in ("email", "password")} | {"device": "Lin's phone"}).json
    shown = client.get("/v1/me/sessions", headers={"Authorization": f"Bearer {tokens['access_token']}"}).json["items"]
    sealed = in_transaction(lambda s: s.execute(text("SELECT sealed_device FROM device_sessions")).scalars().all())
    assert shown[0]["device"] == "Lin's phone"
    assert all(b"phone" not in (value or b"") for value in sealed)


def test_a_hash_that_has_aged_is_renewed_at_the_next_sign_in(registered, make_app, in_transaction):
    client = make_app(password_profile="normal").test_client()
    login = {name: ACCOUNT[name] for name in ("email", "password")}
    stored = text("SELECT password_hash FROM users")
    for _ in range(2):
        assert client.post("/v1/auth/login", json=login).status_code == 200
        assert in_transaction(lambda s: s.execute(stored).scalar_one()).startswith("$argon2id$v=19$m=65536")
