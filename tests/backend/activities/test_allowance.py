"""The allowance of what nobody attested follows what happens later: taken back, shown after all, joined, planted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend.accounts import service as accounts
from backend.activities.service import broken_sums
from backend.points.service.invariants import verify as broken_points
from tests.backend.activities.conftest import BEIJING, log, with_a_new_token
from tests.backend.activities.test_exclusions import withdraw

pytestmark = pytest.mark.allowance
FOOD_DAY_G = 700  # see test_allowance_at_once


@pytest.fixture
def eat(frozen_clock):
    """`eat(person, 3)`: a vegan meal so many minutes ago, as it was answered; two of them are beyond the bound."""

    def tell(person: Any, minutes_ago: int) -> dict[str, Any]:
        when = (frozen_clock() - timedelta(minutes=minutes_ago)).isoformat()
        body = {"methodology": "food.meal", "occurred_at": when, "inputs": {"meal": "vegan", "meals": "1"}}
        answer = person.post("/v1/activities", body)
        assert answer.status_code == 201, answer.json
        return answer.json

    return tell


def credit_of(person: Any, activity: dict[str, Any]) -> int:
    return int(person.get(f"/v1/activities/{activity['id']}").json["reduction"]["credited_g"])


def unattested(session: Any, person: Any) -> int:
    of_person = text("SELECT SUM(unattested) FROM day_totals WHERE user_id = :owner")
    session.rollback()  # look anew, and leave nothing locked behind
    total = session.execute(of_person, {"owner": person.user_id}).scalar_one()
    session.rollback()
    return int(total or 0)


def test_what_is_taken_back_makes_room_for_what_happened_after_it(beijinger, has, session):
    """Three rides, each of which alone is below the bound of the day."""
    rides = [log(beijinger, distance="15", occurred_at=f"2026-11-20T{hour:02}:10:00+08:00") for hour in (6, 8, 10)]
    first, second, third = rides
    credited = [credit_of(beijinger, ride) for ride in rides]
    bound = sum(credited)
    assert credited == [credited[0], bound - credited[0], 0]
    assert credited[1] < credited[0] < bound
    withdraw(beijinger, first)
    assert [credit_of(beijinger, one) for one in (second, third)] == credited[:2]
    assert unattested(session, beijinger) == bound
    assert has(beijinger)[1] == bound  # points are grams


def test_what_is_attested_later_counts_in_full_and_leaves_its_room_to_others(beijinger, fare_record, session):
    rides = [log(beijinger, distance="40", occurred_at=f"2026-11-20T{hour:02}:10:00+08:00") for hour in (6, 8, 10)]
    before = [credit_of(beijinger, ride) for ride in rides]
    bound = sum(before)
    assert unattested(session, beijinger) == bound
    shown = beijinger.post(f"/v1/activities/{rides[0]['id']}/evidence", {"evidence": [fare_record(beijinger)]})
    assert shown.status_code == 200, shown.json
    after = [credit_of(beijinger, ride) for ride in rides]
    assert after[0] > bound
    assert unattested(session, beijinger) == sum(after[1:]) == bound


def test_a_guest_who_joins_brings_no_second_allowance(new_person, new_beijinger, eat, bring, session):
    guest, account = new_person(is_guest=True), new_beijinger()
    guest.patch("/v1/me", BEIJING)
    guest = with_a_new_token(guest)
    eat(guest, 300)  # breakfast
    eat(account, 20)
    bring(guest, account)
    assert 0 < unattested(session, account) <= FOOD_DAY_G


def test_a_guest_of_the_same_circle_is_not_counted_twice_while_joining(
    new_person, new_beijinger, eat, bring, session, in_transaction
):
    """What the guest used is among what the circle used, and leaves it as it joins: a breakfast keeps all its grams."""
    guest, account = new_person(is_guest=True), new_beijinger()
    guest.patch("/v1/me", BEIJING)
    guest = with_a_new_token(guest)
    for person in (guest, account):
        in_transaction(lambda s, person=person: accounts.link(s, person.user_id, accounts.LinkKind.DEVICE, "a phone"))
    breakfast = credit_of(guest, eat(guest, 300))
    assert FOOD_DAY_G / 2 < breakfast < FOOD_DAY_G
    bring(guest, account)
    assert (unattested(session, guest), unattested(session, account)) == (0, breakfast)


@pytest.mark.breaks_invariants("a difference is planted, and is found")
def test_a_total_that_is_not_the_sum_of_its_reductions_is_found(beijinger, eat, in_transaction):
    eat(beijinger, 10)
    assert not list(in_transaction(lambda opened: list(broken_sums(opened))))
    in_transaction(lambda opened: opened.execute(text("UPDATE day_totals SET unattested = unattested - 1")))
    (found,) = in_transaction(lambda opened: list(broken_sums(opened)))
    assert found.startswith("what nobody attested of a day")


@pytest.mark.breaks_invariants("rows that lead to nothing are planted, and are found")
@pytest.mark.parametrize(
    ("table", "column", "broken", "found"),
    [
        ("reductions", "activity_id", broken_sums, "every reduction belongs to an activity"),
        ("grants", "entry_id", broken_points, "every grant was brought by an entry"),
    ],
)
def test_a_row_that_leads_to_nothing_is_found(table, column, broken, found, beijinger, eat, in_transaction):
    eat(beijinger, 10)

    def plant(opened):
        [row] = opened.execute(text(f"SELECT * FROM {table}")).mappings()
        planted = dict(row) | {"id": "planted", column: "nothing"}
        names = ", ".join(planted)
        opened.execute(
            text(f"INSERT INTO {table} ({names}) VALUES ({', '.join(f':{name}' for name in planted)})"), planted
        )

    in_transaction(plant)
    assert found in " ".join(map(str, in_transaction(lambda opened: list(broken(opened)))))
