"""Who leaves is signed out at once, waits for money, and is erased with every guest who joined them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from backend.accounts import service as accounts
from backend.accounts.models import User
from backend.accounts.service import guests
from backend.jobs.runner.dispatch import dispatch
from backend.jobs.runner.schedule import JOBS
from backend.jobs.runner.slots import run_slot
from backend.platform.core import clock
from backend.platform.core.actor import Actor
from backend.platform.core.roles import USER
from backend.platform.ops import doctor, invariants
from backend.platform.privacy import audit
from backend.portfolio import service
from tests.backend.accounts.conftest import ACCOUNT
from tests.backend.activities.conftest import log

LOGIN = {name: ACCOUNT[name] for name in ("email", "password")}


@pytest.fixture
def erase(app, frozen_clock):
    """Let the jobs find who has left and the outbox do the rest, as much later as it takes."""

    def run():
        frozen_clock.advance(timedelta(minutes=10))
        (job,) = (job for job in JOBS if job.name == "people.erase")
        assert run_slot(app, job)
        dispatch(app)

    return run


@pytest.fixture
def standing(in_transaction):
    def read(person):
        query = select(User.access_status).where(User.user_id == person.user_id)
        return in_transaction(lambda session: session.scalar(query), read_only=True)

    return read


def test_who_leaves_is_signed_out_at_once_and_erased_soon(beijinger, erase, standing):
    log(beijinger)
    answer = beijinger.delete("/v1/me")
    assert answer.status_code == 202
    assert (answer.json["status"], answer.json["waits_for_money"]) == ("leaving", False)
    assert beijinger.get("/v1/me").json["code"] == "auth.leaving"
    assert beijinger.delete("/v1/me").json["code"] == "auth.leaving"
    assert standing(beijinger) == "leaving"
    erase()
    assert standing(beijinger) == "erased"
    assert beijinger.get("/v1/me").status_code == 401


def test_an_old_session_proves_nothing_and_signing_in_again_does(frozen_clock, registered, post, client):
    frozen_clock.advance(timedelta(minutes=20))
    renewed = post("/v1/auth/refresh", {"refresh_token": registered["refresh_token"]}).json
    headers = {"Authorization": f"Bearer {renewed['access_token']}"}
    refused = client.delete("/v1/me", headers=headers)
    assert (refused.status_code, refused.json["code"]) == (403, "auth.sign_in_again")
    assert "900" in refused.json["detail"]
    fresh = post("/v1/auth/login", LOGIN).json
    assert client.delete("/v1/me", headers={"Authorization": f"Bearer {fresh['access_token']}"}).status_code == 202
    assert post("/v1/auth/login", LOGIN).json["code"] == "auth.leaving"
    assert post("/v1/auth/refresh", {"refresh_token": fresh["refresh_token"]}).status_code == 401


def test_a_guest_has_no_proof_but_the_device(new_person, frozen_clock, erase, standing):
    guest = new_person(is_guest=True)
    frozen_clock.advance(timedelta(minutes=14))
    assert guest.delete("/v1/me").status_code == 202
    erase()
    assert standing(guest) == "erased"


def test_nobody_is_erased_while_another_process_may_still_let_them_act(beijinger, app, frozen_clock, standing):
    beijinger.delete("/v1/me")
    (job,) = (job for job in JOBS if job.name == "people.erase")
    run_slot(app, job)
    dispatch(app)
    assert standing(beijinger) == "leaving"


def test_the_guests_who_joined_an_account_are_erased_with_it(guest, account, bring, in_transaction, erase, standing):
    log(guest, client_id="canary-of-the-guest")
    caller = Actor(guest.user_id, guest.session_id, frozenset({USER}))
    token = in_transaction(lambda session: guests.ask(session, caller, account.user_id))
    account.post("/v1/auth/guest/merge", {"answer_token": token, "bring": True})
    bring(guest, account)
    account.delete("/v1/me")
    erase()
    assert (standing(account), standing(guest)) == ("erased", "erased")
    left = in_transaction(lambda session: session.execute(text("SELECT client_id FROM activities")).scalars().all())
    assert left == [None, None]


def test_a_guest_who_was_silent_for_too_long_is_erased_and_a_busy_one_is_not(
    app, new_person, post, frozen_clock, erase, standing
):
    silent, busy, registered = new_person(is_guest=True), new_person(is_guest=True), new_person()
    frozen_clock.advance(timedelta(days=50))
    post("/v1/auth/refresh", {"refresh_token": busy.refresh_token})
    frozen_clock.advance(timedelta(days=41))
    (job,) = (job for job in JOBS if job.name == "guests.lapse")
    assert run_slot(app, job)
    assert [standing(one) for one in (silent, busy, registered)] == ["leaving", "active", "active"]
    erase()
    assert standing(silent) == "erased"


def test_words_about_a_person_go_when_their_time_is_over_and_the_entry_stays(app, person, in_transaction, frozen_clock):
    in_transaction(lambda s: accounts.suspend(s, person.user_id, who="Ana", reason="said so on the phone"))

    def read(session):
        return [(entry.action, reason) for entry, reason in audit.list_entries(session, 10, person.user_id)]

    assert in_transaction(read, read_only=True) == [("user.suspended", "said so on the phone")]
    plain = in_transaction(lambda s: s.execute(text("SELECT reason FROM audit_entries")).scalars().all())
    assert plain == [""]
    frozen_clock.advance(timedelta(days=1096))
    (job,) = (job for job in JOBS if job.name == "audit_words.drop")
    assert run_slot(app, job)
    assert in_transaction(read, read_only=True) == [("user.suspended", "")]


def test_what_operators_decided_is_part_of_a_persons_copy(person, in_transaction):
    in_transaction(lambda s: accounts.suspend(s, person.user_id, who="Ana", reason="a test"))
    in_transaction(lambda s: accounts.reinstate(s, person.user_id, who="Ana", reason="it is over"))
    text_ = person.get("/v1/me/export").text
    assert '"action":"user.suspended"' in text_
    assert '"reason":"it is over"' in text_
    assert "Ana" not in text_


def test_the_doctor_speaks_up_for_whom_money_keeps_too_long(app, beijinger, shop, frozen_clock, in_transaction):
    shop.order(beijinger)
    assert beijinger.delete("/v1/me").json["waits_for_money"] is True
    frozen_clock.advance(timedelta(days=31))
    with app.app_context():
        found = {one.subject: one.findings for one in doctor.examine(app)}
    assert "1 people asked more than 30 days ago" in found["erasures"][0].words


@pytest.mark.breaks_invariants("planted to be found")
def test_something_sealed_for_an_erased_person_is_found(app, beijinger, in_transaction, erase):
    beijinger.delete("/v1/me")
    erase()
    planted = text(
        "INSERT INTO stored_answers (user_id, key, request_sha256, sealed_body, created_at)"
        " VALUES (:user_id, 'k', 'h', :sealed, :now)"
    ).bindparams(user_id=beijinger.user_id, sealed=b"x", now=clock.now())
    in_transaction(lambda session: session.execute(planted))
    found = in_transaction(lambda session: list(invariants.run(session, "erasures")), read_only=True)
    assert [one.found for one in found] == [
        f"{beijinger.user_id}: erased, but stored_answers.sealed_body still holds something"
    ]


def test_an_order_nobody_pays_lapses_and_then_its_person_is_erased(
    beijinger, shop, erase, standing, frozen_clock, in_transaction
):
    shop.order(beijinger)
    assert beijinger.delete("/v1/me").json["waits_for_money"] is True
    erase()
    assert standing(beijinger) == "leaving"
    frozen_clock.advance(timedelta(hours=1))
    assert shop.lapse() == 1
    # the hold is over, and yet the provider would still take the money
    assert in_transaction(lambda session: service.erase(session, beijinger.user_id)) is False
    shop.deliver()
    erase()
    assert standing(beijinger) == "erased"
    assert shop.stock()[1:] == (0, 0)


def test_leaving_many_times_at_once_is_leaving_once(beijinger, parallel, counts):
    race = parallel(counts(small=4, long=20), lambda _: beijinger.delete("/v1/me"))
    assert [answer.status_code for answer in race.results].count(202) == 1
    assert {answer.json.get("code") for answer in race.results} <= {None, "auth.leaving", "auth.invalid_token"}


def test_support_lets_somebody_go_who_cannot_sign_in_any_more(app, person, admin, in_transaction, erase, standing):
    in_transaction(lambda s: accounts.suspend(s, person.user_id, who="Ana", reason="a doubt"))
    asked = ["accounts", "erase", person.user_id, "--who", admin.user_id, "--reason", "wrote a letter"]
    assert app.test_cli_runner().invoke(args=asked).exit_code == 0
    again = app.test_cli_runner().invoke(args=asked)
    assert (again.exit_code, "not_found" in again.output) == (1, True)
    erase()
    assert standing(person) == "erased"


def test_erasing_again_changes_nothing(beijinger, erase, in_transaction):
    beijinger.delete("/v1/me")
    erase()
    assert in_transaction(lambda session: service.erase(session, beijinger.user_id)) is False
