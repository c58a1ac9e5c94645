"""The account: points and the record behind them, from a few rows, with every figure's source."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event

from backend.platform.core import i18n
from backend.platform.core.i18n import ENGLISH, Language
from backend.portfolio.service import equivalents, progress
from backend.portfolio.service.sums import Sum
from calculators import load_library
from tests.backend.activities.conftest import TRIP, log, trip

DECEMBER = datetime(2026, 12, 3, 4, 0, tzinfo=UTC)


def account(person, **query):
    answer = person.get("/v1/account", query_string=query)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_the_account_adds_up_the_record_by_category_month_and_methodology_with_range(beijinger):
    rides = [log(beijinger)["reduction"], log(beijinger, distance="20")["reduction"]]
    meal = {"methodology": "food.meal", "occurred_at": "2026-11-20T12:00:00+08:00", "inputs": {"meal": "vegan"}}
    eaten = beijinger.post("/v1/activities", meal)
    shown = account(beijinger)["reductions"]
    names = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g")
    (transport,) = [part for part in shown["by_category"] if part["key"] == "transport"]
    assert transport["title"] == "transport"
    assert {name: transport["sum"][name] for name in names} == {name: sum(r[name] for r in rides) for name in names}
    (month,) = shown["by_month"]
    assert (month["key"], month["sum"]) == ("2026-11", shown["total"])
    (trips,) = [one for one in shown["by_methodology"] if one["id"] == TRIP]
    assert trips["titles"]["zh"] == "低碳出行"
    assert [(version["version"], version["sha256"]) for version in trips["versions"]] == [
        (1, rides[0]["methodology"]["sha256"])
    ]
    assert shown["total"]["activities"] == 2 + (eaten.status_code == 201)
    assert shown["all_time"] == shown["total"]
    assert (shown["from"], shown["to"]) == ("2025-12", "2026-11")


def test_points_pending_and_owed_stand_beside_the_record(beijinger):
    credited = log(beijinger)["reduction"]["credited_g"]
    shown = account(beijinger)
    assert (shown["points"], shown["pending"], shown["owed"], shown["balance"]) == (0, credited, 0, 0)


def test_only_the_months_asked_for_are_added_up(beijinger):
    log(beijinger)
    october = account(beijinger, **{"from": "2026-09", "to": "2026-10"})["reductions"]
    assert october["total"]["activities"] == 0
    assert october["by_month"] == []
    assert october["all_time"]["activities"] == 1


@pytest.mark.parametrize(
    "query, field, code",
    [
        ({"from": "2026-13"}, "from", "not_a_month"),
        ({"from": "november"}, "from", "not_a_month"),
        ({"from": "2026-11", "to": "2026-10"}, "to", "before_from"),
    ],
)
def test_months_that_cannot_be_meant_are_refused(beijinger, query, field, code):
    answer = beijinger.get("/v1/account", query_string=query)
    assert answer.status_code == 422
    assert [(row["field"], row["code"]) for row in answer.json["errors"]] == [(field, code)]


def test_a_past_instant_shows_the_balances_as_they_stood(beijinger, frozen_clock):
    before = frozen_clock.at.isoformat()
    frozen_clock.advance(timedelta(seconds=1))
    credited = log(beijinger)["reduction"]["credited_g"]
    then, now = account(beijinger, at=before), account(beijinger)
    assert (then["pending"], then["reductions"], then["at"]) == (0, None, before)
    assert now["pending"] == credited


def test_the_region_is_what_people_there_would_have_emitted_for_the_same(beijinger):
    reduction = log(beijinger)["reduction"]
    region = account(beijinger)["progress"]["region"]
    assert (region["baseline_g"], region["project_g"]) == (reduction["baseline_g"], reduction["project_g"])
    assert region["less_pct"] == "69.2"  # 720 of 1,040 g
    assert region["text"] == (
        "For the same, people in Beijing would have emitted 1,040 g. You emitted 320 g: 69.2 % less."
    )
    assert region["footprint_g"] > 0
    assert all(figure["publisher"] for figure in region["figures"])


def test_a_person_without_a_record_has_nothing_to_compare(beijinger):
    shown = account(beijinger)
    assert shown["progress"]["own"] is None
    assert shown["progress"]["region"]["less_pct"] is None
    assert shown["equivalents"] == []


def months(**credited):
    return {date(2026, int(name[1:]), 1): Sum(credited_g=grams) for name, grams in credited.items()}


def test_progress_sets_the_last_month_that_is_over_against_the_mean_of_those_before(session):
    found = progress.own_progress(months(m7=100, m8=200, m9=301, m10=500, m11=9), date(2026, 11, 20), ENGLISH)
    assert (found.month_on, found.credited_g, found.earlier_mean_g, found.difference_g) == (
        date(2026, 10, 1),
        500,
        200,
        300,
    )
    assert found.text == (
        "In October 2026 you were credited 500 g: 300 g more than in an average month from July 2026 to September 2026."
    )
    chinese = progress.own_progress(months(m9=600, m10=500), date(2026, 11, 20), Language("zh-CN"))
    assert chinese.text == "2026年10月您获计 500 克，比2026年9月至2026年9月的月均少 100 克。"


def test_months_before_somebody_began_are_no_baseline(session):
    assert progress.own_progress(months(m10=500, m11=9), date(2026, 11, 20), ENGLISH) is None
    assert progress.own_progress({}, date(2026, 11, 20), ENGLISH) is None


def test_equivalents_name_the_figure_of_the_nearest_place_and_round_down(beijinger):
    log(beijinger, distance="500")
    shown = account(beijinger)
    credited = shown["reductions"]["total"]["credited_g"]
    (car,) = [one for one in shown["equivalents"] if one["id"] == "petrol_car_km"]
    assert (car["figure"]["key"], car["figure"]["region"]) == ("car_petrol", "CN-BJ")
    assert Decimal(car["amount"]) == (Decimal(credited) / 250).quantize(Decimal("0.1"), "ROUND_FLOOR")
    assert car["text"] == f"as much as {car['amount']} km in a petrol car"
    assert car["figure"]["publisher"].startswith("Beijing")


def test_every_equivalent_has_a_source_and_words_in_every_language(session):
    things = {one.id for one in equivalents.list_equivalents(10_000_000, "CN-BJ", date(2026, 11, 20), ENGLISH)}
    assert things == set(equivalents._things())
    for thing in equivalents._things():
        assert ("equivalent", thing) in i18n.read_texts(ENGLISH)
    known = {row.key for row in load_library().tables.list_rows()}
    assert {key for thing in equivalents._things().values() for key in thing.keys} <= known


def test_a_figure_past_its_day_is_no_equivalent(session):
    assert equivalents.list_equivalents(10_000_000, "CN-BJ", date(2099, 1, 1), ENGLISH) == []


def test_the_account_reads_no_activity(beijinger, app):
    log(beijinger)
    seen = []
    engine = app.extensions["carbon.engine"]
    event.listen(engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    account(beijinger)
    assert [statement for statement in seen if "FROM activities" in statement or "FROM reductions" in statement] == []


def test_entries_are_found_by_kind_reference_and_day(beijinger, frozen_clock):
    first, second = log(beijinger), log(beijinger, distance="9")
    frozen_clock.advance(timedelta(minutes=1))
    beijinger.post(f"/v1/activities/{second['id']}/withdraw")

    def entries(**query):
        return [entry["kind"] for entry in beijinger.get("/v1/account/entries", query_string=query).json["items"]]

    assert entries(reference=f"activity:{second['id']}") == ["reversal", "credit"]
    assert entries(kind="credit", reference=f"activity:{first['id']}:1") == ["credit"]
    assert entries(reference="activity:%") == []
    assert entries(**{"from": frozen_clock.at.isoformat()}) == ["reversal"]
    assert entries(to=frozen_clock.at.isoformat()) == ["credit", "credit"]


def test_an_activity_of_last_month_counts_in_its_own_month(beijinger, frozen_clock):
    frozen_clock.set(DECEMBER)
    late = trip() | {"occurred_at": "2026-11-30T23:50:00+08:00"}
    renewed = account_headers(beijinger)
    assert beijinger.post("/v1/activities", late, headers=renewed).status_code == 201
    shown = beijinger.get("/v1/account", headers=renewed).json["reductions"]
    assert [part["key"] for part in shown["by_month"]] == ["2026-11"]


def account_headers(person):
    from backend.platform.core.roles import USER
    from backend.platform.privacy import access_tokens

    with person.app.app_context():
        token = access_tokens.sign_access(person.user_id, person.session_id, frozenset({USER}))
    return {"Authorization": f"Bearer {token}"}
