"""One-time codes: for signing in, verifying an e-mail, a new password; tries are counted, each code works once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import bindparam, delete, text

from backend.accounts.models import OneTimeCode
from backend.accounts.sql import credentials
from tests.backend.accounts import test_identity_providers as providers
from tests.backend.accounts import test_passkeys as passkeys
from tests.backend.accounts.authenticator import Authenticator
from tests.backend.accounts.conftest import ACCOUNT, AGREED
from tests.backend.conftest import Person

REGISTRATION = {"born": "1990", "consents": AGREED}
MAIL = {"channel": "email", "address": "lin@example.org"}
PHONE = {"channel": "phone", "address": "+86 138 0013 8000"}
SIGN_IN = "/v1/auth/code/sign-in"


def ask(post, address=MAIL):
    assert post("/v1/auth/code", address).status_code == 204


def me(client, tokens):
    return client.get("/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"}).json


@pytest.mark.parametrize("address", [MAIL, PHONE])
def test_a_new_address_becomes_an_account_with_its_code(address, post, postbox, client):
    ask(post, address)
    code = postbox.code()
    needed = post(SIGN_IN, address | {"code": code})
    assert (needed.status_code, needed.json["code"]) == (422, "auth.registration_needed")
    made = post(SIGN_IN, address | {"code": code, "registration": REGISTRATION})
    assert made.status_code == 200
    shown = me(client, made.json)
    assert (shown[address["channel"]], shown[f"{address['channel']}_verified"]) == (address["address"], True)
    ask(post, address)
    assert post(SIGN_IN, address | {"code": postbox.code()}).json["user_id"] == made.json["user_id"]


def test_a_phone_is_the_same_however_it_is_written(post, postbox):
    ask(post, PHONE)
    made = post(SIGN_IN, PHONE | {"code": postbox.code(), "registration": REGISTRATION}).json
    ask(post, PHONE | {"address": "＋８６１３８００１３８０００"})
    again = post(SIGN_IN, PHONE | {"address": "+8613800138000", "code": postbox.code()})
    assert again.json["user_id"] == made["user_id"]


def test_asking_for_a_code_answers_and_writes_the_same_for_a_known_and_an_unknown_address(
    registered, post, in_transaction
):
    def rows():
        tables = ("users", "identities", "one_time_codes", "letters", "outbox", "data_keys")
        return in_transaction(
            lambda s: {name: s.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in tables},
            read_only=True,
        )

    before = rows()
    known = post("/v1/auth/code", MAIL)
    between = rows()
    unknown = post("/v1/auth/code", MAIL | {"address": "nobody@example.org"})
    after = rows()
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    assert {n: between[n] - before[n] for n in before} == {n: after[n] - between[n] for n in before}


def test_a_code_works_once(registered, post, postbox):
    ask(post)
    code = postbox.code()
    assert post(SIGN_IN, MAIL | {"code": code}).status_code == 200
    assert post(SIGN_IN, MAIL | {"code": code}).json["code"] == "auth.wrong_code"


@pytest.mark.parametrize("typed", ["{0} {1}", " {0}{1} ", "{0}-{1}", "{0}\u00a0{1}"])
def test_a_code_is_read_as_people_type_it(typed, registered, post, postbox):
    post("/v1/auth/code", MAIL)
    code = postbox.code()
    assert post(SIGN_IN, MAIL | {"code": typed.format(code[:3], code[3:])}).status_code == 200


def test_a_code_is_read_in_full_width(registered, post, postbox):
    post("/v1/auth/code", MAIL)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in postbox.code())
    assert post(SIGN_IN, MAIL | {"code": wide}).status_code == 200


def test_a_wrong_code_is_a_wrong_field_and_no_missing_sign_in(registered, post, postbox):
    post("/v1/auth/code", MAIL)
    answer = post(SIGN_IN, MAIL | {"code": next(wrong_codes(postbox.code()))})
    assert (answer.status_code, answer.json["code"]) == (422, "auth.wrong_code")
    assert "WWW-Authenticate" not in answer.headers


def test_a_newer_code_ends_the_older(registered, post, postbox):
    ask(post)
    older = postbox.code()
    ask(post)
    newer = postbox.code()
    assert [post(SIGN_IN, MAIL | {"code": code}).status_code for code in (older, newer)] == [422, 200]


def test_a_code_ends_with_its_minutes(registered, post, postbox, frozen_clock):
    ask(post)
    code = postbox.code()
    frozen_clock.advance(timedelta(minutes=10))
    assert post(SIGN_IN, MAIL | {"code": code}).json["code"] == "auth.wrong_code"


def test_a_code_for_one_purpose_or_address_is_none_for_another(registered, post, postbox):
    verification = postbox.code()
    assert post(SIGN_IN, MAIL | {"code": verification}).status_code == 422
    ask(post)
    code = postbox.code()
    assert post(SIGN_IN, MAIL | {"address": "other@example.org", "code": code}).status_code == 422


def wrong_codes(right):
    return (f"{(int(right) + step) % 10**6:06d}" for step in range(1, 100))


def test_after_a_handful_of_wrong_tries_the_right_code_is_worth_nothing(registered, post, postbox):
    ask(post)
    right = postbox.code()
    guesses = wrong_codes(right)
    for _ in range(5):
        assert post(SIGN_IN, MAIL | {"code": next(guesses)}).json["code"] == "auth.wrong_code"
    assert post(SIGN_IN, MAIL | {"code": right}).json["code"] == "auth.wrong_code"


def tried(in_transaction):
    found = text("SELECT attempts_left FROM one_time_codes WHERE purpose = 'sign_in'")
    return in_transaction(lambda session: session.execute(found).scalar_one(), read_only=True)


@pytest.mark.concurrency
def test_parallel_guesses_share_the_handful(registered, post, postbox, parallel, in_transaction):
    ask(post)
    guesses = list(wrong_codes(postbox.code()))
    race = parallel(12, lambda index: post(SIGN_IN, MAIL | {"code": guesses[index]}).status_code)
    assert set(race.results) == {422}
    assert tried(in_transaction) == 0


@pytest.mark.concurrency
def test_without_the_guard_guesses_are_not_bounded(registered, post, postbox, parallel, in_transaction, monkeypatch):
    table = OneTimeCode.__table__
    unguarded = (
        table.update()
        .where(
            table.c.address_hash == bindparam("address"),
            table.c.purpose == bindparam("for_purpose"),
            table.c.subject == bindparam("for_subject"),
        )
        .values(attempts_left=table.c.attempts_left - 1)
        .returning(table.c.secret_hash)
    )
    monkeypatch.setattr(credentials, "TRY_CODE", unguarded)
    ask(post)
    guesses = list(wrong_codes(postbox.code()))
    parallel(12, lambda index: post(SIGN_IN, MAIL | {"code": guesses[index]}).status_code)
    assert tried(in_transaction) < 0


def signed_in_at_once(post, postbox, parallel):
    """How many of ten uses of the right code sign in."""
    ask(post)
    code = postbox.code()
    return parallel(10, lambda _: post(SIGN_IN, MAIL | {"code": code}).status_code).results.count(200)


@pytest.mark.concurrency
def test_the_right_code_sent_ten_times_at_once_signs_in_once(registered, post, postbox, parallel):
    assert signed_in_at_once(post, postbox, parallel) == 1


@pytest.mark.concurrency
def test_without_the_guard_the_right_code_signs_in_several_times(registered, post, postbox, parallel, monkeypatch):
    monkeypatch.setattr(credentials, "USE_UP_CODE", delete(OneTimeCode).where(text("1 = 0")))
    assert signed_in_at_once(post, postbox, parallel) > 1


def test_an_email_is_verified_with_the_code_from_the_letter(registered, post, postbox, client):
    token = registered["access_token"]
    code = postbox.code()
    assert me(client, registered)["email_verified"] is False
    assert post("/v1/auth/verify", {"code": next(wrong_codes(code))}, token=token).json["code"] == "auth.wrong_code"
    assert post("/v1/auth/verify", {"code": code}, token=token).status_code == 204
    assert me(client, registered)["email_verified"] is True


@pytest.mark.parametrize(("language", "said"), [("en", "within 1 day."), ("zh-CN", "1天")])
def test_a_letter_says_a_day_and_not_1440_minutes(language, said, post, postbox):
    post("/v1/auth/register", ACCOUNT, headers={"Accept-Language": language})
    body = postbox.open().body
    assert said in body
    assert "1440" not in body


def test_a_verification_can_be_sent_once_more(registered, post, postbox):
    token = registered["access_token"]
    assert post("/v1/auth/verify/send", None, token=token).status_code == 204
    assert post("/v1/auth/verify", {"code": postbox.code()}, token=token).status_code == 204


def test_who_claimed_an_email_that_has_an_owner_can_never_verify_it(registered, post, postbox, client):
    shell = post("/v1/auth/register", ACCOUNT | {"password": "another password"}).json
    post("/v1/auth/verify/send", None, token=shell["access_token"])
    assert postbox.open().subject == "You already have an account"
    assert me(client, shell)["email_verified"] is False


def reset(post, secret, password="a better password", email=ACCOUNT["email"]):
    return post("/v1/auth/password/reset", {"email": email, "secret": secret, "password": password})


def test_a_new_password_is_set_by_the_link_and_signs_every_device_out(registered, post, postbox):
    assert post("/v1/auth/password/forgotten", {"email": ACCOUNT["email"]}).status_code == 204
    secret = postbox.secret()
    assert len(secret) > 40
    assert reset(post, secret).status_code == 204
    assert post("/v1/auth/refresh", {"refresh_token": registered["refresh_token"]}).status_code == 401
    login = {"email": ACCOUNT["email"], "password": "a better password"}
    assert post("/v1/auth/login", login).status_code == 200
    assert post("/v1/auth/login", login | {"password": ACCOUNT["password"]}).status_code == 401
    assert reset(post, secret).json["code"] == "auth.wrong_code"


def passkey_session(registered, post, app, settings, prove, **_):
    prove(registered)
    names = ("user_id", "session_id", "access_token", "refresh_token")
    authenticator = Authenticator(settings.public_url, "127.0.0.1")
    assert passkeys.add(Person(app, *(registered[name] for name in names)), authenticator).status_code == 201
    return passkeys.sign_in(post, authenticator).json


def provider_session(post, client, **_):
    return providers.sign_in(client, post, registration=providers.REGISTRATION).json


@pytest.mark.parametrize("opened_by", [passkey_session, provider_session])
def test_a_new_password_ends_what_a_passkey_and_a_provider_opened(
    opened_by, request, app, settings, client, post, postbox
):
    asked = {"registered", "prove"} if opened_by is passkey_session else set()
    own = {name: request.getfixturevalue(name) for name in asked}
    opened = opened_by(app=app, settings=settings, client=client, post=post, **own)
    assert me(client, opened)["email"] == ACCOUNT["email"]
    assert post("/v1/auth/password/forgotten", {"email": ACCOUNT["email"]}).status_code == 204
    assert reset(post, postbox.secret()).status_code == 204

    header = {"Authorization": f"Bearer {opened['access_token']}"}
    assert client.get("/v1/me", headers=header).json["code"] == "auth.revoked_token"
    assert post("/v1/auth/refresh", {"refresh_token": opened["refresh_token"]}).json["code"] == "auth.revoked_token"


def test_asking_for_a_new_password_tells_only_the_letter_whether_there_is_an_account(registered, post, postbox):
    known = post("/v1/auth/password/forgotten", {"email": ACCOUNT["email"]})
    unknown = post("/v1/auth/password/forgotten", {"email": "nobody@example.org"})
    assert (known.status_code, known.data) == (unknown.status_code, unknown.data)
    assert postbox.open().subject == "There is no account with this e-mail"
    assert [m.to for m in postbox.sent if m.subject == "Set a new password"] == [ACCOUNT["email"]]


@pytest.mark.parametrize("email", [ACCOUNT["email"], "nobody@example.org"])
def test_a_wrong_link_is_refused_the_same_for_a_known_and_an_unknown_email(email, registered, post):
    assert reset(post, "nonsense", email=email).json["code"] == "auth.wrong_code"


def test_the_owner_of_an_address_takes_it_from_whoever_only_claimed_it(registered, post, postbox, client):
    """Somebody registered with an address that is not theirs and waits for its owner to use the account."""
    ask(post)
    owner = post(SIGN_IN, MAIL | {"code": postbox.code()}).json
    assert owner["user_id"] == registered["user_id"]
    assert post("/v1/auth/refresh", {"refresh_token": registered["refresh_token"]}).status_code == 401
    assert post("/v1/auth/login", {name: ACCOUNT[name] for name in ("email", "password")}).status_code == 401
    assert me(client, owner)["email_verified"] is True


def test_letters_speak_the_language_of_the_request(post, postbox):
    post("/v1/auth/code", MAIL, headers={"Accept-Language": "zh-CN"})
    assert postbox.open().subject.startswith("您的登录验证码")


def test_a_letter_is_destroyed_with_its_key_when_it_has_gone(post, postbox, in_transaction):
    ask(post)
    postbox.open()

    def left(session):
        return [session.execute(text(f"SELECT count(*) FROM {name}")).scalar_one() for name in ("letters", "data_keys")]

    assert in_transaction(left, read_only=True) == [0, 0]


def test_a_letter_nobody_wants_any_more_is_not_sent(post, postbox, frozen_clock):
    ask(post)
    ask(post, PHONE)
    frozen_clock.advance(timedelta(minutes=10))
    with pytest.raises(IndexError):
        postbox.open()
    assert postbox.sent == []


@pytest.mark.parametrize(
    "address, code",
    [
        ({"channel": "phone", "address": "13800138000"}, "not_a_phone"),
        ({"channel": "phone", "address": "+0123456789"}, "not_a_phone"),
        ({"channel": "email", "address": "+8613800138000"}, "not_an_email"),
        ({"channel": "pigeon", "address": "coo"}, "not_one_of"),
    ],
)
def test_an_address_that_cannot_be_one_is_refused_with_the_remedy(address, code, post):
    assert post("/v1/auth/code", address).json["errors"][0]["code"] == code
