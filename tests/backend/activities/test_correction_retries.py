"""A correction that the database asks to try again comes to the same: no attempt takes anything from the next."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from backend.platform.data import transactions
from tests.backend.activities.conftest import log
from tests.backend.activities.test_corrections import correct, read, ride


class Conflict(Exception):
    sqlstate = "40001"


@pytest.fixture
def tried_twice(monkeypatch) -> list[Any]:
    """Every transaction does its work, is told of a conflict, and does it again; what was tried, in order."""
    attempt, tried = transactions._attempt, []

    def conflicting(work: Any, *options: Any) -> Any:
        def collide(session: Any) -> None:
            work(session)
            raise OperationalError("COMMIT", {}, Conflict())

        is_first = not any(one is work for one in tried)
        tried.append(work)
        return attempt(collide if is_first else work, *options)

    monkeypatch.setattr(transactions, "_attempt", conflicting)
    monkeypatch.setattr(transactions.time, "sleep", lambda _pause: None)
    return tried


def test_a_correction_is_tried_again_with_all_that_was_sent(beijinger, tried_twice):
    activity = log(beijinger, distance="20")
    before = len(tried_twice)
    corrected = correct(beijinger, activity, ride("10"))
    assert len(tried_twice) - before >= 2
    assert corrected["inputs"]["distance"]["value"] == "10"
    assert read(beijinger, activity) == corrected
    assert len(beijinger.get(f"/v1/activities/{activity['id']}/reports").json["reports"]) == 1


def test_a_search_of_figures_is_tried_again_with_its_words(beijinger, tried_twice):
    found = beijinger.get("/v1/factors?query=beef")
    assert found.status_code == 200, found.json
    assert found.json["items"]
    assert len(tried_twice) >= 2
