"""What a guest told stays theirs to correct and to read once they have an account."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from backend.accounts import service as accounts
from backend.accounts.service import guests
from backend.activities import service
from backend.platform.core.actor import Actor
from backend.platform.ops import switches
from tests.backend.activities.conftest import TRIP, log
from tests.backend.activities.test_corrections import correct, read, ride


@pytest.fixture
def joined(guest, new_beijinger, in_transaction, frozen_clock) -> Any:
    """`joined()`: an account made two days later, to which the guest has brought what they told."""

    def join() -> Any:
        frozen_clock.advance(timedelta(days=2))
        account = new_beijinger()
        caller = Actor(guest.user_id, guest.session_id, frozenset())
        token = in_transaction(lambda session: guests.ask(session, caller, account.user_id))
        in_transaction(lambda session: accounts.answer(session, account.user_id, token, bring=True))
        in_transaction(lambda session: service.merge_guest(session, guest.user_id, account.user_id))
        return account

    return join


@pytest.mark.allowance
def test_what_a_guest_told_counts_from_their_first_day_when_the_account_corrects_it(guest, joined):
    activity = log(guest, distance="20")
    account = joined()
    corrected = correct(account, read(account, activity), ride("10"))
    assert corrected["status"] == "credited", corrected["reason"]
    assert corrected["reduction"]["credited_g"] > 0


@pytest.mark.allowance
def test_what_the_account_told_itself_counts_from_its_own_first_day(joined):
    """The control: a day before the account, that nobody told before it, is worth nothing."""
    account = joined()
    activity = log(account, distance="20")
    assert activity["reason"]["code"] == "before_account"
    assert correct(account, activity, ride("10"))["reason"]["code"] == "before_account"


@pytest.mark.allowance
def test_what_waited_when_it_was_brought_counts_from_the_guests_first_day(guest, joined, in_transaction):
    def turn(on: bool) -> None:
        name = switches.PAUSE_CREDITING + TRIP
        in_transaction(lambda session: switches.turn(session, name, on, who="on call", reason="a figure is in doubt"))

    turn(True)
    activity = log(guest, distance="20")
    account = joined()
    assert read(account, activity)["status"] == "uncredited"
    turn(False)
    assert in_transaction(lambda session: service.credit_late(session, account.user_id)) == 1
    assert read(account, activity)["status"] == "credited"


def test_the_working_of_what_a_guest_said_before_stays_readable(guest, joined, new_beijinger):
    activity = log(guest, distance="100")
    correct(guest, activity, ride("10"))
    account = joined()
    (earlier,) = account.get(f"/v1/activities/{activity['id']}/reports").json["reports"]
    path = f"/v1/reductions/{earlier['reduction_id']}"
    working = account.get(path)
    assert working.status_code == 200, working.json
    assert (working.json["id"], working.json["cause"]) == (activity["reduction"]["id"], "logged")
    assert new_beijinger().get(path).status_code == 404
