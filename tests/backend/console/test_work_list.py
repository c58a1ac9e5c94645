"""What waits for somebody is found by what they may decide, however much waits that others decide about."""

from __future__ import annotations

import pytest

from backend.console.service import work_list
from backend.methodology import service as methodology
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import ENGLISH
from backend.platform.core.roles import REVIEWER
from calculators import load_library
from tests.backend.console.conftest import TRIP

MEAL = "food.meal"


@pytest.fixture
def waiting(in_transaction, shipped, changed, monkeypatch):
    """`waiting(user_id)`: the names of the reviews that wait for them, where a list shows one."""
    monkeypatch.setattr(work_list, "SHOWN", 1)
    other = load_library().methodologies[MEAL].text

    def submit(session):
        for author, document in (("usr_lin", shipped), ("usr_lin", changed), ("usr_mei", other)):
            methodology.submit_draft(session, author, document)

    in_transaction(submit)

    def listed(user_id: str) -> tuple[list[str], bool]:
        actor = Actor(user_id, "", frozenset({REVIEWER}))
        kinds = in_transaction(lambda session: work_list.list_work(session, actor, ENGLISH), read_only=True)
        (reviews,) = [kind for kind in kinds if kind.kind == "reviews"]
        return [item.words for item in reviews.items], reviews.is_more

    return listed


def test_a_review_behind_more_of_ones_own_drafts_than_a_list_shows_is_found(waiting):
    assert waiting("usr_lin") == ([f"{MEAL} · 1"], False)
    assert waiting("usr_mei") == ([f"{TRIP} · 1"], True)
