"""Whoever uses a methodology hears what its next version does, on the last thing they did, once."""

from __future__ import annotations

import pytest

from backend.activities import service
from tests.backend.activities.conftest import log


@pytest.fixture
def announce(in_transaction):
    """Tell everyone, as the job does; whom it found."""

    def run():
        people = in_transaction(lambda session: service.list_affected(session, "", 100), read_only=True)
        for user_id in people:
            in_transaction(lambda session, user_id=user_id: service.announce(session, user_id))
        return people

    return run


def notes(person, language="en"):
    return person.get("/v1/inbox", headers={"Accept-Language": language}).json["items"]


def test_a_new_version_is_told_with_the_grams_before_and_after(beijinger, with_another_figure, announce):
    ride = log(beijinger, mode="bus")
    with_another_figure("trip_bus", "CN-BJ", "0.030")
    assert announce() == [beijinger.user_id]
    (note,) = notes(beijinger)
    before, after = ride["reduction"]["credited_g"], note["facts"]["after_g"]
    assert after > before == note["facts"]["before_g"]
    assert note["title"] == "“Low-carbon trip” changes on November 23, 2026"
    assert f"was worth {before} g (points: {before}) by itself; the same will be worth {after} g" in note["text"]
    assert f"单独计 {before} 克（{before} 积分），同样的活动今后计 {after} 克" in notes(beijinger, "zh-CN")[0]["text"]


def test_nobody_is_told_twice(beijinger, with_another_figure, announce):
    log(beijinger, mode="bus")
    with_another_figure("trip_bus", "CN-BJ", "0.030")
    announce()
    assert announce() == []
    assert len(notes(beijinger)) == 1


def test_whoever_never_used_it_hears_nothing(beijinger, new_beijinger, with_another_figure, announce):
    log(beijinger, mode="bus")
    stranger = new_beijinger()
    with_another_figure("trip_bus", "CN-BJ", "0.030")
    assert announce() == [beijinger.user_id]
    assert notes(stranger) == []


def test_a_change_that_changes_nothing_for_somebody_is_not_told(beijinger, with_another_figure, announce):
    log(beijinger)
    with_another_figure("trip_bus", "CN-BJ", "0.060")
    announce()
    assert notes(beijinger) == []
