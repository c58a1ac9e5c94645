"""Another e-mail or phone: proved before anything changes, one act, the old one told and free, devices signed in."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from sqlalchemy import delete, select, update

from backend.accounts.models import Identity, User
from backend.accounts.service import address_change
from tests.backend.accounts.conftest import ACCOUNT, AGREED

ASK, CONFIRM = "/v1/auth/address", "/v1/auth/address/confirm"
NEW = {"channel": "email", "address": "Lin.New@example.org"}
PHONE = {"channel": "phone", "address": "+8613800138000"}
LOGIN = {name: ACCOUNT[name] for name in ("email", "password")}


@pytest.fixture
def verified(registered, post, postbox):
    """Somebody who registered and proved their e-mail."""
    answer = post("/v1/auth/verify", {"code": postbox.code()}, token=registered["access_token"])
    assert answer.status_code == 204
    return registered


@pytest.fixture
def ask(post, postbox):
    """Ask for a change; return the code that came to the new address."""

    def asked(tokens, address=NEW):
        answer = post(ASK, address, token=tokens["access_token"])
        assert answer.status_code == 204, answer.json
        code = postbox.code()
        assert postbox.sent[-1].to == address["address"]
        return code

    return asked


@pytest.fixture
def confirm(post):
    return lambda tokens, code, address=NEW: post(CONFIRM, address | {"code": code}, token=tokens["access_token"])


@pytest.fixture
def another(post, postbox):
    """Another account, by a code to an address of its own, so that it is proved."""

    def make(address):
        post("/v1/auth/code", address)
        registration = {"born": "1990", "consents": AGREED}
        body = address | {"code": postbox.code(), "registration": registration}
        answer = post("/v1/auth/code/sign-in", body)
        assert answer.status_code == 200, answer.json
        return answer.json

    return make


def me(client, tokens):
    answer = client.get("/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert answer.status_code == 200, answer.json
    return answer.json


def test_with_the_code_the_new_address_signs_in_and_the_old_one_no_more(verified, ask, confirm, post, client):
    code = ask(verified)
    assert me(client, verified)["email"] == ACCOUNT["email"]
    assert confirm(verified, code).status_code == 204
    shown = me(client, verified)
    assert (shown["email"], shown["email_verified"]) == ("Lin.New@example.org", True)
    new_login = post("/v1/auth/login", LOGIN | {"email": "lin.new@example.org"})
    assert (new_login.status_code, new_login.json["user_id"]) == (200, verified["user_id"])
    assert post("/v1/auth/login", LOGIN).json["code"] == "auth.wrong_credentials"


def test_the_old_address_is_told_without_the_new_one(verified, ask, confirm, postbox):
    code = ask(verified)
    assert confirm(verified, code).status_code == 204
    letter = postbox.open()
    assert (letter.to, letter.subject) == (ACCOUNT["email"], "Your account has another e-mail now")
    assert "new@example.org" not in letter.body.casefold()


def test_every_device_stays_signed_in(verified, ask, confirm, post):
    other_device = post("/v1/auth/login", LOGIN).json
    assert confirm(verified, ask(verified)).status_code == 204
    for tokens in (verified, other_device):
        assert post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).status_code == 200


def test_the_old_address_is_free_afterwards_and_not_before(verified, ask, confirm, post, another):
    code = ask(verified)
    taken = {"channel": "email", "address": ACCOUNT["email"]}
    assert another(taken)["user_id"] == verified["user_id"]  # still theirs: the code signs them in
    assert confirm(verified, code).status_code == 204
    assert another(taken)["user_id"] != verified["user_id"]


def test_a_phone_is_added_and_changed_beside_the_email(verified, ask, confirm, client, postbox, post):
    assert confirm(verified, ask(verified, PHONE), PHONE).status_code == 204
    shown = me(client, verified)
    assert (shown["phone"], shown["phone_verified"], shown["email"]) == (PHONE["address"], True, ACCOUNT["email"])
    newer = PHONE | {"address": "+8613900139000"}
    assert confirm(verified, ask(verified, newer), newer).status_code == 204
    letter = postbox.open()
    assert (letter.channel, letter.to) == ("phone", PHONE["address"])
    assert post("/v1/auth/login", LOGIN).status_code == 200


def test_an_address_nobody_had_proved_is_replaced_without_a_letter_to_it(registered, ask, confirm, postbox, client):
    """It may be a stranger's: mistyped when they registered."""
    postbox.open()
    sent = len(postbox.sent)
    assert confirm(registered, ask(registered)).status_code == 204
    assert [letter.to for letter in postbox.sent[sent:]] == [NEW["address"]]
    postbox.open()
    assert len(postbox.sent) == sent + 1
    assert me(client, registered)["email_verified"] is True


@pytest.mark.parametrize("wrong", ["000000", "1", "x" * 20])
def test_without_the_code_nothing_changes(wrong, verified, ask, confirm, client):
    code = ask(verified)
    answer = confirm(verified, wrong if wrong != code else "111111")
    assert (answer.status_code, answer.json["code"]) == (422, "auth.wrong_code")
    assert me(client, verified)["email"] == ACCOUNT["email"]


def test_a_code_is_for_one_person_one_address_and_one_change(verified, ask, confirm, another, post):
    other = another(PHONE)
    code = ask(verified)
    assert confirm(other, code).json["code"] == "auth.wrong_code"
    assert confirm(verified, code, NEW | {"address": "else@example.org"}).json["code"] == "auth.wrong_code"
    assert post("/v1/auth/code/sign-in", NEW | {"code": code}).json["code"] == "auth.wrong_code"
    assert confirm(verified, code).status_code == 204
    assert confirm(verified, code).json["code"] == "auth.wrong_code"


