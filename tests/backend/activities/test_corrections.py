"""A corrected activity comes to what its corrected report alone would have come to, by entries, under the same id."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from backend.activities import service
from backend.activities.service import corrections
from backend.ledger import service as ledger
from backend.points import service as points
from calculators import GPX
from tests.backend.activities.conftest import DAY_CAP_G, LONG_RIDE_G, log, trip, with_a_new_token
from tests.backend.activities.test_evidence_upload import handed_in
from tests.backend.activities.test_exclusions import METER, tell, told
from tests.backend.activities.test_household_claims import declare
from tests.calculators.traces.recorder import MORNING, gpx
from tests.calculators.traces.stories import drawn

TODAY, YESTERDAY, EARLIER = (f"{day}T08:10:00+08:00" for day in ("2026-11-20", "2026-11-19", "2026-11-08"))
LATER = "2026-11-20T08:40:00+08:00"
MEAL, SHOWER, BAG = "food.meal", "housing.short_shower", "consumables.own_bag"


def report(methodology: str, at: str = TODAY, **inputs: Any) -> dict[str, Any]:
    return {"methodology": methodology, "occurred_at": at, "inputs": inputs}


def ride(distance: str = "10", mode: str = "metro", at: str = TODAY) -> dict[str, Any]:
    return trip(mode, distance) | {"occurred_at": at}


REPORTS = st.one_of(
    st.builds(
        ride,
        distance=st.sampled_from(["0.1", "3", "10", "42.195", "490", "500"]),
        mode=st.sampled_from(["metro", "bus", "walk", "cycle", "car"]),
        at=st.sampled_from([TODAY, YESTERDAY, EARLIER]),
    ),
    st.builds(report, st.just(MEAL), st.sampled_from([TODAY, EARLIER]), meal=st.just("vegan"), meals=st.just("1")),
    st.builds(report, st.just(SHOWER), showers=st.just("1"), minutes_each=st.sampled_from(["3", "5"])),
    st.builds(report, st.just(BAG), bags=st.sampled_from(["1", "2"])),
    st.builds(report, st.just(METER), consumption=st.sampled_from(["1", "7", "400"]), days=st.sampled_from(["1", "5"])),
)


def correct(person: Any, activity: dict[str, Any], body: dict[str, Any], status: int = 200, **more: Any) -> Any:
    """The answer to a correction by somebody who has just read the activity."""
    seen = {"revision": activity["reduction"]["revision"]}
    answer = person.put(f"/v1/activities/{activity['id']}", seen | body, **more)
    assert answer.status_code == status, answer.json
    return answer.json


def read(person: Any, activity: dict[str, Any]) -> dict[str, Any]:
    return person.get(f"/v1/activities/{activity['id']}").json


def logged(person: Any, body: dict[str, Any]) -> dict[str, Any]:
    answer = person.post("/v1/activities", body)
    assert answer.status_code == 201, answer.json
    return answer.json


def worth(activity: dict[str, Any]) -> tuple[Any, ...]:
    """All that an activity came to."""
    reduction = activity["reduction"]
    figures = [value for name, value in reduction.items() if name.endswith("_g") or name == "behaviour_points"]
    return (*told(activity), *figures, reduction["deductions"], activity["local_day"], activity["next"])


def test_a_typing_error_is_corrected_under_the_same_id(beijinger, new_beijinger):
    activity = log(beijinger, distance="100", client_id="c1")
    corrected = correct(beijinger, activity, ride())
    assert (corrected["id"], corrected["client_id"]) == (activity["id"], "c1")
    assert corrected["created_at"] == activity["created_at"]
    assert worth(corrected) == worth(logged(new_beijinger(), ride()))
    assert corrected["inputs"]["distance"]["value"] == "10"
    assert read(beijinger, activity) == corrected


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@example(said=ride("500"), meant=ride("10"), between=ride("500", at=YESTERDAY))
@example(
    said=report(METER, consumption="7", days="5"), meant=report(METER, consumption="1"), between=report(BAG, bags="1")
)
@given(said=REPORTS, meant=REPORTS, between=REPORTS)
def test_what_was_said_and_corrected_is_worth_what_was_meant_alone(said, meant, between, new_beijinger, in_transaction):
    """By whatever way it came there."""
    corrector, other = (new_beijinger(household_size=Decimal(3)) for _ in range(2))
    activity = logged(corrector, said)
    activity = correct(corrector, activity, between)
    activity = correct(corrector, activity, meant)
    assert worth(activity) == worth(logged(other, meant))

    def sums(person: Any) -> list[Any]:
        totals = [
            """SELECT occurred_on, methodology_id, credited, unattested FROM day_totals
            WHERE user_id = :u AND credited + unattested > 0 ORDER BY 1, 2""",
            """SELECT month_on, methodology_id, baseline_g, project_g, credited_g, low_g, high_g, behaviour_points
            FROM month_totals WHERE user_id = :u AND activities > 0 ORDER BY 1, 2""",
            "SELECT flow, instance, claimed_on, rank FROM flow_claims WHERE user_id = :u ORDER BY 1, 2",
        ]
        return in_transaction(
            lambda session: [session.execute(text(one), {"u": person.user_id}).all() for one in totals], read_only=True
        )

    def balances(person: Any) -> Any:
        return in_transaction(lambda session: points.get_balances(session, person.user_id), read_only=True)

    assert sums(corrector) == sums(other)
    assert balances(corrector) == balances(other)


def test_what_was_said_before_stays_readable_with_its_working(beijinger):
    activity = log(beijinger, distance="100")
    corrected = correct(beijinger, activity, report(BAG, YESTERDAY, bags="1"))
    (earlier,) = beijinger.get(f"/v1/activities/{activity['id']}/reports").json["reports"]
    assert (earlier["number"], earlier["methodology"]) == (1, "transport.low_carbon_trip")
    assert (earlier["local_day"], earlier["inputs"]["distance"]["value"]) == ("2026-11-20", "100")
    assert earlier["reduction_id"] == activity["reduction"]["id"]
    before = beijinger.get(f"/v1/reductions/{activity['reduction']['id']}").json
    after = beijinger.get(f"/v1/reductions/{corrected['reduction']['id']}").json
    assert (before["cause"], before["superseded_at"] is None) == ("logged", False)
    assert (after["cause"], after["local_day"]) == ("corrected", "2026-11-19")
    assert beijinger.get(f"/v1/activities/{log(beijinger)['id']}/reports").json == {"reports": []}


def test_another_rule_takes_the_points_back_and_issues_them_anew(beijinger, in_transaction):
    activity = log(beijinger)
    correct(beijinger, activity, report(BAG, bags="1"))
    entries = beijinger.get("/v1/account/entries").json["items"]
    assert [entry["kind"] for entry in reversed(entries)] == ["credit", "reversal", "credit"]
    assert in_transaction(lambda session: list(ledger.verify(session)), read_only=True) == []


def test_points_that_were_collected_stay_so_as_far_as_they_still_count(beijinger, frozen_clock, in_transaction, has):
    activity = log(beijinger, distance="20")
    frozen_clock.advance(timedelta(days=1))
    person = with_a_new_token(beijinger)
    in_transaction(lambda session: points.collect(session, beijinger.user_id))
    corrected = correct(person, activity, ride())
    assert has(beijinger) == (corrected["points"]["amount"], 0, 0)
    more = correct(person, corrected, ride("20"))
    assert has(beijinger) == (
        corrected["points"]["amount"],
        more["points"]["amount"] - corrected["points"]["amount"],
        0,
    )


def test_the_owner_is_told_in_words(beijinger):
    activity = log(beijinger, distance="20")
    correct(beijinger, activity, ride())
    note = next(one for one in beijinger.get("/v1/inbox").json["items"] if one["kind"] == "reduction.corrected")
    assert "as you corrected what you had said" in note["text"]


@pytest.mark.usefixtures("at_any_hour")
def test_a_day_is_allocated_again_in_the_order_in_which_things_happened(beijinger):
    hours = [f"2026-11-20T{hour:02}:00:00+08:00" for hour in (6, 7, 8)]
    first, second, third = (logged(beijinger, ride("500", at=at)) for at in hours)
    left = DAY_CAP_G - 2 * LONG_RIDE_G
    assert third["points"]["amount"] == left
    less = correct(beijinger, first, ride("10", at=hours[0]))
    assert told(read(beijinger, third)) == ("credited", None, LONG_RIDE_G)
    more = correct(beijinger, less, ride("500", at=hours[0]))
    assert more["points"]["amount"] == LONG_RIDE_G, "who corrects upward is not behind what was told after them"
    assert read(beijinger, third)["points"]["amount"] == left
    assert read(beijinger, second)["points"]["amount"] == LONG_RIDE_G


def test_a_flow_that_is_left_is_free_for_what_it_kept_out(new_beijinger):
    person = new_beijinger(household_size=Decimal(3))
    week = tell(person, METER, 19, consumption="7", days="5")
    kept_out = tell(person, METER, 15, consumption="1")
    assert told(kept_out)[1] == "counted_already"
    corrected = correct(person, week, report(METER, "2026-11-19T08:00:00+08:00", consumption="4", days="3"))
    assert corrected["status"] == "credited"
    assert told(read(person, kept_out))[:2] == ("credited", None)


def test_a_correction_finds_a_flow_that_is_paid_already(new_beijinger):
    person = new_beijinger(household_size=Decimal(3))
    week = tell(person, METER, 19, consumption="7", days="5")
    other = tell(person, METER, 10, consumption="1")
    corrected = correct(person, other, report(METER, "2026-11-18T08:00:00+08:00", consumption="1"))
    assert told(corrected) == ("uncredited", "counted_already", 0)
    assert worth(read(person, week)) == worth(week)


def test_what_was_held_by_mistake_counts_once_it_is_corrected_and_the_other_way_round(beijinger, has):
    whole_day = logged(beijinger, ride("500"))
    held = logged(beijinger, ride("500", at=LATER))
    assert told(held) == ("held", "trip.no_time_left", LONG_RIDE_G)
    short = correct(beijinger, held, ride("1", at="2026-11-19T08:10:00+08:00"))
    assert short["status"] == "credited"
    assert has(beijinger) == (0, LONG_RIDE_G + short["points"]["amount"], 0)
    again = correct(beijinger, short, ride("500", at=LATER))
    assert worth(again) == worth(held)
    decisions = beijinger.get(f"/v1/activities/{held['id']}/decisions").json["decisions"]
    assert [(one["number"], one["outcome"]) for one in decisions] == [(1, "hold"), (2, "accept"), (3, "hold")]
    assert read(beijinger, whole_day) == whole_day


def test_evidence_stays_with_it_and_what_no_longer_fits_is_named(beijinger, new_beijinger, fare_record):
    shown = log(beijinger, evidence=[fare_record(beijinger)])
    bag = correct(beijinger, shown, report(BAG, bags="1"))
    assert worth(bag) == worth(logged(new_beijinger(), report(BAG, bags="1")))
    (note,) = [note for note in bag["notes"] if note["code"] == "evidence_unfit"]
    assert "fare record" in note["message"]
    other = new_beijinger()
    assert worth(correct(beijinger, bag, ride("12"))) == worth(
        logged(other, ride("12") | {"evidence": [fare_record(other)]})
    )


def test_what_is_no_longer_open_says_so(beijinger, new_person, frozen_clock):
    gone, old, held, rejected = (log(beijinger, occurred_at=f"2026-11-20T0{hour}:00:00+08:00") for hour in range(4))
    beijinger.post(f"/v1/activities/{gone['id']}/withdraw")
    support = new_person(roles=("support",))
    refused = support.post(f"/v1/operator/held/{beijinger.user_id}/{rejected['id']}/reject", {"reason": "looked at it"})
    assert refused.status_code == 200
    rejected = read(beijinger, rejected)
    codes = {"withdrawn": gone, "decided": rejected}
    for code, activity in codes.items():
        assert correct(beijinger, activity, ride("20"), 409)["code"] == f"activities.{code}"
    stale = old | {"reduction": {"revision": 7}}
    changed = correct(beijinger, stale, ride("20"), 409)
    assert (changed["code"], changed["revision"]) == ("activities.changed", 1)
    assert correct(new_person(), held, ride("20"), 404)["code"] == "not_found.activity"
    frozen_clock.advance(timedelta(days=60))
    late = correct(with_a_new_token(beijinger), old, ride("20"), 409)
    assert late["code"] == "activities.too_old"


def test_an_open_appeal_is_answered_first(beijinger):
    piece = handed_in(beijinger, gpx(drawn(5, 2000)), "gps_trace", GPX)
    held = log(beijinger, mode="walk", distance="2", evidence=[piece["id"]], occurred_at=MORNING.isoformat())
    assert beijinger.post(f"/v1/activities/{held['id']}/appeal", {"words": "I did walk"}).status_code == 200
    assert correct(beijinger, held, ride(), 409)["code"] == "activities.in_appeal"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (ride("-1"), "inputs.distance"),
        (ride(at="2026-11-21T08:10:00+08:00"), "occurred_at"),
        (ride(at="2026-09-01T08:10:00+08:00"), "occurred_at"),
        (report("food.nothing"), "methodology"),
    ],
)
def test_what_could_not_be_logged_corrects_nothing(beijinger, body, field):
    activity = log(beijinger)
    refused = correct(beijinger, activity, body, 422)
    assert [error["field"] for error in refused["errors"]] == [field]
    assert read(beijinger, activity) == activity


def test_the_same_report_again_changes_nothing(beijinger):
    activity = log(beijinger, distance="20")
    corrected = correct(beijinger, activity, ride())
    # a lost answer: sent again with the revision that was seen then
    assert correct(beijinger, activity, ride()) == corrected


@pytest.mark.parametrize(
    ("distance", "kilometres"),
    [("10", "10"), (10, "10"), ({"value": "10", "unit": "km"}, "10"), ({"value": "10000", "unit": "m"}, "10")],
)
def test_ten_miles_are_corrected_to_ten_kilometres_in_whatever_words(beijinger, new_beijinger, distance, kilometres):
    said = ride()
    said["inputs"]["distance"] = {"value": "10", "unit": "mi"}
    activity = logged(beijinger, said)
    meant = ride()
    meant["inputs"]["distance"] = distance
    corrected = correct(beijinger, activity, meant)
    assert worth(corrected) == worth(logged(new_beijinger(), ride(kilometres)))
    assert corrected["points"]["amount"] < activity["points"]["amount"]


def test_the_same_distance_in_another_unit_is_the_same_report(beijinger):
    activity = logged(beijinger, ride("16.09344") | {"client_id": "c1"})
    in_miles = ride()
    in_miles["inputs"]["distance"] = {"value": "10", "unit": "mi"}
    assert correct(beijinger, activity, in_miles) == activity
    assert logged(beijinger, in_miles | {"client_id": "c1"}) == activity
    without = ride()
    without["inputs"]["distance"] = "16.09344"
    assert logged(beijinger, without | {"client_id": "c1"}) == activity
    without["inputs"]["distance"] = "10"
    assert beijinger.post("/v1/activities", without | {"client_id": "c1"}).json["code"] == "activity.mismatch"


def test_ten_without_a_unit_are_no_repetition_of_ten_miles(beijinger):
    said = ride() | {"client_id": "c1"}
    said["inputs"]["distance"] = {"value": "10", "unit": "mi"}
    logged(beijinger, said)
    other = ride() | {"client_id": "c1"}
    other["inputs"]["distance"] = "10"
    assert beijinger.post("/v1/activities", other).json["code"] == "activity.mismatch"
    (outcome,) = beijinger.post("/v1/activities/batch", {"items": [other]}).json["outcomes"]
    assert outcome["errors"][0]["code"] == "activity.mismatch"


def test_the_same_report_without_the_time_that_its_track_shows_changes_nothing(beijinger):
    piece = handed_in(beijinger, gpx(drawn(5, 2000)), "gps_trace", GPX)
    said = ride("2", "walk", MORNING.isoformat())
    activity = logged(beijinger, said | {"evidence": [piece["id"]]})
    assert activity["duration_s"] > 1
    assert correct(beijinger, activity, said) == activity
    longer = correct(beijinger, activity, said | {"duration_s": activity["duration_s"] + 60})
    # the time was told since, and is left to the track again
    assert correct(beijinger, longer, said)["duration_s"] == activity["duration_s"]
    assert len(beijinger.get(f"/v1/activities/{activity['id']}/reports").json["reports"]) == 2


def test_a_key_gets_the_first_answer_again(beijinger):
    activity = log(beijinger, distance="20")
    body = ride() | {"revision": 1}
    first = beijinger.put(f"/v1/activities/{activity['id']}", body, key="k")
    correct(beijinger, first.json, ride("5"))
    again = beijinger.put(f"/v1/activities/{activity['id']}", body, key="k")
    assert (again.status_code, again.data) == (200, first.data)


def test_a_queue_that_says_what_was_said_before_is_no_other_report(beijinger):
    queued = ride("100") | {"client_id": "c1"}
    activity = logged(beijinger, queued)
    corrected = correct(beijinger, activity, ride())
    assert logged(beijinger, queued) == corrected
    (outcome,) = beijinger.post("/v1/activities/batch", {"items": [queued]}).json["outcomes"]
    assert (outcome["outcome"], outcome["of"]) == ("duplicate", activity["id"])
    assert beijinger.post("/v1/activities", queued | ride("77")).json["code"] == "activity.mismatch"


def test_an_activity_is_corrected_only_so_often(beijinger, monkeypatch):
    monkeypatch.setattr(corrections, "MOST_CORRECTIONS", 1)
    corrected = correct(beijinger, log(beijinger), ride("20"))
    assert correct(beijinger, corrected, ride("30"), 409)["code"] == "activities.corrected_too_often"


def test_what_a_guest_corrected_comes_along(guest, account, bring):
    activity = log(guest, distance="100")
    corrected = correct(guest, activity, ride())
    before = guest.get(f"/v1/activities/{activity['id']}/reports").json
    bring(guest, account)
    assert account.get(f"/v1/activities/{activity['id']}/reports").json == before
    assert read(account, activity)["points"]["amount"] == corrected["points"]["amount"]
    assert worth(correct(account, read(account, activity), ride("100")))[:3] == told(activity)


def test_an_export_shows_what_was_said_and_erasure_drops_it(beijinger, in_transaction):
    activity = log(beijinger, distance="100")
    correct(beijinger, activity, ride())
    exported = in_transaction(
        lambda session: list(service.export_earlier_reports(session, beijinger.user_id)), read_only=True
    )
    assert [(one["id"], one["inputs"]["distance"]["value"]) for one in exported] == [(f"{activity['id']}.1", "100")]
    in_transaction(lambda session: service.forget_earlier_reports(session, beijinger.user_id))
    assert beijinger.get(f"/v1/activities/{activity['id']}/reports").json == {"reports": []}


def test_a_neighbours_meter_is_free_once_the_other_says_it_was_another_day(new_beijinger, frozen_clock):
    one, other = (new_beijinger(household_size=Decimal(3)) for _ in range(2))
    for person in (one, other):
        declare(person, "electricity_meter", "SGCC 0001")
    frozen_clock.advance(timedelta(days=5))
    one, other = with_a_new_token(one), with_a_new_token(other)
    first = tell(one, METER, 22, consumption="3")
    assert first["status"] == "credited"
    correct(one, first, report(METER, "2026-11-23T08:00:00+08:00", consumption="3"))
    assert tell(other, METER, 22, hour=9, consumption="3")["status"] == "credited"
    assert told(tell(other, METER, 23, hour=9, consumption="3"))[:2] == ("uncredited", "claimed_elsewhere")
