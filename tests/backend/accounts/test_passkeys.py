"""Passkeys: both ceremonies with an authenticator in software, and every way they must fail."""

from __future__ import annotations

import copy
import itertools

import pytest

from backend.accounts.models import LoginChallenge
from backend.accounts.service import login_challenges
from tests.backend.accounts.authenticator import PRESENT, Authenticator

BEGIN_REGISTRATION, REGISTRATION = "/v1/auth/passkeys/registration/begin", "/v1/auth/passkeys/registration"
BEGIN_SIGN_IN, SIGN_IN = "/v1/auth/passkeys/sign-in/begin", "/v1/auth/passkeys/sign-in"


@pytest.fixture
def authenticator(settings):
    return Authenticator(settings.public_url, "127.0.0.1")


def add(person, authenticator, **more):
    begun = person.post(BEGIN_REGISTRATION).json
    body = {"ceremony": begun["ceremony"], "credential": authenticator.create(begun["options"])}
    return person.post(REGISTRATION, body | more)


def sign_in(post, authenticator, **more):
    begun = post(BEGIN_SIGN_IN, None).json
    body = {"ceremony": begun["ceremony"], "credential": authenticator.get(begun["options"])}
    return post(SIGN_IN, body | more)


def assert_refused(answer):
    assert (answer.status_code, answer.json["code"]) == (401, "auth.passkey_refused"), answer.json


def test_a_passkey_is_added_and_signs_in_without_an_address(person, authenticator, post):
    added = add(person, authenticator, label="Lin's phone")
    assert added.status_code == 201
    tokens = sign_in(post, authenticator, device="Phone")
    assert tokens.status_code == 200
    assert tokens.json["user_id"] == person.user_id
    [shown] = person.get("/v1/me/passkeys").json["items"]
    assert (shown["id"], shown["label"]) == (added.json["id"], "Lin's phone")
    assert shown["used_at"] is not None


def test_the_options_tell_the_authenticator_nothing_personal_and_demand_a_verified_person(person):
    options = person.post(BEGIN_REGISTRATION).json["options"]
    assert options["user"]["name"] == person.user_id
    assert options["authenticatorSelection"]["userVerification"] == "required"
    assert options["authenticatorSelection"]["residentKey"] == "required"


def test_a_passkey_taken_away_signs_in_no_more(person, authenticator, post):
    added = add(person, authenticator).json
    assert person.delete(f"/v1/me/passkeys/{added['id']}").status_code == 204
    assert person.delete(f"/v1/me/passkeys/{added['id']}").status_code == 404
    assert_refused(sign_in(post, authenticator))


def test_nobody_takes_another_persons_passkey_away(person, new_person, authenticator, post):
    added = add(person, authenticator).json
    assert new_person().delete(f"/v1/me/passkeys/{added['id']}").status_code == 404
    assert sign_in(post, authenticator).status_code == 200


def test_a_passkey_that_belongs_to_someone_is_not_added_for_another(person, new_person, authenticator, post):
    add(person, authenticator)
    assert_refused(add(new_person(), authenticator))
    assert sign_in(post, authenticator).json["user_id"] == person.user_id


def test_a_guest_registers_first(new_person):
    answer = new_person(is_guest=True).post(BEGIN_REGISTRATION)
    assert (answer.status_code, answer.json["code"]) == (409, "auth.register_first")


def test_a_ceremony_is_used_once(person, authenticator, post):
    add(person, authenticator)
    begun = post(BEGIN_SIGN_IN, None).json
    body = {"ceremony": begun["ceremony"], "credential": authenticator.get(begun["options"])}
    assert post(SIGN_IN, body).status_code == 200
    assert_refused(post(SIGN_IN, body))


def used_at_once(authenticator, post, parallel):
    """How many of ten uses of one signed answer sign in."""
    begun = post(BEGIN_SIGN_IN, None).json
    body = {"ceremony": begun["ceremony"], "credential": authenticator.get(begun["options"])}
    return parallel(10, lambda _: post(SIGN_IN, body).status_code).results.count(200)


@pytest.mark.concurrency
def test_one_signed_answer_used_ten_times_at_once_signs_in_once(person, authenticator, post, parallel):
    add(person, authenticator)
    assert used_at_once(authenticator, post, parallel) == 1