def test_the_code_ends_with_its_minutes(frozen_clock, verified, ask, confirm):
    code = ask(verified)
    frozen_clock.advance(timedelta(minutes=10))
    assert confirm(verified, code).json["code"] == "auth.wrong_code"


def test_after_a_handful_of_wrong_tries_the_right_code_is_worth_nothing(verified, ask, confirm):
    code = ask(verified)
    for _ in range(5):
        assert confirm(verified, "x").json["code"] == "auth.wrong_code"
    assert confirm(verified, code).json["code"] == "auth.wrong_code"


def test_a_session_that_proves_nothing_any_more_asks_in_vain(registered, post, frozen_clock):
    tokens = post("/v1/auth/login", LOGIN).json
    frozen_clock.advance(timedelta(minutes=16))
    fresh = post("/v1/auth/refresh", {"refresh_token": tokens["refresh_token"]}).json
    answer = post(ASK, NEW, token=fresh["access_token"])
    assert (answer.status_code, answer.json["code"]) == (403, "auth.sign_in_again")


def test_a_guest_registers_first(post):
    guest = post("/v1/auth/guest", {"consents": AGREED, "device": None}).json
    answer = post(ASK, NEW, token=guest["access_token"])
    assert (answer.status_code, answer.json["code"]) == (409, "auth.register_first")


def test_asking_answers_the_same_for_a_taken_address_and_only_its_reader_hears_that_it_is(
    verified, another, ask, confirm, post, client
):
    owner = another(NEW)
    code = ask(verified)  # 204, and a letter, as for a free one
    answer = confirm(verified, code)
    assert (answer.status_code, answer.json["code"]) == (409, "auth.address_taken")
    assert me(client, verified)["email"] == ACCOUNT["email"]
    assert me(client, owner)["email"] == NEW["address"]
    assert post("/v1/auth/login", LOGIN).json["user_id"] == verified["user_id"]


def test_proof_beats_a_claim_and_leaves_the_claimer_the_rest(verified, ask, confirm, post, client, in_transaction):
    claimer = post("/v1/auth/register", ACCOUNT | {"email": NEW["address"]}).json
    assert confirm(verified, ask(verified)).status_code == 204
    assert me(client, verified)["email_verified"] is True
    left = me(client, claimer)
    assert (left["email"], left["email_verified"]) == (NEW["address"], False)
    login = post("/v1/auth/login", LOGIN | {"email": NEW["address"]})
    assert login.json["user_id"] == verified["user_id"]
    is_guest = select(User.is_guest).where(User.user_id == claimer["user_id"])
    assert in_transaction(lambda session: session.scalar(is_guest)) is True


def holders(in_transaction):
    query = select(Identity.user_id, Identity.verified_at).where(Identity.kind == "email")
    return in_transaction(lambda session: session.execute(query).all(), read_only=True)


@pytest.mark.concurrency
def test_of_several_who_prove_one_address_at_once_one_has_it(another, ask, confirm, parallel, client, in_transaction):
    people = [another(PHONE | {"address": f"+861380013800{number}"}) for number in range(4)]
    codes = [ask(tokens) for tokens in people]
    race = parallel(4, lambda number: confirm(people[number], codes[number]).status_code)
    assert sorted(race.results) == [204, 409, 409, 409]
    [owner] = holders(in_transaction)
    winner = people[race.results.index(204)]
    assert owner.user_id == winner["user_id"]
    assert [me(client, tokens)["email"] for tokens in people].count(NEW["address"]) == 1


@pytest.mark.concurrency
def test_control_without_the_guard_several_believe_to_have_it(another, ask, confirm, parallel, monkeypatch):
    people = [another(PHONE | {"address": f"+861380013800{number}"}) for number in range(4)]
    codes = [ask(tokens) for tokens in people]

    def take_from_anybody(session, user_id, address):
        mine = update(Identity).where(Identity.kind == "email", Identity.value_hash == address.hash)
        return session.execute(mine.values(user_id=user_id)).rowcount == 1

    monkeypatch.setattr(address_change, "take_over_unproved", take_from_anybody)
    race = parallel(4, lambda number: confirm(people[number], codes[number]).status_code)
    assert race.results.count(204) > 1


@pytest.mark.concurrency
def test_one_person_who_proves_two_addresses_at_once_has_one_of_them(
    verified, ask, confirm, parallel, client, in_transaction
):
    addresses = [NEW, NEW | {"address": "other@example.org"}]
    codes = [ask(verified, address) for address in addresses]
    race = parallel(2, lambda number: confirm(verified, codes[number], addresses[number]).status_code)
    assert race.results == [204, 204]
    assert len(holders(in_transaction)) == 1
    assert me(client, verified)["email_verified"] is True


@pytest.mark.concurrency
def test_control_without_the_lock_one_person_may_have_both(
    engine, verified, ask, confirm, parallel, in_transaction, monkeypatch
):
    """Each looks for what is to be freed before it sees what the other has taken."""
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, whatever is locked")
    together = threading.Barrier(2)

    def drop_what_both_have_seen(session, user_id, address):
        others = (Identity.user_id == user_id) & (Identity.value_hash != address.hash)
        seen = session.scalars(select(Identity.value_hash).where(others)).all()
        together.wait(10)
        session.execute(delete(Identity).where(Identity.value_hash.in_(seen)))

    addresses = [NEW, NEW | {"address": "other@example.org"}]
    codes = [ask(verified, address) for address in addresses]
    monkeypatch.setattr(address_change.people, "lock_user", lambda _session, _user_id: None)
    monkeypatch.setattr(address_change, "drop_other_addresses", drop_what_both_have_seen)
    parallel(2, lambda number: confirm(verified, codes[number], addresses[number]).status_code)
    assert len(holders(in_transaction)) == 2
