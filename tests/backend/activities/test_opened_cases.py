"""Whoever decides sees what they decide about: the file, the rule, the person's pattern, and what it would credit."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import orjson
import pytest
from sqlalchemy import text

from backend.platform.core.roles import AUDITOR, SUPPORT, USER
from backend.platform.privacy import access_tokens
from calculators import GPX
from tests.backend.activities.conftest import THIS_MORNING, log, trip
from tests.backend.activities.test_evidence_upload import handed_in, picture
from tests.calculators.traces.recorder import MORNING, gpx
from tests.calculators.traces.stories import drawn

TRACK = gpx(drawn(5, 2000))
OURS = "http://127.0.0.1:8000"


@pytest.fixture
def support(new_person):
    return new_person(roles=("support",))


@pytest.fixture
def held(beijinger):
    """A walk with a track that nobody recorded."""
    piece = handed_in(beijinger, TRACK, "gps_trace", GPX)
    activity = log(beijinger, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
    assert activity["status"] == "held", activity
    return activity


def open_case(operator, person, activity):
    return operator.post(f"/v1/operator/held/{person.user_id}/{activity['id']}/open")


def opened(operator, person, activity) -> dict:
    answer = open_case(operator, person, activity)
    assert answer.status_code == 200, answer.json
    return answer.json


def fetched(person, url: str):
    return person.app.test_client().get(url.removeprefix(OURS))


def with_role(person, role):
    with person.app.app_context():
        token = access_tokens.sign_access(person.user_id, person.session_id, frozenset({USER, role}))
    return replace(person, access_token=token)


def test_the_track_is_seen_as_it_was_kept_for_some_minutes(beijinger, held, support, frozen_clock):
    (piece,) = opened(support, beijinger, held)["evidence"]
    shown = fetched(support, piece["link"]["url"])
    assert shown.status_code == 200
    assert len(orjson.loads(shown.data)["geometry"]["coordinates"]) == piece["shows"]["fixes"]
    frozen_clock.advance(timedelta(minutes=6))
    assert fetched(support, piece["link"]["url"]).status_code == 404


@pytest.mark.allowance
def test_a_picture_is_seen_in_its_full_size(beijinger, support):
    paper = handed_in(beijinger, picture(3, (1600, 1200)), "receipt")
    body = {"methodology": "consumables.second_hand_goods", "occurred_at": THIS_MORNING}
    body |= {"inputs": {"good": "laptop", "items": "1"}, "evidence": [paper["id"]]}
    bought = beijinger.post("/v1/activities", body).json
    assert bought["status"] == "credited", bought
    assert beijinger.post(f"/v1/activities/{bought['id']}/appeal", {"words": "look at it"}).status_code == 200
    case = opened(support, beijinger, bought)
    assert case["evidence"][0]["shows"] == {"width": 1600, "height": 1200}
    assert fetched(support, case["evidence"][0]["link"]["url"]).content_type == "image/jpeg"
    # what the allowance kept back counts once somebody has looked
    assert case["would_credit"]["grams"] > bought["reduction"]["credited_g"]


def test_the_rule_the_pattern_and_the_worth_stand_beside_it(beijinger, held, support):
    case = opened(support, beijinger, held)
    decision = case["activity"]["decision"]
    assert (decision["rule"], decision["outcome"]) == ("trace.no_scatter", "hold")
    assert decision["params"]
    amount = held["points"]["amount"]
    assert case["pattern"] == {"rule": "trace.no_scatter", "days": 30, "activities": 1, "mean_amount": amount}
    assert case["would_credit"] == {"grams": amount, "points": amount}


def test_what_it_would_credit_is_what_accepting_credits(beijinger, held, support):
    worth = opened(support, beijinger, held)["would_credit"]
    path = f"/v1/operator/held/{beijinger.user_id}/{held['id']}/accept"
    accepted = support.post(path, {"reason": "a watch that smooths"}).json
    assert accepted["reduction"]["credited_g"] == worth["grams"]


def test_a_second_walk_of_the_kind_makes_a_pattern_and_one_withdrawn_does_not(beijinger, held, support):
    earlier = MORNING - timedelta(hours=3)
    second = handed_in(beijinger, gpx(drawn(4.5, 1500, at=earlier, origin=(39.80, 116.20))), "gps_trace", GPX)
    again = log(beijinger, mode="walk", distance="1.5", occurred_at=earlier.isoformat(), evidence=[second["id"]])
    assert again["status"] == "held", again
    mean = (held["points"]["amount"] + again["points"]["amount"]) // 2
    found = opened(support, beijinger, held)["pattern"]
    assert (found["activities"], found["mean_amount"]) == (2, mean)
    beijinger.post(f"/v1/activities/{again['id']}/withdraw")
    assert opened(support, beijinger, held)["pattern"]["activities"] == 1


def test_a_walk_that_is_held_three_times_is_one_walk(beijinger, held, support):
    walk = held
    for distance in ("2.01", "1.99"):
        body = trip("walk", distance) | {"occurred_at": MORNING.isoformat()}
        body |= {"revision": walk["reduction"]["revision"]}
        walk = beijinger.put(f"/v1/activities/{held['id']}", body).json
        assert walk["status"] == "held", walk
    assert len(beijinger.get(f"/v1/activities/{held['id']}/decisions").json["decisions"]) == 3
    found = opened(support, beijinger, walk)["pattern"]
    assert (found["activities"], found["mean_amount"]) == (1, walk["points"]["amount"])


def test_who_opened_it_is_written_down_and_the_person_can_read_that_it_was(beijinger, held, support, in_transaction):
    opened(support, beijinger, held)
    entries = text("SELECT who, subject FROM audit_entries WHERE action = 'activity.opened'")
    kept = in_transaction(lambda session: session.execute(entries).all(), read_only=True)
    assert [tuple(row) for row in kept] == [(support.user_id, held["id"])]


def test_a_track_is_not_shown_once_its_owner_took_the_consent_back(beijinger, held, support):
    taken_back = {"version": "2026-11-01", "given": False}
    assert beijinger.put("/v1/me/consents/location", taken_back).status_code == 204
    (piece,) = opened(support, beijinger, held)["evidence"]
    assert piece["link"] is None
    assert piece["shows"]["distance_m"] > 0


def test_what_waits_for_nobody_is_not_opened(beijinger, held, support):
    ride = log(beijinger, occurred_at="2026-11-19T08:10:00+08:00")
    refused = open_case(support, beijinger, ride)
    assert (refused.status_code, refused.json["code"]) == (409, "activities.nothing_to_decide")
    assert open_case(support, beijinger, {"id": "act_01jd00000000000000000000aa"}).status_code == 404


def test_only_those_who_decide_open_it(beijinger, held, new_person):
    assert open_case(beijinger, beijinger, held).status_code == 403
    assert open_case(with_role(new_person(roles=(AUDITOR,)), AUDITOR), beijinger, held).status_code == 403
    itself = with_role(new_person(roles=(SUPPORT,)), SUPPORT)
    assert open_case(itself, beijinger, held).status_code == 200
