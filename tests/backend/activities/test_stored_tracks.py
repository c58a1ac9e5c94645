"""What is kept of tracks and pictures: no positions without the consent, no sketch for ever, nothing of others."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select

from backend.activities import service
from backend.activities.service import evidence
from backend.activities.sql.evidence import OUTLINES, SKETCHES
from backend.jobs.runner.dispatch import dispatch
from backend.jobs.runner.schedule import JOBS
from backend.ports.storage import the_storage
from calculators import GPX
from config.policy import load_policy
from tests.backend.activities.conftest import log
from tests.backend.activities.guest_steps import renewed
from tests.backend.activities.test_evidence_upload import handed_in, opened, picture
from tests.backend.activities.test_look_alikes import WHOLE, noisy, rode
from tests.calculators.traces.recorder import MORNING, WALK, gpx, ride
from tests.calculators.traces.stories import drawn

A_DAY = timedelta(days=1)
KEPT = timedelta(days=load_policy().activities.look_alikes_kept_days)


def decide(person: Any, *, given: bool) -> None:
    (text,) = [one for one in person.get("/v1/consents").json["items"] if one["kind"] == "location"]
    answer = person.put("/v1/me/consents/location", {"version": text["version"], "given": given})
    assert answer.status_code == 204, answer.json


def is_coarse(person: Any, piece: dict[str, Any]) -> bool:
    positions = orjson.loads(opened(person, piece))["geometry"]["coordinates"]
    return all(round(degrees, 2) == degrees for position in positions for degrees in position)


def everything(app: Any) -> None:
    while dispatch(app):
        pass


@pytest.fixture
def pieces(beijinger) -> list[dict[str, Any]]:
    """A track of a credited walk, one that somebody still decides about, and one that is not used."""
    walk, line, unused = ride(WALK, 2200, 80), drawn(5, 2000), ride(WALK, 1500, 81)
    found = [handed_in(beijinger, gpx(track), "gps_trace", GPX) for track in (walk, line, unused)]
    for piece in found[:2]:
        log(beijinger, mode="walk", distance="2", occurred_at=MORNING.isoformat(), evidence=[piece["id"]])
    return found


def test_whoever_takes_the_consent_back_has_every_stored_track_coarsened(beijinger, pieces, app):
    assert not any(is_coarse(beijinger, piece) for piece in pieces)
    decide(beijinger, given=False)
    everything(app)
    assert all(is_coarse(beijinger, piece) for piece in pieces)
    after = [beijinger.get(f"/v1/evidence/{piece['id']}").json for piece in pieces]
    assert all(one["is_coarsened"] for one in after)
    assert [one["shows"] for one in after] == [piece["shows"] for piece in pieces]


def test_whoever_agrees_again_before_anything_was_done_keeps_their_tracks(beijinger, pieces, app):
    decide(beijinger, given=False)
    decide(beijinger, given=True)
    everything(app)
    assert not any(is_coarse(beijinger, piece) for piece in pieces)


@pytest.mark.parametrize("given_again", [False, True])
def test_a_track_on_its_way_while_the_consent_is_taken_back_is_coarsened_too(beijinger, app, monkeypatch, given_again):
    """It is recorded when the person takes the consent back, and the storage does not have it yet."""
    with app.app_context():
        storage = the_storage()
    put = storage.put

    def put_late(name: str, content: bytes) -> None:
        monkeypatch.setattr(storage, "put", put)
        decide(beijinger, given=False)
        everything(app)
        put(name, content)

    monkeypatch.setattr(storage, "put", put_late)
    piece = handed_in(beijinger, gpx(ride(WALK, 2200, 80)), "gps_trace", GPX)
    if given_again:
        decide(beijinger, given=True)
    everything(app)
    assert is_coarse(beijinger, piece) is not given_again


def test_who_never_agreed_or_takes_something_else_back_changes_no_track(beijinger, pieces, app):
    (text,) = [one for one in beijinger.get("/v1/consents").json["items"] if one["kind"] == "attestation"]
    for given in (True, False, False):
        beijinger.put("/v1/me/consents/attestation", {"version": text["version"], "given": given})
    everything(app)
    assert not any(is_coarse(beijinger, piece) for piece in pieces)


def test_a_file_that_tells_how_accurate_it_is_shows_what_was_not_used(beijinger):
    points = gpx(ride(WALK, 2200, 82)).decode().split("</trkpt>")
    told = "<accuracy>{}</accuracy></trkpt>"
    written = [point + told.format(180 if place in (60, 61, 62) else 6) for place, point in enumerate(points[:-1])]
    shows = handed_in(beijinger, ("".join(written) + points[-1]).encode(), "gps_trace", GPX)["shows"]
    assert (shows["inaccurate"], shows["accuracy_m"]) == (3, 6)
    plain = handed_in(beijinger, gpx(ride(WALK, 2200, 83)), "gps_trace", GPX)["shows"]
    assert (plain["inaccurate"], plain["accuracy_m"]) == (0, None)


def kept(in_transaction: Any) -> list[int]:
    def count(session: Any) -> list[int]:
        return [int(session.scalar(select(func.count()).select_from(table))) for table in (SKETCHES, OUTLINES)]

    return list(in_transaction(count))


def test_by_what_copies_are_known_is_dropped_when_nothing_looks_for_it(beijinger, in_transaction, frozen_clock):
    handed_in(beijinger, gpx(WHOLE), "gps_trace", GPX)
    handed_in(beijinger, picture(1), "photo")
    before = kept(in_transaction)
    assert min(before) > 0
    frozen_clock.advance(KEPT - A_DAY)
    assert in_transaction(lambda session: service.drop_old_look_alikes(session, 1000)) == 0
    assert kept(in_transaction) == before
    frozen_clock.advance(2 * A_DAY)
    handed_in(renewed(beijinger), picture(2), "photo")
    fresh = kept(in_transaction)[1] - before[1]
    assert in_transaction(lambda session: service.drop_old_look_alikes(session, 1000)) == max(before)
    assert kept(in_transaction) == [0, fresh]


def test_a_night_drops_them_a_part_at_a_time(beijinger, in_transaction, frozen_clock):
    assert "look_alikes.drop" in {job.name for job in JOBS}
    handed_in(beijinger, gpx(WHOLE), "gps_trace", GPX)
    before = kept(in_transaction)[0]
    frozen_clock.advance(KEPT + A_DAY)
    assert in_transaction(lambda session: service.drop_old_look_alikes(session, 2)) == 2
    assert kept(in_transaction)[0] == before - 2


def test_nothing_is_kept_longer_than_it_is_looked_for():
    longest = 31 * evidence.look_alikes.MONTHS
    assert KEPT.days >= longest - 1


def test_an_export_names_no_piece_of_somebody_else(beijinger, new_beijinger, in_transaction):
    rode(beijinger, WHOLE)
    copier = new_beijinger()
    assert rode(copier, noisy(WHOLE, by=timedelta(hours=20)))["status"] == "held"
    (record,) = in_transaction(lambda session: list(service.export_evidence(session, copier.user_id)))
    assert record["shows"]["alike"]["whose"] == "another's"
    assert "of" not in record["shows"]["alike"]
    assert beijinger.user_id not in orjson.dumps(record, default=str).decode()


def test_an_export_names_the_own_piece_that_one_looks_like(beijinger, in_transaction):
    first = rode(beijinger, WHOLE)
    rode(beijinger, noisy(WHOLE, 1, by=timedelta(hours=20)))
    records = in_transaction(lambda session: list(service.export_evidence(session, beijinger.user_id)))
    (alike,) = [record["shows"]["alike"] for record in records if "alike" in record["shows"]]
    (original,) = [record["id"] for record in records if record["activity_id"] == first["id"]]
    assert alike["of"] == [beijinger.user_id, original]
