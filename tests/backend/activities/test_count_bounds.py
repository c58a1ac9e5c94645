"""How often a household does something in a day: showers, washes and loads that nobody attested."""

from __future__ import annotations

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from backend.accounts import service as accounts
from backend.accounts.sql import circles
from backend.activities.service import estimates
from backend.activities.sql.workings import STORED_WORKING_SQL, read_working
from backend.platform.data.batch import question_of_owner, read_column
from calculators import load_limits
from tests.backend.activities.test_evidence_upload import handed_in, picture
from tests.backend.activities.test_exclusions import withdraw

SHOWER = "housing.short_shower"
PEOPLE = 2
LIMIT = load_limits().counts[SHOWER].limit(Decimal(PEOPLE))

pytestmark = [pytest.mark.allowance]


def shower(now: Any, turn: int = 0, times: str = "1", **given: Any) -> dict[str, Any]:
    when = (now - timedelta(minutes=7 * turn)).isoformat()
    inputs = {"showers": times, "minutes_each": {"value": "3", "unit": "min"}}
    return {"methodology": SHOWER, "occurred_at": when, "inputs": inputs, **given}


@pytest.fixture
def home(new_beijinger) -> Any:
    return new_beijinger(household_size=Decimal(PEOPLE))


@pytest.fixture
def take(frozen_clock) -> Any:
    """`take(person, times)`: short showers of so many minutes ago, as they were answered."""

    def tell(person: Any, times: str = "1", turn: int = 0, **given: Any) -> dict[str, Any]:
        answer = person.post("/v1/activities", shower(frozen_clock(), turn, times, **given))
        assert answer.status_code == 201, answer.json
        return answer.json

    return tell


@pytest.fixture
def circle(new_beijinger, in_transaction) -> list[Any]:
    """Four accounts of one household."""
    people = [new_beijinger(household_size=Decimal(PEOPLE)) for _ in range(4)]
    for person in people:
        in_transaction(
            lambda session, person=person: accounts.link(session, person.user_id, accounts.LinkKind.DEVICE, "one phone")
        )
    return people


def credit(activity: dict[str, Any]) -> int:
    return int(activity["reduction"]["credited_g"])


def counted(session: Any) -> int:
    return int(session.execute(text("SELECT SUM(unattested) FROM day_totals")).scalar_one() or 0)


def test_the_bounds_grow_with_the_household_and_name_inputs_of_their_rules(rule_book):
    counts = load_limits().counts
    for people in (1, 2, 5):
        limits = {name: one.limit(Decimal(people)) for name, one in counts.items()}
        assert limits["clothing.cold_wash"] == limits["clothing.line_drying"] == people + 1
        assert limits[SHOWER] == 2 * people
    assert counts[SHOWER].limit(Decimal("1.5")) == counts[SHOWER].limit(Decimal(2))


def test_more_than_a_home_does_counts_in_part_and_then_not_at_all(home, take):
    each = credit(take(home, turn=9))
    assert each > 0
    whole = [take(home, "2", turn=turn) for turn in (6, 3, 0)]
    # two of 4.7 g are nine whole grams
    assert [credit(one) for one in whole] == [2 * each + 1, each, 0]
    assert whole[2]["reason"]["code"] == "unattested"
    assert (
        f"showers of a household of yours in a day that count on a word alone is {LIMIT}"
        in whole[2]["reason"]["message"]
    )
    (cut,) = [one for one in whole[1]["reduction"]["deductions"] if one["kind"] == "allowance"]
    assert f"is {LIMIT}, of which 1 was left; {each + 1} more points count with evidence" in cut["reason"]
    (step,) = whole[2]["next"]
    assert (step["code"], step["evidence"]) == ("let_vouch", ["smart_meter", "partner_record"])


def test_it_is_told_in_chinese_too(home, frozen_clock):
    person = home
    person.post("/v1/activities", shower(frozen_clock(), 5, "3"))
    person.post("/v1/activities", shower(frozen_clock(), 3, "3"))
    answer = person.post(
        "/v1/activities", shower(frozen_clock(), 0, "1"), headers={**person.headers, "Accept-Language": "zh-CN"}
    )
    assert f"一天内仅凭口头申报可计入的淋浴次数为 {LIMIT}" in answer.json["reason"]["message"]


def test_what_was_left_is_recorded_with_the_reduction(home, take):
    take(home, "3", turn=5)
    second = take(home, "2")
    working = home.get(f"/v1/reductions/{second['reduction']['id']}").json["working"]
    bounded = working["context"]["allowance"]
    assert (bounded["bounds"]["count_showers"], bounded["room"]["count_showers"]) == (LIMIT, LIMIT - 3)


