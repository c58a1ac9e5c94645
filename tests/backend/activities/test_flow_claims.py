"""One flow, one payer: rules that measure the same are paid once, in whatever order they are told."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend.accounts import service as accounts
from backend.accounts.sql import circles
from backend.activities.service import activity_log, allowance
from backend.platform.data.batch import question_of_owner, read_column
from backend.portfolio import service as portfolio
from tests.backend.activities.conftest import log, trip, with_a_new_token
from tests.backend.activities.test_exclusions import METER, OWN_WEEK, now, tell, told, withdraw
from tests.races import everyone_reads_first

pytestmark = pytest.mark.allowance
FRIDGE, COLD_WASH, SETTING = "housing.efficient_appliance", "clothing.cold_wash", "housing.ac_setpoint"
ELECTRIC, CAR_POOL = "transport.electric_car_km", "transport.car_pool"
CUP, BOTTLE = "consumables.own_cup", "food.tap_water"
MEAL, PLATE, PORTION = "food.meal", "food.clean_plate", "food.small_portion"
OUT = ("uncredited", "counted_already", 0)


@dataclass(frozen=True)
class Told:
    """An activity to be told: the rule, the hour of the 19th, the inputs, and the tier that a partner attests."""

    rule: str
    hour: int
    inputs: dict[str, Any]
    tier: str | None = None


Teller = Callable[..., dict[str, Any]]

METERED = Told(METER, 20, {"consumption": "1"}, "partner_record")
FRIDGE_WEEK = Told(
    FRIDGE, 8, {"appliance": "fridge_freezer", "label": "100", "days": "7", "years_owned": "1"}, "partner_record"
)
WASHED = Told(COLD_WASH, 9, {"washes": "1"}, "partner_record")
DRIVEN = Told(ELECTRIC, 20, {"distance": "20", "replaced": "petrol_car", "years_since": "1"}, "partner_record")
POOLED = Told(CAR_POOL, 8, {"distance": "20", "occupancy": "3", "kind": "private"}, "partner_record")
OWN_CUP = Told(CUP, 10, {"cups": "1"})
NO_BOTTLE = Told(BOTTLE, 21, {"days": "1"}, "partner_record")


@pytest.fixture(autouse=True)
def of_long_standing(monkeypatch) -> None:
    """Everybody had their account before what they tell: these tests are about who is paid, not from when on."""
    monkeypatch.setattr(allowance, "days_counted", lambda days, begun_on: None)


@pytest.fixture
def teller(fare_record) -> Teller:
    def say(person: Any, one: Told, day: int = 19, month: int = 11) -> dict[str, Any]:
        pieces = [fare_record(person, one.tier)] if one.tier else []
        return tell(person, one.rule, day, hour=one.hour, month=month, evidence=pieces, **one.inputs)

    return say


def paid(person: Any, *activities: dict[str, Any]) -> list[int]:
    """What each of these is worth now."""
    return [now(person, activity)["points"]["amount"] for activity in activities]


@pytest.mark.parametrize(
    ("region", "strong", "weak"),
    [
        pytest.param("CN-BJ", METERED, FRIDGE_WEEK, id="fridge and meter"),
        pytest.param("GB-ENG", DRIVEN, POOLED, id="electric car and car-pool"),
        pytest.param("FR", NO_BOTTLE, OWN_CUP, id="cup and bottle"),
    ],
)
def test_two_rules_that_measure_one_thing_are_one_payer_in_either_order(new_beijinger, teller, region, strong, weak):
    alone = [teller(new_beijinger(region=region, household_size=3), one)["points"]["amount"] for one in (strong, weak)]
    assert all(alone)
    for order in ((strong, weak), (weak, strong)):
        person = new_beijinger(region=region, household_size=3)
        activities = {one.rule: teller(person, one) for one in order}
        assert paid(person, activities[strong.rule], activities[weak.rule]) == [alone[0], 0]
        assert told(now(person, activities[weak.rule])) == OUT


@pytest.mark.parametrize(
    ("region", "grams"),
    [
        pytest.param("CN-BJ", METERED, id="the city's mean"),
    ],
)
def test_points_for_the_own_mean_are_not_paid_beside_grams_for_the_same_electricity(
    new_beijinger, fare_record, teller, region, grams
):
    paid_in_each_order = []
    branch = Told(OWN_WEEK, 21, {"consumption": "5"}, "partner_record")
    for order in ((grams, branch), (branch, grams)):
        person = new_beijinger(region=region, household_size=3)
        for day in range(12, 19):
            tell(person, OWN_WEEK, day, consumption="6", evidence=[fare_record(person, "smart_meter")])
        activities = {one.rule: teller(person, one) for one in order}
        assert any(one["status"] == "credited" for one in activities.values())
        assert told(now(person, activities[OWN_WEEK])) == OUT
        paid_in_each_order.append(paid(person, *(activities[one.rule] for one in (grams, branch))))
    assert paid_in_each_order[0] == paid_in_each_order[1]
    assert paid_in_each_order[0][0] > 0


def test_the_same_ride_from_two_devices_is_one(beijinger):
    first = log(beijinger, client_id="the phone's first", distance="10")
    again = log(beijinger, client_id="the watch's first", distance="10.0")
    assert told(again) == OUT
    assert paid(beijinger, first, again) == [first["points"]["amount"], 0]
    withdraw(beijinger, first)
    assert paid(beijinger, first, again) == [0, first["points"]["amount"]]


def test_a_period_that_began_before_its_rule_counted_says_which_other_one_counts(new_beijinger, teller):
    """The other one covers days on which no version was in force yet; it is told by its own title all the same."""
    person = new_beijinger(household_size=3)
    month = replace(METERED, inputs={"consumption": "40", "days": "31"})
    assert teller(person, month)["status"] == "credited"
    again = teller(person, replace(month, hour=21))
    assert told(again) == OUT
    assert "Household electricity" in again["reason"]["message"]


def test_a_lunch_is_eaten_once_whatever_it_is_told_to_be(new_beijinger):
    person = new_beijinger(region="FR")
    lunch = tell(person, MEAL, 19, hour=12, meal="vegan")
    assert lunch["status"] == "credited"
    assert told(tell(person, MEAL, 19, hour=13, meal="vegetarian")) == OUT
    assert told(tell(person, PORTION, 19, hour=14)) == OUT
    dinner = tell(person, MEAL, 19, hour=19, meal="vegetarian")
    assert dinner["reason"]["code"] == "netted"  # another instance, of which the week leaves nothing


def test_what_is_attested_displaces_a_bare_word_by_entries_and_withdrawing_it_brings_that_back(
    new_beijinger, teller, has, session
):
    person = new_beijinger(region="FR")
    cup = teller(person, OWN_CUP)
    bottle = teller(person, NO_BOTTLE)
    worth = cup["points"]["amount"]
    assert paid(person, cup, bottle) == [0, bottle["points"]["amount"]]
    kinds = session.execute(
        text("SELECT kind FROM ledger_entries WHERE user_id = :u ORDER BY sequence"), {"u": person.user_id}
    ).scalars()
    assert list(kinds) == ["credit", "reversal", "credit"]
    session.rollback()
    withdraw(person, bottle)
    assert paid(person, cup, bottle) == [worth, 0]
    assert has(person) == (0, worth, 0)


def test_late_evidence_takes_the_place_of_a_bare_word_and_the_other_comes_back(new_beijinger, fare_record, has):
    person = new_beijinger(region="FR")
    cup, bottle = tell(person, CUP, 19, cups="1", hour=9), tell(person, BOTTLE, 19, hour=21)
    # both on one's own word: the bottle measures no more than the cup, which was earlier
    assert [told(now(person, one))[0] for one in (cup, bottle)] == ["credited", "uncredited"]
    record = fare_record(person, "partner_record")
    answer = person.post(f"/v1/activities/{bottle['id']}/evidence", {"evidence": [record]})
    assert answer.status_code == 200, answer.json
    assert told(now(person, cup)) == OUT
    assert now(person, bottle)["status"] == "credited"
    withdraw(person, bottle)
    assert paid(person, cup, bottle) == [cup["points"]["amount"], 0]
    assert has(person)[1] == cup["points"]["amount"]


def every_order(of: Sequence[Told], most: int) -> list[tuple[Told, ...]]:
    orders = list(itertools.permutations(of))
    return [orders[0], *random.Random(13).sample(orders[1:], min(most - 1, len(orders) - 1))]


# As a test of every pair would have it: claims of one instance, of the whole and of parts, of every rank.
DAYS_OF_A_HOUSEHOLD = (
    METERED,
    FRIDGE_WEEK,
    WASHED,
    Told("housing.rooftop_solar_self_use", 19, {"self_used": "1"}, "partner_record"),
    Told(SETTING, 12, {"days": "2"}),
    Told(
        FRIDGE, 7, {"appliance": "air_conditioner", "label": "100", "days": "2", "years_owned": "1"}, "partner_record"
    ),
)
A_DAY_ON_THE_WAY = (
    DRIVEN,
    POOLED,
    Told("transport.low_carbon_trip", 8, {"mode": "metro", "distance": {"value": "8", "unit": "km"}}),
    Told("transport.low_carbon_trip", 18, {"mode": "bus", "distance": {"value": "9", "unit": "km"}}),
    Told("transport.leisure_walk", 18, {"kilometres": "2"}),
    Told(CAR_POOL, 18, {"distance": "5", "occupancy": "3", "kind": "ride_hailing"}, "partner_record"),
)
MEALS_OF_A_DAY = (
    Told(MEAL, 12, {"meal": "vegan", "meals": "2"}),
    Told(MEAL, 13, {"meal": "vegetarian", "meals": "1"}),
    Told(MEAL, 19, {"meal": "vegan", "meals": "1"}),
    Told(PORTION, 8, {"portions": "1"}),
    Told(PORTION, 20, {"portions": "1"}, "platform_order"),
    Told("food.plant_based_meat", 10, {"product": "tofu", "mass": "0.2"}, "partner_record"),
)


@pytest.mark.parametrize(
    ("region", "told_of"),
    [
        pytest.param("CN-BJ", DAYS_OF_A_HOUSEHOLD, id="home"),
        pytest.param("GB-ENG", A_DAY_ON_THE_WAY, id="way"),
        pytest.param("FR", MEALS_OF_A_DAY, id="meals"),
    ],
)
def test_the_sums_are_the_same_in_every_order_of_logging(new_beijinger, teller, region, told_of, counts):
    worth = []
    for order in every_order(told_of, counts(small=6, long=60)):
        person = new_beijinger(region=region, household_size=3)
        activities = {id(one): teller(person, one) for one in order}
        worth.append(paid(person, *(activities[id(one)] for one in told_of)))
    assert len({sum(one) for one in worth}) == 1
    assert len({tuple(map(bool, one)) for one in worth}) == 1
    # what nobody attested shares one allowance of the day, given out in the order of logging: in England 226 are
    # less by one than a ride (225) and a walk (2) ask, and either of the two may be the one that gets one less
    attested = {tuple(paid for paid, told in zip(one, told_of, strict=True) if told.tier) for one in worth}
    assert len(attested) == 1
    assert 0 < sum(map(bool, worth[0])) < len(told_of)


@pytest.mark.concurrency
def test_of_one_ride_told_fifty_times_at_once_one_is_paid(beijinger, parallel, counts, session):
    times = counts(small=12, long=50)
    race = parallel(times, lambda turn: log(beijinger, client_id=f"device {turn}", distance="10"))
    assert race.errors == []
    worth = sorted(answer["points"]["amount"] for answer in race.results)
    assert worth[:-1] == [0] * (times - 1)
    assert worth[-1] > 0
    claims = session.execute(text("SELECT COUNT(*) FROM flow_claims WHERE user_id = :u"), {"u": beijinger.user_id})
    assert claims.scalar_one() == 1


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guards are switched off on purpose")
@pytest.mark.parametrize("has_key", [True, False])
def test_without_the_lock_the_key_of_the_claims_pays_one_and_without_both_each_is_paid(
    engine, beijinger, parallel, monkeypatch, session, has_key, unlocked
):
    """The control: every device reads what is claimed before any of them has written."""
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    times = 4
    unlocked(beijinger, pays=False)
    monkeypatch.setattr(activity_log, "contest", everyone_reads_first(times, activity_log.contest))
    if not has_key:
        monkeypatch.setattr(activity_log, "_claims_of", lambda found, estimate: ())
    parallel(times, lambda turn: beijinger.post("/v1/activities", trip(client_id=f"device {turn}")))
    paid_for = session.execute(
        text("SELECT COUNT(*) FROM reductions WHERE user_id = :u AND credited_g > 0"), {"u": beijinger.user_id}
    ).scalar_one()
    assert paid_for == 1 if has_key else paid_for > 1


SORTED = Told("consumables.waste_sorting", 9, {"fraction": "food", "mass": "2"})
COMPOSTED = Told("food.composting", 18, {"mass": "2"}, "partner_record")


@pytest.mark.parametrize("guest_is_stronger", [True, False])
def test_a_guest_brings_what_is_stronger_and_leaves_what_is_weaker_unpaid(
    guest, account, teller, bring, has, guest_is_stronger
):
    strong, weak = (guest, account) if guest_is_stronger else (account, guest)
    composted, sorted_ = teller(strong, COMPOSTED), teller(weak, SORTED)
    assert [one["status"] for one in (composted, sorted_)] == ["credited", "credited"]
    bring(guest, account)
    assert paid(account, composted, sorted_) == [composted["points"]["amount"], 0]
    assert told(now(account, sorted_)) == OUT
    assert has(account) == (0, composted["points"]["amount"], 0)
    assert has(guest) == (0, 0, 0)


@pytest.fixture
def household(new_beijinger, frozen_clock) -> tuple[Any, Any]:
    """Two people who have lived together since before the 19th of the next month."""
    one, other = (new_beijinger(household_size=2) for _ in range(2))
    code = one.post("/v1/household/invitations").json["code"]
    assert other.post("/v1/household/join", {"code": code}).status_code == 200
    frozen_clock.advance(timedelta(days=30))
    return with_a_new_token(one), with_a_new_token(other)


@pytest.mark.parametrize(
    ("strong", "weak"),
    [
        pytest.param(METERED, FRIDGE_WEEK, id="the meter and the fridge"),
        pytest.param(COMPOSTED, SORTED, id="attested compost and told sorting"),
    ],
)
def test_what_a_household_shares_is_paid_once_whoever_of_them_tells_it(
    household, new_beijinger, teller, has, strong, weak
):
    one, other = household
    alone = teller(new_beijinger(household_size=2), strong, month=12)["points"]["amount"]
    pending = has(other)[1]
    before = teller(other, weak, month=12)
    assert before["status"] == "credited"
    assert has(other)[1] == pending + before["points"]["amount"]
    paid_to_one = teller(one, strong, month=12)
    assert paid_to_one["points"]["amount"] == alone
    assert told(now(other, before)) == OUT
    assert has(other)[1] == pending
    withdraw(one, paid_to_one)
    assert paid(other, before) == [before["points"]["amount"]]


def tell_together(people: tuple[Any, Any], teller: Teller, parallel: Any, times: int) -> list[dict[str, Any]]:
    """One member sorts what the other composts, many times at the same moment; every mass is a report of its own."""

    def say(turn: int) -> dict[str, Any]:
        one = (COMPOSTED, SORTED)[turn % 2]
        mass = f"0.{turn + 10}"
        return teller(people[turn % 2], replace(one, inputs={**one.inputs, "mass": mass}), month=12)

    race = parallel(times, say)
    assert race.errors == []
    return race.results


@pytest.mark.concurrency
def test_two_members_who_tell_the_same_waste_at_once_are_paid_for_it_once(household, teller, parallel, counts):
    one, other = household
    times = counts(small=8, long=50)
    answers = tell_together(household, teller, parallel, times)
    assert all(paid(one, *answers[::2]))
    assert paid(other, *answers[1::2]) == [0] * (times // 2)


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the lock of the circle is switched off on purpose")
def test_without_the_lock_of_the_circle_both_members_are_paid(engine, household, teller, parallel, monkeypatch):
    """The control: each reads what is claimed before the other has written."""
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    monkeypatch.setattr(accounts, "circle_lock", question_of_owner(circles.OWN, read_column("circle_id")))
    monkeypatch.setattr(activity_log, "contest", everyone_reads_first(2, activity_log.contest))
    one, other = household
    composted, sorted_ = tell_together(household, teller, parallel, 2)
    assert all([*paid(one, composted), *paid(other, sorted_)])


def test_what_somebody_was_paid_who_was_erased_stays_paid(household, teller, in_transaction):
    """Nobody is left to reverse it with: their grams stay, and so does what these were paid for."""
    one, other = household
    before = teller(other, SORTED, month=12)
    in_transaction(lambda session: accounts.close_account(session, other.user_id))
    assert in_transaction(lambda session: portfolio.erase(session, other.user_id))
    assert told(teller(one, COMPOSTED, month=12)) == OUT
    kept = text("SELECT credited_g FROM reductions WHERE activity_id = :a AND superseded_at IS NULL")
    grams = in_transaction(lambda session: session.execute(kept, {"a": before["id"]}).scalar_one(), read_only=True)
    assert grams == before["points"]["amount"]
