"""Reading one's own activities, exporting them, and what stays when a person is forgotten."""

from __future__ import annotations

import pytest
from sqlalchemy import event, text

from backend.activities import service
from backend.platform.data import pipeline
from tests.backend.activities.conftest import TRIP, log


def test_the_list_comes_latest_first_and_in_pages_that_neither_skip_nor_repeat(beijinger):
    hours = (8, 6, 10, 9, 7)
    logged = {hour: log(beijinger, occurred_at=f"2026-11-20T{hour:02}:00:00+08:00")["id"] for hour in hours}
    seen, cursor = [], None
    while True:
        page = beijinger.get(f"/v1/activities?limit=2{f'&cursor={cursor}' if cursor else ''}").json
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        log(beijinger, occurred_at="2026-11-20T11:00:00+08:00")  # a new one on top disturbs no page below
    assert seen == [logged[hour] for hour in sorted(hours, reverse=True)]


@pytest.fixture
def count_statements(app, monkeypatch):
    """`count_statements(ask)`: how many statements the database got, by a cursor or in a pipeline."""
    sent = []
    run = pipeline.run

    def run_noted(connection, statements):
        sent.extend(statements)
        return run(connection, statements)

    def note(*_anything):
        sent.append(None)

    def count(ask):
        sent.clear()
        ask()
        return len(sent)

    engine = app.extensions["carbon.engine"]
    monkeypatch.setattr(pipeline, "run", run_noted)
    event.listen(engine, "before_cursor_execute", note)
    yield count
    event.remove(engine, "before_cursor_execute", note)


def test_a_page_of_many_takes_the_statements_of_a_page_of_two(beijinger, count_statements):
    for hour in range(5, 12):
        log(beijinger, occurred_at=f"2026-11-20T{hour:02}:00:00+08:00")
    two, all_of_them = (
        count_statements(lambda limit=limit: beijinger.get(f"/v1/activities?limit={limit}")) for limit in (2, 7)
    )
    assert 0 < two == all_of_them <= 5


def test_each_of_a_page_is_shown_with_its_own_newest_reduction_and_points(beijinger):
    rides = [log(beijinger, occurred_at=f"2026-11-20T{hour:02}:00:00+08:00", distance=str(hour)) for hour in (8, 9, 10)]
    beijinger.post(f"/v1/activities/{rides[1]['id']}/withdraw")
    first, withdrawn, last = reversed(beijinger.get("/v1/activities").json["items"])
    assert (first, last) == (rides[0], rides[2])
    assert withdrawn == beijinger.get(f"/v1/activities/{rides[1]['id']}").json
    assert (withdrawn["status"], withdrawn["points"]["amount"]) == ("withdrawn", 0)


def test_the_list_can_be_of_one_methodology(beijinger, with_behaviour_points):
    body = {"methodology": with_behaviour_points, "occurred_at": "2026-11-20T09:00:00+08:00", "inputs": {"bills": 2}}
    beijinger.post("/v1/activities", body)
    trip = log(beijinger)
    items = beijinger.get(f"/v1/activities?methodology={TRIP}").json["items"]
    assert [item["id"] for item in items] == [trip["id"]]


def test_an_activity_reads_as_it_was_answered_and_only_to_its_owner(beijinger, new_beijinger):
    activity = log(beijinger)
    assert beijinger.get(f"/v1/activities/{activity['id']}").json == activity
    assert beijinger.get("/v1/activities").json["items"] == [activity]
    assert new_beijinger().get("/v1/activities").json["items"] == []


def test_the_export_holds_every_activity_with_every_revision(beijinger, session, monkeypatch):
    monkeypatch.setattr("backend.activities.service.queries.EXPORTED_AT_ONCE", 2)
    rides = [log(beijinger, distance="500", occurred_at=f"2026-11-20T08:1{turn}:00+08:00") for turn in range(3)]
    beijinger.post(f"/v1/activities/{rides[0]['id']}/withdraw")
    exported = list(service.export(session, beijinger.user_id))
    assert [row["id"] for row in exported] == [ride["id"] for ride in rides]
    assert [len(row["reductions"]) for row in exported] == [1, 1, 2]
    assert exported[0]["status"] == "withdrawn"


def test_forgetting_a_person_keeps_every_sum_and_no_trace_of_their_device(beijinger, in_transaction, session):
    log(beijinger, client_id="canary-phone")
    before = session.execute(text("SELECT SUM(credited) FROM day_totals")).scalar_one()
    session.rollback()
    in_transaction(lambda session: service.forget(session, beijinger.user_id))
    assert session.execute(text("SELECT SUM(credited) FROM day_totals")).scalar_one() == before
    kept = session.execute(text("SELECT * FROM activities")).mappings().one()
    assert "canary" not in str(dict(kept))
