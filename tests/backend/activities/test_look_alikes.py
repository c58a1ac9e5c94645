"""Tracks that were made from an earlier one, over HTTP: held with the reason, and what is kept of them for how long."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select

from backend.activities import service
from backend.activities.service.evidence import look_alikes
from backend.activities.sql.evidence import SKETCHES
from calculators import GPX
from calculators.traces import Trace
from tests.backend.activities.conftest import log
from tests.backend.activities.test_evidence_upload import handed_in
from tests.calculators.traces.recorder import BUS, CYCLE, MORNING, gpx, record, ride, travel, winding
from tests.corpora import tracks

WHOLE = ride(CYCLE, 6000, 930, at=MORNING - timedelta(days=1))


def noisy(trace: Trace, metres: float = 3, *, by: timedelta = timedelta()) -> Trace:
    return Trace(tuple(tracks.blemished(trace, 1, tracks.every(2), tracks.noise(metres), tracks.later(by))))


def rode(person, trace: Trace, mode: str = "cycle") -> dict:
    piece = handed_in(person, gpx(trace), "gps_trace", GPX)
    km = "6" if mode == "cycle" else "9"
    return log(person, mode=mode, distance=km, occurred_at=trace.started_at.isoformat(), evidence=[piece["id"]])


def count_sketches(in_transaction, person) -> int:
    return in_transaction(
        lambda session: session.scalar(select(func.count()).where(SKETCHES.c.user_id == person.user_id))
    )


def test_anothers_track_under_noise_is_held_with_whose_it_is(beijinger, new_beijinger):
    assert rode(beijinger, WHOLE)["status"] == "credited"
    held = rode(new_beijinger(), noisy(WHOLE, by=timedelta(hours=20)))
    assert (held["status"], held["reason"]["code"]) == ("held", "trace.look_alike")
    assert "copy" in str(held["reason"])


def test_whoever_decides_sees_the_earlier_track_beside_it(beijinger, new_beijinger, new_person):
    earlier, copier = rode(beijinger, WHOLE), new_beijinger()
    held = rode(copier, noisy(WHOLE, by=timedelta(hours=20)))
    case = new_person(roles=("support",)).post(f"/v1/operator/held/{copier.user_id}/{held['id']}/open").json
    (original,) = case["originals"]
    assert (original["activity_id"], original["shows"]["distance_m"] > 5000) == (earlier["id"], True)
    assert original["link"]["url"] != case["evidence"][0]["link"]["url"]


def test_the_own_track_under_noise_is_held_too(beijinger):
    rode(beijinger, WHOLE)
    assert rode(beijinger, noisy(WHOLE, 1, by=timedelta(hours=20)))["reason"]["code"] == "trace.look_alike"


def test_without_the_comparison_the_copy_would_be_paid(beijinger, new_beijinger, monkeypatch):
    """The control: nothing else finds it."""
    monkeypatch.setattr(look_alikes, "LEAST_SHARE", 2.0)
    rode(beijinger, WHOLE)
    assert rode(new_beijinger(), noisy(WHOLE, by=timedelta(hours=20)))["status"] == "credited"


def test_two_on_one_bus_are_both_paid(beijinger, new_beijinger):
    places = travel(winding(931, 9000), BUS, 931)
    mine, theirs = (record(places, 932 + n, at=MORNING - timedelta(days=1)) for n in (0, 1))
    assert rode(beijinger, mine, "bus")["status"] == "credited"
    assert rode(new_beijinger(), theirs, "bus")["status"] == "credited"


def test_a_cell_keeps_no_more_of_a_month_than_it_has_slots(beijinger, in_transaction, monkeypatch):
    monkeypatch.setattr(look_alikes, "SLOTS", 1)
    for seed in (940, 941, 942):
        handed_in(beijinger, gpx(ride(CYCLE, 4000, seed)), "gps_trace", GPX)
    most = in_transaction(
        lambda session: session.scalar(
            select(func.count())
            .select_from(SKETCHES)
            .group_by(SKETCHES.c.cell_hash)
            .order_by(func.count().desc())
            .limit(1)
        )
    )
    assert most == 1


def test_what_is_kept_of_a_track_goes_with_its_owner(beijinger, in_transaction):
    rode(beijinger, WHOLE)
    assert count_sketches(in_transaction, beijinger) > 0
    in_transaction(lambda session: service.forget(session, beijinger.user_id))
    assert count_sketches(in_transaction, beijinger) == 0


def test_a_guests_sketches_join_the_account(guest, account, bring, in_transaction):
    rode(guest, WHOLE)
    kept = count_sketches(in_transaction, guest)
    bring(guest, account)
    assert (count_sketches(in_transaction, guest), count_sketches(in_transaction, account)) == (0, kept)


def test_of_a_full_store_no_more_is_compared_than_its_bound(beijinger, new_beijinger, monkeypatch):
    rode(beijinger, WHOLE)
    monkeypatch.setattr(look_alikes, "MOST_COMPARED_BYTES", 100)
    assert rode(new_beijinger(), noisy(WHOLE, by=timedelta(hours=20)))["status"] == "credited"