def test_what_is_taken_back_leaves_its_times_to_others(home, take):
    first, second = take(home, "3", turn=5), take(home, "3")
    assert credit(second) == credit(first) // 3 > 0
    withdraw(home, first)
    assert credit(home.get(f"/v1/activities/{second['id']}").json) == credit(first)


def test_what_somebody_vouches_for_is_not_bounded(home, take, fare_record):
    three, one = credit(take(home, "3", turn=8)), credit(take(home, turn=4))
    assert three >= 3 * one > 0
    vouched = take(home, "2", evidence=[fare_record(home, "partner_record")])
    assert credit(vouched) > 2 * one  # and at full weight


def test_a_batch_keeps_to_the_same_bound(home, frozen_clock, session):
    items = [shower(frozen_clock(), turn, client_id=f"shower {turn}") for turn in range(LIMIT + 3)]
    answer = home.post("/v1/activities/batch", {"items": items})
    assert answer.status_code in (200, 207), answer.json
    outcomes = [one["outcome"] for one in answer.json["outcomes"]]
    assert outcomes.count("credited") == LIMIT
    assert outcomes.count("uncredited") == 3


def take_at_once(people: list[Any], parallel: Any, times: int, now: Any) -> None:
    race = parallel(times, lambda turn: people[turn % len(people)].post("/v1/activities", shower(now, turn)))
    assert race.errors == []
    assert {answer.status_code for answer in race.results} == {201}


@pytest.mark.concurrency
def test_what_one_account_tells_at_once_is_counted_exactly(home, take, parallel, counts, session, frozen_clock):
    each = credit(take(home, turn=60))
    take_at_once([home], parallel, counts(small=12, long=50), frozen_clock())
    assert counted(session) == LIMIT * each


@pytest.mark.concurrency
def test_what_a_household_tells_at_once_is_counted_exactly(circle, take, parallel, counts, session, frozen_clock):
    each = credit(take(circle[0], turn=60))
    take_at_once(circle, parallel, counts(small=12, long=50), frozen_clock())
    assert counted(session) == LIMIT * each


@pytest.mark.concurrency
def test_without_the_lock_of_the_circle_more_counts_than_a_home_does(
    engine, circle, parallel, monkeypatch, session, frozen_clock, take
):
    """The control: four accounts read what is left before any of them has written."""
    if engine == "sqlite":
        pytest.skip("SQLite has one writer at a time, with or without our lock")
    each = credit(take(circle[0], turn=60))
    take(circle[0], str(LIMIT - 2), turn=50)
    monkeypatch.setattr(accounts, "circle_lock", question_of_owner(circles.OWN, read_column("circle_id")))
    everyone_has_read = threading.Barrier(len(circle))
    judge = estimates.judge

    def judge_together(*given: Any) -> Any:
        everyone_has_read.wait(20)
        return judge(*given)

    monkeypatch.setattr(estimates, "judge", judge_together)
    take_at_once(circle, parallel, len(circle), frozen_clock())
    assert counted(session) > LIMIT * each


def test_the_recorded_bound_leads_to_the_same_grams_again(home, take, session):
    take(home, "3", turn=5)
    take(home, "3")
    rows = session.execute(text(f"SELECT {STORED_WORKING_SQL} FROM reductions r")).mappings().all()
    rooms = {read_working(row)["context"]["allowance"]["room"]["count_showers"] for row in rows}
    assert rooms == {LIMIT, LIMIT - 3}  # and the invariants recompute each


def test_a_guest_who_joins_brings_no_second_count(guest, account, take, bring, session):
    alone = credit(take(guest, "2", turn=5))
    assert credit(take(account, "2")) == alone > 0
    bring(guest, account)
    assert counted(session) == alone


def test_late_evidence_that_attests_nothing_lifts_no_bound(new_beijinger, frozen_clock):
    person = new_beijinger(household_size=Decimal(1))
    told = person.post("/v1/activities", shower(frozen_clock(), 0, "3")).json
    photo = handed_in(person, picture(31), "photo")["id"]
    shown = person.post(f"/v1/activities/{told['id']}/evidence", {"evidence": [photo]})
    assert shown.status_code == 200, shown.json
    working = person.get(f"/v1/reductions/{shown.json['reduction']['id']}").json["working"]
    bounded = working["context"]["allowance"]
    assert (bounded["bounds"]["count_showers"], bounded["room"]["count_showers"]) == (2, 2)
    assert shown.json["reduction"]["credited_g"] == told["reduction"]["credited_g"] > 0
