"""One meter, one car, one roof counts once a day across everybody: the first claim wins, the second is told."""

from __future__ import annotations

import itertools
import random
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text

from backend.accounts import service as accounts
from backend.accounts.sql import circles
from backend.activities.service import activity_log, asset_claims
from backend.activities.sql.asset_claims import CLAIMS
from backend.platform.data.batch import question_of_owner, read_column
from backend.platform.data.upsert import insert_absent
from backend.portfolio import service as portfolio
from tests.backend.activities.conftest import BEIJING, with_a_new_token
from tests.backend.activities.test_exclusions import METER, tell, told, withdraw

SOLAR, DRIVEN = "housing.rooftop_solar_self_use", "transport.electric_car_km"
TAKEN = ("uncredited", "claimed_elsewhere", 0)


@pytest.fixture
def neighbours(new_beijinger, frozen_clock):
    """`neighbours(2)`: so many people, each living alone with three in the household, some days later."""

    def make(count: int, **profile: Any) -> list[Any]:
        return [new_beijinger(household_size=3, **profile) for _ in range(count)]

    return make


@pytest.fixture
def household(neighbours, frozen_clock):
    """Two people who have linked on the 20th and are looked at on the 25th."""
    one, other = neighbours(2)
    link(one, other)
    frozen_clock.advance(timedelta(days=5))
    return with_a_new_token(one), with_a_new_token(other)


@pytest.fixture
def same_meter(neighbours, frozen_clock):
    """`same_meter(3)`: so many people who declared one meter on the 20th and are looked at on the 25th."""

    def make(count: int) -> list[Any]:
        people = neighbours(count)
        for person in people:
            declare(person, "electricity_meter", "SGCC 0001")
        frozen_clock.advance(timedelta(days=5))
        return [with_a_new_token(person) for person in people]

    return make


@pytest.fixture
def attested(new_person):
    """`attested(person, tier)`: evidence of a partner, handed into their hands just now."""
    numbers = itertools.count()

    def attest(person, tier: str = "partner_record") -> list[str]:
        partner = new_person(roles=("partner",))
        body = {"user_id": person.user_id, "tier": tier, "reference": f"record {next(numbers)}"}
        return [partner.post("/v1/operator/evidence", body).json["id"]]

    return attest


@pytest.fixture
def drive(attested):
    """`drive(person, 8)`: kilometres of the electric car at that hour of the 22nd."""

    def told_of(person, hour: int) -> dict[str, Any]:
        given = {"distance": "20", "replaced": "petrol_car", "years_since": "1"}
        return tell(person, DRIVEN, 22, hour=hour, evidence=attested(person), **given)

    return told_of


def link(one, other) -> None:
    code = one.post("/v1/household/invitations").json["code"]
    assert other.post("/v1/household/join", {"code": code}).status_code == 200


def declare(person, kind: str, number: str) -> None:
    answer = person.put(f"/v1/household/things/{kind}", {"country": "CN", "number": number})
    assert answer.status_code == 200, answer.json


def read_meter(person, day: int, consumption: str = "3", **given: Any) -> dict[str, Any]:
    return tell(person, METER, day, consumption=consumption, **given)


def count(in_transaction, table: str) -> int:
    return in_transaction(lambda s: s.execute(text(f"SELECT count(*) FROM {table}")).scalar_one(), read_only=True)


def test_who_comes_second_in_a_household_is_told_and_not_by_whom(household):
    one, other = household
    assert read_meter(one, 22)["status"] == "credited"
    second = read_meter(other, 22)
    assert told(second) == TAKEN
    assert "electricity meter" in second["reason"]["message"]
    assert "2026-11-22" in second["reason"]["message"]
    assert one.user_id not in str(second)
    assert second["reduction"]["reduction_g"] > 0
    assert read_meter(other, 23)["status"] == "credited"
    assert told(read_meter(one, 23)) == TAKEN


def test_days_before_they_lived_together_are_two_households(household):
    one, other = household
    assert [read_meter(person, 20)["status"] for person in (one, other)] == ["credited", "credited"]
    assert [read_meter(person, 21)["status"] for person in (one, other)] == ["credited", "uncredited"]


def test_neighbours_share_nothing(neighbours):
    assert [read_meter(person, 20)["status"] for person in neighbours(2)] == ["credited", "credited"]


