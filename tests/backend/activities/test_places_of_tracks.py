"""Where a track was: it confirms a region or refutes one, and its positions are coarse once the credit is decided."""

from __future__ import annotations

from datetime import timedelta

import orjson

from backend.jobs.runner.dispatch import dispatch
from calculators import GPX
from tests.backend.activities.conftest import log, trip
from tests.backend.activities.guest_steps import renewed
from tests.backend.activities.test_evidence_upload import handed_in, opened
from tests.calculators.traces.recorder import MORNING, WALK, gpx, ride

A_DAY = timedelta(days=1)


def test_a_named_region_that_the_track_confirms_counts_and_one_it_refutes_is_held(new_beijinger):
    walk = ride(WALK, 2000, 78, origin=(52.52, 13.40))
    visitor = new_beijinger()
    piece = handed_in(visitor, gpx(walk), "gps_trace", GPX)
    there = log(
        visitor, mode="walk", distance="2", region="DE", occurred_at=MORNING.isoformat(), evidence=[piece["id"]]
    )
    assert (there["status"], there["reduction"]["region"]) == ("credited", "DE")
    again = handed_in(visitor, gpx(ride(WALK, 2000, 79, origin=(52.52, 13.40))), "gps_trace", GPX)
    lied = trip(mode="walk", distance="2", region="CN-BJ", evidence=[again["id"]])
    told = visitor.post("/v1/activities", lied | {"occurred_at": (MORNING - timedelta(minutes=10)).isoformat()}).json
    assert told["reason"]["code"] in ("trip.overlaps", "trace.elsewhere")


def test_positions_are_coarse_once_the_credit_is_decided(beijinger, app, frozen_clock):
    walk = ride(WALK, 2200, 80)
    piece = handed_in(beijinger, gpx(walk), "gps_trace", GPX)
    log(beijinger, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
    assert len(orjson.loads(opened(beijinger, piece))["geometry"]["coordinates"]) == len(walk.fixes)
    frozen_clock.advance(4 * A_DAY)
    while dispatch(app):
        pass
    person = renewed(beijinger)
    left = orjson.loads(opened(person, piece))["geometry"]["coordinates"]
    assert 2 <= len(left) <= 8
    assert all(round(degrees, 2) == degrees for position in left for degrees in position)
    after = person.get(f"/v1/evidence/{piece['id']}").json
    assert after["is_coarsened"]
    assert after["shows"] == piece["shows"]
