"""The totals of a month follow every reduction, and whoever's number changes is told why, in words."""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import text

from backend.activities import service
from backend.platform.data.batch import fetch
from tests.backend.activities.conftest import DAY_CAP_G, LONG_RIDE_G, log

NOVEMBER = date(2026, 11, 1)


@pytest.fixture
def months(in_transaction):
    """The months of somebody's year."""

    def read(person):
        def ask(session):
            return fetch(session, service.months_question(person.user_id, date(2026, 1, 1), date(2026, 12, 31))).all()

        return in_transaction(ask, read_only=True)

    return read


def notes(person, language="en"):
    items = person.get("/v1/inbox", headers={"Accept-Language": language}).json["items"]
    return [(note["kind"], note["text"]) for note in items]


def test_a_month_adds_up_its_reductions_with_their_range(beijinger, months):
    first, second = log(beijinger)["reduction"], log(beijinger, distance="20")["reduction"]
    (month,) = months(beijinger)
    assert (month.month_on, month.activities) == (NOVEMBER, 2)
    for name in ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g"):
        assert getattr(month, name) == first[name] + second[name]
    assert month.content_sha256 == first["methodology"]["sha256"]


def test_what_was_reduced_by_less_than_nothing_counts_as_such(beijinger, months):
    driven = log(beijinger, mode="car")["reduction"]
    assert driven["reduction_g"] < 0
    (month,) = months(beijinger)
    assert (month.reduction_g, month.credited_g) == (driven["reduction_g"], 0)


def test_a_withdrawn_activity_counts_in_no_month_and_leaves_a_note(beijinger, months):
    ride = log(beijinger)
    beijinger.post(f"/v1/activities/{ride['id']}/withdraw")
    assert months(beijinger) == []
    credited = ride["reduction"]["credited_g"]
    ((kind, english),) = notes(beijinger)
    assert kind == "reduction.withdrawn"
    assert english.startswith(f"On November 20, 2026 you were credited {credited} g for “Low-carbon trip”.")
    assert english.endswith(f"You withdrew it, so now it is 0 g; points {credited} → 0.")
    ((_, chinese),) = notes(beijinger, "zh-CN")
    assert chinese.startswith(f"2026年11月20日的“低碳出行”原计入 {credited} 克。您已撤回，现为 0 克")


def test_withdrawing_again_tells_nothing_more(beijinger):
    ride = log(beijinger)
    for _ in range(3):
        beijinger.post(f"/v1/activities/{ride['id']}/withdraw")
    assert len(notes(beijinger)) == 1


@pytest.mark.usefixtures("at_any_hour")
def test_what_is_settled_again_under_a_cap_says_what_it_was_and_what_it_is(beijinger, months):
    rides = [log(beijinger, distance="500", occurred_at=f"2026-11-20T08:1{turn}:00+08:00") for turn in range(3)]
    cut = DAY_CAP_G - 2 * LONG_RIDE_G
    assert rides[2]["reduction"]["credited_g"] == cut
    beijinger.post(f"/v1/activities/{rides[0]['id']}/withdraw")
    resettled = [said for kind, said in notes(beijinger) if kind == "reduction.resettled"]
    assert len(resettled) == 1
    assert f"Its credit was {cut:,} g and is now {LONG_RIDE_G:,} g" in resettled[0]
    (month,) = months(beijinger)
    assert (month.activities, month.credited_g) == (2, 2 * LONG_RIDE_G)


def test_an_activity_that_is_only_logged_tells_nothing(beijinger):
    log(beijinger)
    assert notes(beijinger) == []


@pytest.mark.breaks_invariants("a total that was tampered with")
def test_a_total_that_is_not_the_sum_of_its_reductions_is_found(beijinger, in_transaction):
    log(beijinger)
    in_transaction(lambda session: session.execute(text("UPDATE month_totals SET credited_g = credited_g + 1")))
    (found,) = in_transaction(lambda session: list(service.broken_months(session)), read_only=True)
    assert "the sum of its live reductions" in found
