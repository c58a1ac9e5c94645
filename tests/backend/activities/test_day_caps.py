"""Days by the person's own clock: the right one when they travel, and never two in one when they only say so."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import text

from backend.activities.service import activity_log, neighbours
from backend.platform.core import clock
from backend.profiles import service as profiles
from tests.backend.activities.conftest import DAY_CAP_G, log, with_a_new_token

FAR_EAST, FAR_WEST = "Pacific/Kiritimati", "Etc/GMT+12"  # UTC+14 and UTC−12: noon here is tomorrow noon there


@pytest.fixture
def moves(in_transaction, app):
    """`moves(person, zone)`: what they state about themselves from now on."""

    def state(person: Any, zone: str, **more: Any) -> None:
        with app.app_context():
            stated = {"zone": zone, **more}
            in_transaction(lambda session: profiles.change_profile(session, person.user_id, stated))

    return state


def credited(session, person) -> list[tuple[datetime, int]]:
    """When each live activity happened, and what it is credited with."""
    rows = session.execute(
        text("""SELECT a.occurred_at, r.credited_g FROM activities a JOIN reductions r ON r.user_id = a.user_id
            AND r.activity_id = a.id AND r.superseded_at IS NULL WHERE a.user_id = :owner"""),
        {"owner": person.user_id},
    )
    return [(_instant(at), grams) for at, grams in rows]


def _instant(at: Any) -> datetime:
    read = datetime.fromisoformat(at) if isinstance(at, str) else at
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def fullest_day(found: list[tuple[datetime, int]]) -> int:
    """What the fullest civil day of either zone was credited."""
    days: dict[Any, int] = {}
    for (at, grams), zone in itertools.product(found, (FAR_EAST, FAR_WEST)):
        key = zone, clock.local_day(at, zone)
        days[key] = days.get(key, 0) + grams
    return max(days.values())


def ride_now(person, frozen_clock, ahead: int = 0, distance: str = "500") -> dict[str, Any]:
    """A long ride at this second; two of one second and one distance would be one ride."""
    return log(person, occurred_at=(frozen_clock() + timedelta(seconds=ahead)).isoformat(), distance=distance)


def hop(person, moves, frozen_clock, parallel, times: int, rounds: int) -> None:
    """Long rides many at once, the clocks changed after each lot, around midnight in the far west."""
    for number in range(rounds):
        moves(person, (FAR_EAST, FAR_WEST)[number % 2])
        assert parallel(times, lambda turn: ride_now(person, frozen_clock, distance=str(500 - turn))).errors == []
        frozen_clock.advance(timedelta(seconds=1))


@pytest.mark.concurrency
def test_switching_clocks_at_midnight_makes_no_second_day(
    new_beijinger, moves, frozen_clock, parallel, counts, session
):
    frozen_clock.advance(timedelta(hours=7, minutes=59, seconds=58))  # two seconds before midnight in the far west
    person = new_beijinger(zone=FAR_WEST)
    hop(person, moves, frozen_clock, parallel, counts(small=4, long=12), rounds=4)
    found = credited(session, person)
    assert fullest_day(found) == DAY_CAP_G


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard of the day is switched off on purpose")
def test_without_the_guard_every_clock_brings_a_day_of_its_own(
    new_beijinger, moves, frozen_clock, parallel, monkeypatch, session
):
    """The control: only the total of the civil day that the clock of the moment names is looked at."""
    monkeypatch.setattr(activity_log, "_used_today", lambda *_: 0)
    frozen_clock.advance(timedelta(hours=7, minutes=59, seconds=58))
    person = new_beijinger(zone=FAR_WEST)
    hop(person, moves, frozen_clock, parallel, 4, rounds=4)
    assert fullest_day(credited(session, person)) > DAY_CAP_G


def test_withdrawing_after_a_move_frees_no_second_day(new_beijinger, moves, frozen_clock, session):
    person = new_beijinger(zone=FAR_WEST)
    rides = [ride_now(person, frozen_clock, -turn) for turn in range(4)]
    frozen_clock.advance(timedelta(minutes=1))
    moves(person, FAR_EAST)
    later = [ride_now(person, frozen_clock, -turn) for turn in range(3)]
    assert {ride["reason"]["code"] for ride in later} == {"cap_reached"}
    person.post(f"/v1/activities/{rides[0]['id']}/withdraw")
    assert fullest_day(credited(session, person)) == DAY_CAP_G


@pytest.mark.usefixtures("at_any_hour")
def test_better_evidence_after_a_move_makes_no_second_day(new_beijinger, moves, frozen_clock, fare_record, session):
    """The ride counted half; its fare record would raise it above what the day of the new clock has left."""
    person = new_beijinger(zone=FAR_WEST)
    first = ride_now(person, frozen_clock)
    frozen_clock.advance(timedelta(minutes=1))
    moves(person, FAR_EAST)
    assert [ride_now(person, frozen_clock, -turn)["status"] for turn in range(2)] == ["credited", "credited"]
    raised = person.post(f"/v1/activities/{first['id']}/evidence", {"evidence": [fare_record(person)]})
    assert raised.status_code == 200
    assert fullest_day(credited(session, person)) == DAY_CAP_G


def test_naming_a_zone_for_the_first_time_makes_no_second_day(new_person, moves, rule_book, frozen_clock, session):
    """Who never said where they live is logged under UTC; saying it late opens no fresh day."""
    person = new_person()
    moves(person, None, region="CN-BJ")
    assert [ride_now(person, frozen_clock, -turn)["zone"] for turn in range(3)] == ["UTC"] * 3
    moves(person, FAR_EAST)
    assert ride_now(person, frozen_clock, -9)["reason"]["code"] == "cap_reached"
    assert fullest_day(credited(session, person)) == DAY_CAP_G


def test_who_flies_across_the_date_line_finds_each_activity_on_its_right_day(new_beijinger, moves, frozen_clock):
    """Noon of the 20th in Beijing is the 19th in the far west: what happened before landing keeps the day of home."""
    person = new_beijinger(zone="Pacific/Auckland")
    frozen_clock.advance(timedelta(hours=3))
    moves(person, "Pacific/Honolulu")
    frozen_clock.advance(timedelta(hours=1))
    before = log(with_a_new_token(person), occurred_at="2026-11-20T04:30:00+00:00")
    after = log(with_a_new_token(person), occurred_at="2026-11-20T07:30:00+00:00")
    assert (before["local_day"], before["zone"]) == ("2026-11-20", "Pacific/Auckland")
    assert (after["local_day"], after["zone"]) == ("2026-11-19", "Pacific/Honolulu")


def test_a_new_region_counts_once_it_has_settled_and_never_for_what_was_done_before(new_beijinger, moves, frozen_clock):
    person = new_beijinger(region="GB-ENG")
    frozen_clock.advance(timedelta(hours=2))
    moves(person, "Asia/Shanghai", region="CN-BJ")
    frozen_clock.advance(timedelta(hours=1))
    late = log(with_a_new_token(person), occurred_at="2026-11-20T04:30:00+00:00")
    new = log(with_a_new_token(person), occurred_at="2026-11-20T06:30:00+00:00")
    frozen_clock.advance(timedelta(days=30))
    settled = log(with_a_new_token(person), occurred_at="2026-12-20T06:30:00+00:00")
    assert [one["reduction"]["baseline_g"] for one in (late, new, settled)] == [881, 881, 1040]


def test_hopping_through_several_regions_shops_for_none(new_beijinger, moves, frozen_clock):
    person = new_beijinger(region="GB-ENG")
    for region in ("CN-TJ", "CN-HE", "CN-BJ"):
        frozen_clock.advance(timedelta(minutes=10))
        moves(person, "Asia/Shanghai", region=region)
    late = log(with_a_new_token(person), occurred_at="2026-11-20T04:00:00+00:00")
    assert late["reduction"]["baseline_g"] == 881


def test_the_first_word_is_no_change(new_person, moves, rule_book, frozen_clock):
    newcomer = new_person()
    frozen_clock.advance(timedelta(hours=1))
    moves(newcomer, "Asia/Shanghai", region="CN-BJ")
    assert log(with_a_new_token(newcomer))["reduction"]["baseline_g"] == 1040


@pytest.mark.parametrize(
    "zone, today, at, day",
    [
        ("Europe/Berlin", datetime(2027, 10, 31, 12, tzinfo=UTC), "2027-10-31T02:30:00+02:00", "2027-10-31"),
        ("Europe/Berlin", datetime(2027, 10, 31, 12, tzinfo=UTC), "2027-10-30T22:30:00+00:00", "2027-10-31"),
        ("America/New_York", datetime(2027, 3, 14, 20, tzinfo=UTC), "2027-03-14T06:59:00+00:00", "2027-03-14"),
        ("America/New_York", datetime(2027, 3, 15, 20, tzinfo=UTC), "2027-03-15T03:59:00+00:00", "2027-03-14"),
        ("Asia/Shanghai", datetime(2028, 3, 1, 4, tzinfo=UTC), "2028-02-29T15:59:59+00:00", "2028-02-29"),
        ("Asia/Shanghai", datetime(2028, 3, 1, 4, tzinfo=UTC), "2028-02-29T16:00:00+00:00", "2028-03-01"),
    ],
)
def test_daylight_saving_and_leap_days_have_their_right_day(new_beijinger, frozen_clock, zone, today, at, day):
    person = new_beijinger(zone=zone)
    frozen_clock.advance(today - frozen_clock())
    assert log(with_a_new_token(person), occurred_at=at)["local_day"] == day


def test_the_days_of_all_clocks_hold_the_instant():
    at = datetime(2026, 11, 20, 4, tzinfo=UTC)
    for zone in (FAR_EAST, FAR_WEST, "Europe/Berlin"):
        begins, ends = neighbours.span_in(zone, at)
        assert begins <= at < ends
    shared = [(at, 30), (at - timedelta(hours=17), 12)]
    assert neighbours.fullest_day(shared, at, (FAR_EAST, FAR_WEST)) == 42