def test_strangers_who_declare_one_meter_share_it(same_meter):
    one, other = same_meter(2)
    assert read_meter(one, 22)["status"] == "credited"
    assert told(read_meter(other, 22)) == TAKEN


def test_two_declared_meters_of_one_household_count_both(household, frozen_clock):
    one, other = household
    declare(one, "electricity_meter", "the flat")
    declare(other, "electricity_meter", "the house in the country")
    frozen_clock.advance(timedelta(days=2))
    one, other = with_a_new_token(one), with_a_new_token(other)
    assert [read_meter(person, 26)["status"] for person in (one, other)] == ["credited", "credited"]


def test_one_claim_of_several_days_is_whole_or_nothing(household):
    one, other = household
    assert read_meter(one, 23)["status"] == "credited"
    week = read_meter(other, 24, "9", days="3")
    assert told(week) == TAKEN
    assert "2026-11-23" in week["reason"]["message"]
    assert read_meter(one, 22)["status"] == "credited"


def test_taking_back_frees_the_day_for_whoever_tells_it_then(household, in_transaction):
    one, other = household
    first = read_meter(one, 22)
    assert told(read_meter(other, 22)) == TAKEN
    withdraw(one, first)
    assert count(in_transaction, "thing_claims") == 0
    assert tell(other, METER, 22, hour=9, consumption="3")["status"] == "credited"
    assert told(tell(one, METER, 22, hour=9, consumption="3")) == TAKEN


def test_what_could_never_count_holds_nothing(household, in_transaction):
    one, other = household
    assert read_meter(one, 22, "90")["reason"]["code"] == "no_reduction"
    assert count(in_transaction, "thing_claims") == 0
    assert read_meter(other, 22)["status"] == "credited"


def test_ones_own_car_may_drive_twice_a_day_and_is_free_when_the_last_drive_is_taken_back(household, drive):
    one, other = household
    drives = [drive(one, hour) for hour in (8, 18)]
    assert [driven["status"] for driven in drives] == ["credited", "credited"]
    assert told(drive(other, 9)) == TAKEN
    withdraw(one, drives[0])
    assert told(drive(other, 12)) == TAKEN
    withdraw(one, drives[1])
    assert drive(other, 20)["status"] == "credited"


def test_power_of_ones_own_roof_moves_the_meter_so_it_claims_both(household, attested):
    one, other = household
    assert tell(one, SOLAR, 22, evidence=attested(one), self_used="5")["status"] == "credited"
    assert told(read_meter(other, 22)) == TAKEN
    assert read_meter(other, 23)["status"] == "credited"
    cloudy = tell(one, SOLAR, 23, evidence=attested(one), self_used="5")
    assert told(cloudy) == TAKEN
    assert "electricity meter" in cloudy["reason"]["message"]


def test_a_queue_claims_as_one_by_one_does(household):
    one, other = household
    read_meter(one, 22)
    items = [
        {
            "methodology": METER,
            "occurred_at": f"2026-11-{day}T08:00:00+08:00",
            "inputs": {"consumption": "3"},
            "client_id": f"reading-{day}",
        }
        for day in (21, 22, 23)
    ]
    answer = other.post("/v1/activities/batch", {"items": items}, key="queue")
    assert answer.status_code == 200, answer.json
    assert [item["outcome"] for item in answer.json["outcomes"]] == ["credited", "uncredited", "credited"]
    again = other.post("/v1/activities/batch", {"items": items}, key="another")
    assert [item["outcome"] for item in again.json["outcomes"]] == ["duplicate"] * 3
    assert told(read_meter(one, 23)) == TAKEN


def test_many_at_once_on_one_meter_are_credited_once(same_meter, parallel, counts):
    people = same_meter(counts(small=5, long=30))
    race = parallel(len(people), lambda i: read_meter(people[i], 22))
    assert race.errors == []
    assert sorted(answer["status"] for answer in race.results) == ["credited"] + ["uncredited"] * (len(people) - 1)


