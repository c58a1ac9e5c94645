"""What stays of the activities of somebody who was erased tells the day and the region, no instant and no place."""

from __future__ import annotations

from datetime import UTC, datetime, time

from sqlalchemy import select

from backend.activities import service
from backend.activities.models import Activity
from tests.backend.activities.conftest import log


def activities(in_transaction):
    def read(session):
        return {row["id"]: row for row in session.execute(select(Activity.__table__)).mappings()}

    return in_transaction(read, read_only=True)


def test_the_day_and_the_region_stay_and_the_instant_and_the_place_go(beijinger, in_transaction):
    kept = log(beijinger, region="CN-HB/wuhan")
    beijinger.post(f"/v1/activities/{log(beijinger, distance='9')['id']}/withdraw")
    before = activities(in_transaction)
    assert (before[kept["id"]]["given_region"], before[kept["id"]]["zone"]) == ("CN-HB/wuhan", "Asia/Shanghai")

    in_transaction(lambda session: service.forget(session, beijinger.user_id))
    after = activities(in_transaction)
    assert (after[kept["id"]]["given_region"], after[kept["id"]]["region"]) == ("CN-HB", "CN-BJ")
    for key, row in after.items():
        assert row["occurred_at"] == datetime.combine(before[key]["occurred_on"], time.min, UTC)
        assert row["created_at"] == datetime.combine(before[key]["created_at"].date(), time.min, UTC)
        assert (row["zone"], row["occurred_on"]) == ("UTC", before[key]["occurred_on"])
        assert (row["withdrawn_at"] is None) is (before[key]["withdrawn_at"] is None)
        assert row["withdrawn_at"] is None or row["withdrawn_at"].time() == time.min
