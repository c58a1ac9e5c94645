"""Whoever keeps the stock is told once when a project runs low, and again only after more was imported and sold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from backend.registry import service as registry
from config.policy import load_policy
from tests.backend.registry.conftest import PROJECT, small_lot

TONNE = 1_000_000
LOW = load_policy().stock.low_g // TONNE


@pytest.fixture
def keepers(new_person) -> list[str]:
    """Two who keep the stock, beside somebody who does not."""
    new_person(roles=("support",))
    return sorted(new_person(roles=(role,)).user_id for role in ("finance", "admin"))


@pytest.fixture
def hour(in_transaction) -> Callable[[], list[str]]:
    """As the job does it, each hour: whom it found, each told in a transaction of their own."""

    def work() -> list[str]:
        found = in_transaction(lambda session: registry.list_keepers_to_tell(session, "", 100))
        for one in found:
            in_transaction(lambda session, one=one: registry.tell_low_stock(session, one, {}))
        return found

    return work


@pytest.fixture
def told(in_transaction) -> Callable[[], list[str]]:
    query = text("SELECT user_id FROM inbox_notes WHERE kind = 'stock.low' ORDER BY user_id")
    return lambda: in_transaction(lambda session: list(session.scalars(query)))


def test_keepers_are_told_once_for_each_time_a_project_runs_low(shelf, buyer, keepers, hour, told, in_transaction):
    shelf(small_lot("a", units=LOW))
    assert (hour(), told()) == ([], [])
    for sale in range(3):
        buyer.hold(f"ord_{sale}", TONNE)
        hour()
    assert told() == keepers
    for sale in range(3):  # the holds lapse, and come again
        buyer.release(f"ord_{sale}")
    buyer.hold("ord_9", TONNE)
    assert (hour(), told()) == ([], keepers)

    lot = small_lot("b", units=5, first=1_000)
    in_transaction(lambda session: registry.import_block(session, PROJECT, lot, who="test"))
    assert hour() == []
    buyer.hold("ord_10", 5 * TONNE)
    assert hour() == keepers
    assert told() == sorted(2 * keepers)


def test_somebody_who_becomes_a_keeper_later_is_told_too(shelf, keepers, new_person, hour):
    shelf(small_lot("a", units=1))
    assert hour() == keepers
    late = new_person(roles=("finance",)).user_id
    assert hour() == [late]


def test_what_is_recalled_is_not_left_and_what_is_not_on_sale_is_nobodys_worry(shelf, keepers, hour, in_transaction):
    shelf(small_lot("a", units=LOW, vintage=2018), small_lot("b", units=1, first=1_000))
    assert hour() == []
    units = registry.UnitChoice(PROJECT, vintage=2018)
    request = registry.RecallRequest(units, "suspended", "refund", None, "an operator", "the registry said so")
    in_transaction(lambda session: registry.open_recall(session, request))
    (low,) = in_transaction(registry.list_low_stock)
    assert (low.project_id, low.available_g, low.lots) == (PROJECT, TONNE, 2)
    in_transaction(lambda session: registry.set_on_sale(session, PROJECT, False))
    assert hour() == []


def test_the_note_names_the_project_and_what_is_left_in_both_languages(shelf, new_person, hour):
    shelf(small_lot("a", units=2))
    keeper: Any = new_person(roles=("finance",))
    hour()
    for language, words in (("en", "2,000 kg left"), ("zh-CN", "2,000 千克")):
        (note,) = keeper.get("/v1/inbox", headers={"Accept-Language": language}).json["items"]
        assert words in note["text"]