@pytest.mark.breaks_invariants("the guard is off, and that is what is seen")
def test_without_the_guard_many_are_credited(engine, same_meter, parallel, monkeypatch, counts):
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our guard")

    def look_first(session, user_id, wanted):
        """Ask whose it is, and write afterwards: what the guard is there to prevent."""
        holders = []
        for thing_hash, day in wanted:
            held = session.scalar(
                select(CLAIMS.c.user_id).where(CLAIMS.c.thing_hash == thing_hash, CLAIMS.c.claimed_on == day)
            )
            meeting.wait(timeout=10)
            row = {"thing_hash": thing_hash, "claimed_on": day, "user_id": user_id}
            session.execute(insert_absent(CLAIMS), row)
            holders.append(held or user_id)
        return holders

    people = same_meter(counts(small=3, long=10))
    meeting = threading.Barrier(len(people))
    monkeypatch.setattr(asset_claims, "_take_all", look_first)
    monkeypatch.setattr(
        accounts, "circle_lock", question_of_owner(circles.OWN, read_column("circle_id"))
    )  # the lock of those who share a meter keeps them apart too
    monkeypatch.setattr(activity_log, "_claims_of", lambda found, estimate: ())  # and so does their key
    race = parallel(len(people), lambda i: read_meter(people[i], 22))
    assert [answer["status"] for answer in race.results].count("credited") > 1


def test_a_merged_guests_claim_passes_to_the_account(new_person, bring, same_meter):
    guest = new_person(is_guest=True)
    guest.patch("/v1/me", BEIJING | {"household_size": 3})
    declare(guest, "electricity_meter", "SGCC 0001")
    account, neighbour = same_meter(2)
    guest = with_a_new_token(guest)
    first = read_meter(guest, 22)
    assert first["status"] == "credited"
    bring(guest, account)
    joined = account.get(f"/v1/activities/{first['id']}").json
    assert joined["status"] == "credited"
    assert told(read_meter(neighbour, 22)) == TAKEN
    withdraw(account, joined)
    assert tell(neighbour, METER, 22, hour=9, consumption="3")["status"] == "credited"


def test_the_claim_of_somebody_who_was_erased_stays_and_leads_to_nobody(household, in_transaction):
    one, other = household
    read_meter(one, 22)
    in_transaction(lambda session: accounts.close_account(session, one.user_id))
    assert in_transaction(lambda session: portfolio.erase(session, one.user_id))
    assert told(read_meter(other, 22)) == TAKEN
    kept = in_transaction(lambda s: s.execute(text("SELECT user_id FROM thing_claims")).scalars().all())
    assert kept == [None]
    assert count(in_transaction, "claimed_things") == 0


def test_in_any_order_of_telling_and_taking_back_each_day_counts_for_one(same_meter, in_transaction, counts):
    people, chance = same_meter(3), random.Random(20261122)
    standing: list[tuple[Any, dict[str, Any]]] = []
    for _ in range(counts(small=25, long=200)):
        if standing and chance.random() < 0.35:
            withdraw(*standing.pop(chance.randrange(len(standing))))
        else:
            person, day, days = chance.choice(people), chance.randint(21, 25), chance.choice((1, 1, 2, 3))
            hour = chance.randint(0, 9)
            standing.append((person, read_meter(person, day, str(2 * days), days=str(days), hour=hour)))
    query = """SELECT c.claimed_on, COUNT(DISTINCT c.user_id) AS people FROM claimed_things c
        JOIN activities a ON a.user_id = c.user_id AND a.id = c.activity_id AND a.status = 'credited'
        GROUP BY c.claimed_on"""
    rows = in_transaction(lambda session: session.execute(text(query)).all(), read_only=True)
    assert rows
    assert {row.people for row in rows} == {1}


BREAKS = {
    "claimed by its own person": "UPDATE thing_claims SET user_id = 'usr_somebody_else'",
    "no activity rests on": "DELETE FROM claimed_things",
    "taken back claims nothing": "UPDATE activities SET status = 'withdrawn', withdrawn_at = created_at",
    "for what it has not claimed": "DELETE FROM claimed_things",
}


@pytest.mark.breaks_invariants("each is planted to be found")
def test_every_invariant_of_claims_has_been_seen_to_fail(household, in_transaction):
    class Undone(Exception):
        pass

    read_meter(household[0], 22)
    for words, statement in BREAKS.items():

        def plant(session, words=words, statement=statement):
            session.execute(text(statement))
            assert any(words in found for found in list(asset_claims.broken_claims(session))), words
            raise Undone

        with pytest.raises(Undone):
            in_transaction(plant)
    assert in_transaction(lambda s: list(asset_claims.broken_claims(s)), read_only=True) == []