@pytest.mark.concurrency
def test_without_the_guards_it_signs_in_several_times(person, settings, post, parallel, monkeypatch):
    authenticator = Authenticator(settings.public_url, "127.0.0.1", counts=False)
    add(person, authenticator)

    def unguarded(session, kind, secret):
        return session.get(LoginChallenge, login_challenges.token_hash(secret))

    monkeypatch.setattr(login_challenges, "take", unguarded)
    assert used_at_once(authenticator, post, parallel) > 1


def test_an_answer_to_another_challenge_is_refused_and_uses_the_ceremony_up(person, authenticator, post):
    add(person, authenticator)
    first, second = post(BEGIN_SIGN_IN, None).json, post(BEGIN_SIGN_IN, None).json
    body = {"ceremony": first["ceremony"], "credential": authenticator.get(second["options"])}
    assert_refused(post(SIGN_IN, body))
    assert_refused(post(SIGN_IN, body | {"credential": authenticator.get(first["options"])}))


def test_a_ceremony_of_one_person_adds_nothing_for_another(person, new_person, authenticator):
    begun = person.post(BEGIN_REGISTRATION).json
    body = {"ceremony": begun["ceremony"], "credential": authenticator.create(begun["options"])}
    assert_refused(new_person().post(REGISTRATION, body))


def test_a_sign_in_ceremony_adds_no_passkey(person, authenticator, post):
    begun = post(BEGIN_SIGN_IN, None).json
    options = begun["options"] | {"user": {"id": "dXNlcg"}}
    assert_refused(
        person.post(REGISTRATION, {"ceremony": begun["ceremony"], "credential": authenticator.create(options)})
    )


@pytest.mark.parametrize(
    "change",
    [
        {"origin": "https://evil.example"},
        {"rp_id": "evil.example"},
        {"flags": PRESENT},  # present, but not verified: a phone somebody found
        {"flags": 0},
    ],
)
def test_an_answer_made_elsewhere_or_without_verification_is_refused(change, person, authenticator, post):
    add(person, authenticator)
    for name, value in change.items():
        setattr(authenticator, name, value)
    assert_refused(sign_in(post, authenticator))


def test_a_counter_that_does_not_go_up_means_a_copy_and_is_refused(person, authenticator, post):
    add(person, authenticator)
    twin = copy.copy(authenticator)
    assert sign_in(post, authenticator).status_code == 200
    assert_refused(sign_in(post, twin))
    assert sign_in(post, authenticator).status_code == 200


def test_an_authenticator_without_a_counter_signs_in_again_and_again(person, settings, post):
    authenticator = Authenticator(settings.public_url, "127.0.0.1", counts=False)
    add(person, authenticator)
    assert [sign_in(post, authenticator).status_code for _ in range(3)] == [200] * 3


def test_another_key_under_a_known_credential_is_refused(person, authenticator, settings, post):
    add(person, authenticator)
    forged = Authenticator(settings.public_url, "127.0.0.1", credential_id=authenticator.credential_id)
    assert_refused(sign_in(post, forged))


NO_CREDENTIALS = [
    {},
    {"id": 7},
    {"id": "é"},
    {"id": "a" * 5000, "rawId": [], "type": "public-key", "response": {}},
    {"id": "QQ", "rawId": "QQ", "type": "public-key", "response": {"clientDataJSON": "QQ", "attestationObject": "/w"}},
    {"response": None},
]


def test_bytes_that_are_no_credential_are_refused(person, post):
    for credential in NO_CREDENTIALS:
        begun = person.post(BEGIN_REGISTRATION).json
        assert_refused(person.post(REGISTRATION, {"ceremony": begun["ceremony"], "credential": credential}))
        begun = post(BEGIN_SIGN_IN, None).json
        assert_refused(post(SIGN_IN, {"ceremony": begun["ceremony"], "credential": credential}))


def test_a_known_credential_with_broken_parts_is_refused(person, authenticator, post):
    add(person, authenticator)
    parts = ("clientDataJSON", "authenticatorData", "signature")
    for field, broken in itertools.product(parts, ("", "QQ", None, 7, [], "/" * 3000)):
        begun = post(BEGIN_SIGN_IN, None).json
        credential = authenticator.get(begun["options"])
        credential["response"][field] = broken
        assert_refused(post(SIGN_IN, {"ceremony": begun["ceremony"], "credential": credential}))


def test_a_suspended_person_is_told_so_only_after_proving_who_they_are(person, authenticator, post, in_transaction):
    from backend.accounts import service

    add(person, authenticator)
    in_transaction(lambda s: service.suspend(s, person.user_id, who="support", reason="stolen"))
    assert sign_in(post, authenticator).json["code"] == "auth.suspended"
