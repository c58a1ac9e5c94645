"""What a guest had spent, let lapse, owed or been given is the account's afterwards: no more, and no less."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.activities import service
from backend.platform.core.i18n import ENGLISH
from backend.points import service as points
from tests.backend.activities.conftest import DAY_CAP_G, LONG_RIDE_G
from tests.backend.activities.guest_steps import collected, items, renewed, ride


@pytest.mark.parametrize("spend", [0, 5_000, LONG_RIDE_G])
def test_what_the_guest_had_spent_stays_spent(guest, account, bring, has, frozen_clock, in_transaction, spend):
    ride(guest, 8)
    collected(guest, frozen_clock, in_transaction, spend=spend)
    bring(guest, account)
    assert has(account) == (0, LONG_RIDE_G - spend, 0)
    assert has(guest) == (0, 0, 0)


@pytest.mark.usefixtures("at_any_hour")
def test_what_was_spent_of_points_that_the_cap_had_no_room_for_is_paid_by_the_account(
    guest, account, bring, has, frozen_clock, in_transaction
):
    for hour in (6, 7):
        ride(guest, hour)
        ride(account, hour + 4)
    collected(guest, frozen_clock, in_transaction, spend=2 * LONG_RIDE_G)
    bring(guest, account)
    assert has(account) == (0, DAY_CAP_G - 2 * LONG_RIDE_G, 0)
    assert has(guest) == (0, 0, 0)


@pytest.mark.usefixtures("at_any_hour")
def test_and_owed_where_the_account_has_spent_its_own_too(guest, account, bring, has, frozen_clock, in_transaction):
    for hour in (6, 7):
        ride(guest, hour)
        ride(account, hour + 4)
    collected(guest, frozen_clock, in_transaction, spend=2 * LONG_RIDE_G)
    in_transaction(lambda session: points.collect(session, account.user_id))
    in_transaction(lambda session: points.spend(session, account.user_id, "order 1", 2 * LONG_RIDE_G, "trees"))
    bring(guest, account)
    assert has(account) == (0, 0, 4 * LONG_RIDE_G - DAY_CAP_G)


def test_a_debt_comes_along_as_a_debt(guest, account, bring, has, frozen_clock, in_transaction):
    told = ride(guest, 8)
    collected(guest, frozen_clock, in_transaction, spend=LONG_RIDE_G)
    in_transaction(lambda session: service.withdraw(session, guest.user_id, told["id"], ENGLISH))
    assert has(guest) == (0, 0, LONG_RIDE_G)
    bring(guest, account)
    assert has(guest) == (0, 0, 0)
    assert has(account) == (0, 0, LONG_RIDE_G)


def test_what_had_lapsed_stays_lapsed_and_the_grams_stay(guest, account, bring, has, frozen_clock):
    told = ride(guest, 8)
    frozen_clock.advance(timedelta(days=10))
    account = renewed(account)
    bring(guest, account)
    assert has(account) == (0, 0, 0)
    shown = account.get(f"/v1/activities/{told['id']}").json
    assert shown["reduction"]["credited_g"] == LONG_RIDE_G
    assert (shown["points"]["amount"], shown["points"]["state"]) == (LONG_RIDE_G, "lapsed")


def test_what_had_lapsed_is_charged_to_nobody_when_the_activity_is_withdrawn_later(
    guest, account, bring, has, frozen_clock
):
    told = ride(guest, 8)
    frozen_clock.advance(timedelta(days=10))
    account = renewed(account)
    bring(guest, account)
    assert account.post(f"/v1/activities/{told['id']}/withdraw").status_code == 200
    assert has(account) == (0, 0, 0)


@pytest.mark.usefixtures("at_any_hour")
def test_a_cap_takes_first_what_had_lapsed(guest, account, bring, has, frozen_clock, in_transaction):
    withdrawn, _, third = [ride(guest, hour) for hour in (6, 7, 8)]
    left = DAY_CAP_G - 2 * LONG_RIDE_G
    assert third["points"]["amount"] == left
    frozen_clock.advance(timedelta(days=10))
    # all has lapsed; now there is room for the rest of the third ride, which is pending
    in_transaction(lambda session: service.withdraw(session, guest.user_id, withdrawn["id"], ENGLISH))
    assert has(guest) == (0, LONG_RIDE_G - left, 0)
    account = renewed(account)
    ride(account, 10)
    bring(guest, account)
    assert items(account)[third["id"]]["points"]["amount"] == left
    assert has(account) == (0, LONG_RIDE_G + left, 0)
    assert has(guest) == (0, 0, 0)


def test_points_that_were_given_to_the_guest_come_along(
    guest, account, bring, has, new_beijinger, frozen_clock, in_transaction
):
    friend = new_beijinger()
    ride(friend, 8)
    collected(friend, frozen_clock, in_transaction)
    in_transaction(lambda session: points.give(session, friend.user_id, guest.user_id, "gift-1", 700))
    bring(guest, account)
    assert has(guest) == (0, 0, 0)
    assert has(account) == (700, 0, 0)


def test_a_refund_that_reaches_the_guest_later_is_handed_on_when_the_record_is_told_again(
    guest, account, bring, has, frozen_clock, in_transaction
):
    ride(guest, 8)
    collected(guest, frozen_clock, in_transaction, spend=5_000)
    bring(guest, account)
    in_transaction(lambda session: points.cancel_spending(session, guest.user_id, "order 1", "not delivered"))
    bring(guest, account)
    bring(guest, account)
    assert has(guest) == (0, 0, 0)
    assert has(account) == (5_000, LONG_RIDE_G - 5_000, 0)
