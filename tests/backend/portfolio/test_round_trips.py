"""The pages that an app shows at its start are read in at most three round trips, whatever the record holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import event

from backend.platform.data import pipeline
from tests.backend.activities.conftest import log
from tests.backend.activities.test_routines import COMMUTE

MOST, COMMIT = 3, 1


@pytest.fixture
def trips_of(app, monkeypatch) -> Callable[[Callable[[], Any]], int]:
    """How many round trips some work makes: pipelines, what the driver executes by itself, and the commit."""
    if app.extensions["carbon.engine"].dialect.name != "postgresql":
        pytest.skip("SQLite has no round trips")
    seen: list[int] = []
    real = pipeline.run
    monkeypatch.setattr(pipeline, "run", lambda *given: (seen.append(1), real(*given))[1])
    event.listen(app.extensions["carbon.engine"], "before_cursor_execute", lambda *_: seen.append(1))

    def count(work: Callable[[], Any]) -> int:
        seen.clear()
        work()
        return len(seen) + COMMIT

    return count


@pytest.mark.parametrize("path", ["/v1/home", "/v1/activities?limit=5", "/v1/account"])
def test_a_page_is_read_in_three_round_trips(path, beijinger, trips_of):
    beijinger.post("/v1/routines", COMMUTE)
    for number in range(7):
        log(beijinger, distance=str(1 + number))
    beijinger.get(path)  # who asks, and what is in force, is known from now on
    assert trips_of(lambda: beijinger.get(path)) <= MOST


def test_the_pages_after_the_first_take_as_few(beijinger, trips_of):
    rides = [log(beijinger, distance=str(1 + number))["id"] for number in range(7)]
    shown, cursor = [], ""
    while cursor is not None:
        path = f"/v1/activities?limit=3{cursor and f'&cursor={cursor}'}"
        pages: list[Any] = []
        assert trips_of(lambda path=path, pages=pages: pages.append(beijinger.get(path).json)) <= MOST
        shown += [item["id"] for item in pages[0]["items"]]
        cursor = pages[0]["next_cursor"]
    assert sorted(shown) == sorted(rides)
