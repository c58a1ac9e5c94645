"""Claims on flows for what was credited before there were any, and for what a rolling year has netted to nothing."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from backend.activities import service
from backend.activities.service import claims_backfill
from backend.activities.service.flow_rivals import Contest
from backend.platform.core.roles import ADMIN
from tests.backend.activities.conftest import log
from tests.backend.activities.test_exclusions import METER
from tests.backend.activities.test_flow_claims import (
    FRIDGE_WEEK,
    METERED,
    WASHED,
    of_long_standing,
    paid,
    teller,
)
from tests.backend.activities.test_rolling_year import Home, home, new_home, told

__all__ = ["home", "new_home", "of_long_standing", "teller"]  # fixtures

pytestmark = [
    pytest.mark.allowance,
    pytest.mark.breaks_invariants("what was credited before had no claims"),
]


@pytest.fixture
def before_claims(in_transaction) -> Any:
    """`before_claims()`: what was credited until now holds no claim, as before the migration."""
    return lambda: in_transaction(lambda session: session.execute(text("DELETE FROM flow_claims")))


@pytest.fixture
def backfill(in_transaction) -> Any:
    """`backfill(person, reverses=…)`, and that nothing is broken afterwards where it reverses."""

    def run(*people: Any, reverses: bool = False) -> service.Backfilled:
        total = service.Backfilled()
        for person in people:
            total += in_transaction(
                lambda session, person=person: service.backfill_claims(session, person.user_id, reverses=reverses)
            )
        return total

    return run


def broken(in_transaction: Any) -> list[str]:
    return list(in_transaction(lambda session: list(service.broken_flows(session))))


def claims(in_transaction: Any) -> set[tuple[Any, ...]]:
    query = text("SELECT owner_id, flow, instance, user_id, activity_id, rank FROM flow_claims")
    return set(in_transaction(lambda session: [tuple(row) for row in session.execute(query)]))


def test_what_was_credited_before_gets_the_claims_it_would_have_got(
    beijinger, before_claims, backfill, in_transaction, teller
):
    log(beijinger)
    teller(beijinger, WASHED)
    held = claims(in_transaction)
    before_claims()
    assert broken(in_transaction)
    assert backfill(beijinger) == service.Backfilled(claimed=1)
    assert (claims(in_transaction), broken(in_transaction)) == (held, [])
    assert backfill(beijinger) == service.Backfilled()


def test_nothing_told_later_is_paid_for_the_same(new_beijinger, before_claims, backfill, teller):
    person = new_beijinger(region="GB")
    first = teller(person, FRIDGE_WEEK)
    before_claims()
    backfill(person)
    again = teller(person, FRIDGE_WEEK)
    assert paid(person, first)[0] > 0 == paid(person, again)[0]


@pytest.fixture
def couple(new_beijinger) -> Any:
    return new_beijinger(household_size=Decimal(2))


@pytest.fixture
def twice_paid(couple, before_claims, teller) -> list[dict[str, Any]]:
    """A week of a fridge and the meter of the same home, both paid by the rules of before."""
    fridge = teller(couple, FRIDGE_WEEK)
    before_claims()
    meter = teller(couple, METERED)
    before_claims()
    return [fridge, meter]


def test_what_was_paid_twice_is_left_and_counted(couple, twice_paid, backfill):
    before = paid(couple, *twice_paid)
    assert min(before) > 0
    assert backfill(couple) == service.Backfilled(claimed=1, left=1)
    assert paid(couple, *twice_paid) == before


def run_command(person: Any, admin: Any) -> str:
    args = ["activities", "backfill-claims", "--who", admin.user_id, "--reason", "after the migration"]
    said = person.app.test_cli_runner().invoke(args=args)
    assert said.exit_code == 0, said.output
    return str(said.output)


def test_what_was_left_on_purpose_breaks_nothing_for_ever(couple, twice_paid, new_person, in_transaction, teller):
    admin = new_person(roles=(ADMIN,))
    assert len(broken(in_transaction)) == len(twice_paid)
    assert "1 claimed, 0 reversed, 1 left" in run_command(couple, admin)
    assert broken(in_transaction) == []
    drop = text("DELETE FROM flow_claims")
    in_transaction(lambda session: session.execute(drop))
    assert len(broken(in_transaction)) == len(twice_paid)  # neither meets anything now: both are due


def test_what_claims_nothing_is_not_counted(beijinger, before_claims, backfill, monkeypatch):
    log(beijinger)
    before_claims()
    monkeypatch.setattr(claims_backfill, "contest", lambda session, contender: Contest(contender.rule))
    assert backfill(beijinger) == service.Backfilled()


def test_or_the_weaker_is_reversed_by_entries(couple, twice_paid, backfill, in_transaction, has):
    fridge, meter = paid(couple, *twice_paid)
    found = backfill(couple, reverses=True)
    assert (found.reversed, found.left) == (1, 0)
    assert paid(couple, *twice_paid) == [0, meter]
    assert has(couple)[1] == meter
    assert broken(in_transaction) == []
    one = couple.get(f"/v1/activities/{twice_paid[0]['id']}").json
    assert (one["status"], one["reason"]["code"]) == ("uncredited", "counted_already")
    assert fridge > 0


def test_the_command_says_how_far_it_is(beijinger, new_beijinger, new_person, before_claims, in_transaction):
    for person in (beijinger, new_beijinger()):
        log(person)
    before_claims()
    admin = new_person(roles=(ADMIN,))
    args = ["activities", "backfill-claims", "--who", admin.user_id, "--reason", "after the migration"]
    said = beijinger.app.test_cli_runner().invoke(args=args)
    assert said.exit_code == 0, said.output
    assert "2 people: 2 claimed, 0 reversed, 0 left" in said.output
    assert broken(in_transaction) == []
    refused = beijinger.app.test_cli_runner().invoke(args=[*args[:3], beijinger.user_id, *args[4:]])
    assert refused.exit_code != 0


def test_a_meter_that_is_netted_to_nothing_still_holds_its_days(home: Home, frozen_clock, in_transaction, teller):
    """A fridge in a home that used more than the mean in the year is not paid because the meter earns nothing."""
    below, _above = told(home, frozen_clock, "40", "900")
    (left,) = home.now(below)
    assert left == 0
    days = "SELECT COUNT(*) FROM flow_claims WHERE activity_id = :one AND flow = 'household_electricity'"
    count = text(days)
    held = in_transaction(lambda session: session.execute(count, {"one": below["id"]}).scalar_one())
    assert held > 0
    assert below["reduction"]["methodology"]["id"] == METER
    at = frozen_clock() - timedelta(days=12)
    inputs = {"appliance": "fridge_freezer", "label": "100", "days": "1", "years_owned": "1"}
    body = {"methodology": "housing.efficient_appliance", "occurred_at": at.isoformat(), "inputs": inputs}
    fridge = home.person.post("/v1/activities", body).json
    assert fridge["reduction"]["credited_g"] == 0
    assert broken(in_transaction) == []
