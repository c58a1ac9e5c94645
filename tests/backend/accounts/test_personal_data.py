"""What is kept is shown, what is asked to be forgotten is gone, what has had its time is dropped."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from backend.accounts import service
from backend.accounts.models import Consent
from backend.platform.data.transactions import Base
from backend.platform.privacy.vault import KeyErased, the_vault
from tests.backend.accounts.conftest import ACCOUNT


def count(in_transaction, table):
    return in_transaction(lambda s: s.execute(text(f"SELECT count(*) FROM {table}")).scalar_one(), read_only=True)


def test_the_export_is_readable_and_whole(registered, in_transaction):
    exported = in_transaction(lambda s: service.export(s, registered["user_id"]), read_only=True)
    assert (exported["email"], exported["born"]) == (ACCOUNT["email"], ACCOUNT["born"])
    assert exported["signs_in_with"] == ["email"]
    assert len(exported["devices"]) == 1
    assert {row["kind"] for row in exported["consents"]} == {"terms", "privacy"}


def everything(in_transaction):
    def read(session):
        tables = [table for table in Base.metadata.sorted_tables if "user_id" in table.columns]
        return {table.name: session.execute(table.select()).mappings().all() for table in tables}

    return in_transaction(read, read_only=True)


def test_who_is_forgotten_leaves_nothing_but_a_number_and_what_they_agreed_to(registered, post, in_transaction):
    post("/v1/auth/password/forgotten", {"email": ACCOUNT["email"]})
    user_id = registered["user_id"]
    in_transaction(lambda s: service.forget(s, user_id))
    left = {name for name, rows in everything(in_transaction).items() if any(r["user_id"] == user_id for r in rows)}
    assert left == {"users", "consents"}
    assert count(in_transaction, "letters") == count(in_transaction, "one_time_codes") == 0
    [user] = everything(in_transaction)["users"]
    kept = {name for name, value in user.items() if value not in (None, False)}
    assert kept == {"user_id", "standing", "created_at"}


def test_who_is_forgotten_cannot_sign_in_and_their_address_is_free(registered, post, in_transaction, client):
    in_transaction(lambda s: service.forget(s, registered["user_id"]))
    login = {name: ACCOUNT[name] for name in ("email", "password")}
    assert post("/v1/auth/login", login).json["code"] == "auth.wrong_credentials"
    headers = {"Authorization": f"Bearer {registered['access_token']}"}
    assert client.get("/v1/me", headers=headers).json["code"] == "auth.invalid_token"
    assert post("/v1/auth/refresh", {"refresh_token": registered["refresh_token"]}).status_code == 401
    assert post("/v1/auth/register", ACCOUNT).status_code == 201
    assert post("/v1/auth/login", login).status_code == 200


def test_what_was_sealed_for_a_forgotten_person_opens_no_more(person, app, in_transaction):
    with app.app_context():
        sealed = in_transaction(lambda s: the_vault().seal(s, person.user_id, "any", b"secret"))
        in_transaction(lambda s: service.forget(s, person.user_id))
        with pytest.raises(KeyErased):
            in_transaction(lambda s: the_vault().unseal(s, person.user_id, "any", sealed))


def test_what_has_had_its_time_is_dropped_and_nothing_else(frozen_clock, registered, post, in_transaction, settings):
    fresh = post("/v1/auth/login", {name: ACCOUNT[name] for name in ("email", "password")}).json
    post("/v1/auth/passkeys/sign-in/begin", None)
    frozen_clock.advance(timedelta(days=2))
    renewed = post("/v1/auth/refresh", {"refresh_token": fresh["refresh_token"]}).json
    in_transaction(service.sweep)
    assert [count(in_transaction, t) for t in ("one_time_codes", "ceremonies", "letters")] == [0, 0, 0]
    assert count(in_transaction, "device_sessions") == 2
    frozen_clock.advance(timedelta(seconds=settings.refresh_token_s) - timedelta(days=1))
    in_transaction(service.sweep)
    assert (count(in_transaction, "device_sessions"), count(in_transaction, "refresh_tokens")) == (1, 1)
    assert post("/v1/auth/refresh", {"refresh_token": renewed["refresh_token"]}).status_code == 200


def test_a_guest_lapses_when_their_device_has_been_silent_long_enough(new_person, post, in_transaction, frozen_clock):
    silent, busy = new_person(is_guest=True), new_person(is_guest=True)
    new_person()
    frozen_clock.advance(timedelta(days=50))
    post("/v1/auth/refresh", {"refresh_token": busy.refresh_token})
    frozen_clock.advance(timedelta(days=41))
    assert in_transaction(lambda s: service.list_lapsed_guests(s, 10), read_only=True) == [silent.user_id]


BREAKS = {
    "more than one unspent": (
        (
            "INSERT INTO refresh_tokens (token_hash, user_id, session_id, issued_at, expires_at)"
            " SELECT 'other', user_id, session_id, issued_at, expires_at FROM refresh_tokens"
        ),
    ),
    "closed, with an unspent": ("UPDATE device_sessions SET closed_at = opened_at",),
    "merged and brought": ("UPDATE users SET standing = 'merged'",),
    "erased, but not empty": ("UPDATE users SET standing = 'erased', password_hash = 'x'",),
    "erased, but still in": ("UPDATE users SET standing = 'erased'",),
    "has no data key": ("DELETE FROM data_keys",),
}


@pytest.mark.breaks_invariants("each is planted to be found")
def test_every_invariant_of_accounts_has_been_seen_to_fail(person, app, in_transaction):
    class Undone(Exception):
        pass

    for words, statements in BREAKS.items():

        def plant(session, statements=statements, words=words):
            for statement in statements:
                session.execute(text(statement))
            assert any(words in found for found in service.broken_accounts(session)), words
            raise Undone

        with pytest.raises(Undone):
            in_transaction(plant)
    assert in_transaction(lambda s: list(service.broken_accounts(s)), read_only=True) == []


def test_consents_are_only_ever_added(person, in_transaction):
    body = {"version": "2026-11-01", "given": True}
    for given in (True, False):
        person.put("/v1/me/consents/location", body | {"given": given})
    rows = in_transaction(lambda s: s.query(Consent).order_by(Consent.id).all(), read_only=True)
    assert sorted(row.is_given for row in rows) == [False, True]
