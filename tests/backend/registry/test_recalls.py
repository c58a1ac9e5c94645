"""Units taken back after they were sold: sale stops, each owner is told once and gets others or their money."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text

from backend.platform.core.errors import InvalidFields, Refusal
from backend.registry import service as registry
from backend.registry.service import recalls
from offsets import OffsetRefused
from tests.backend.registry.conftest import PROJECT, SERIALS, small_lot

TONNE = 1_000_000
WHO = "an operator"


@pytest.fixture
def recall(in_transaction) -> Callable[..., Any]:
    """`recall(vintage=2019)`: opened, and nobody told yet."""

    def opened(remedy: str = "replace", **units: Any) -> Any:
        chosen = registry.UnitChoice(PROJECT, **units)
        request = registry.RecallRequest(chosen, "invalidated", remedy, None, WHO, "the registry said so")
        return in_transaction(lambda session: registry.open_recall(session, request))

    return opened


@pytest.fixture
def make_good(in_transaction) -> Callable[[], int]:
    """As the job does it: everybody who has not got anything, one transaction each; how many."""

    def work() -> int:
        people = in_transaction(lambda session: registry.list_recalled_people(session, "", 1000))
        for user_id in people:
            in_transaction(lambda session, one=user_id: registry.make_good(session, one))
        return len(people)

    return work


@pytest.fixture
def rows(in_transaction) -> Callable[[str], list[Any]]:
    return lambda query: in_transaction(lambda session: session.execute(text(query)).all())


def buy(buyer: Any, reference: str, grams: int) -> str:
    buyer.hold(reference, grams)
    buyer.retire(reference)
    return buyer.certify(reference)


def test_a_recalled_vintage_with_many_certificates_is_made_good_once_each(
    shelf, make_buyer, recall, make_good, rows, in_transaction, counts, monkeypatch
):
    many = counts(small=20, long=300)
    shelf(small_lot("old", units=1, vintage=2018), small_lot("new", units=1, first=2, vintage=2020))
    buyers = [make_buyer() for _ in range(many)]
    numbers = [buy(buyer, f"ord_{place}", 1000) for place, buyer in enumerate(buyers)]
    opened = recall(vintage=2018)
    assert (opened.waiting_owners, opened.progress.owners) == (many, 0)
    assert in_transaction(lambda session: registry.get_offer(session, PROJECT)).available_g == TONNE

    told, notify = [], recalls.inbox.notify

    def fails_once(session: Any, user_id: str, *given: Any, **named: Any) -> None:
        told.append(user_id)
        if len(told) == many // 2:
            raise RuntimeError("the machine went away")
        notify(session, user_id, *given, **named)

    monkeypatch.setattr(recalls.inbox, "notify", fails_once)
    with pytest.raises(RuntimeError):
        make_good()
    assert make_good() == many - many // 2 + 1
    assert make_good() == 0

    notes = rows("SELECT user_id, count(*) FROM inbox_notes WHERE kind = 'certificate.recalled' GROUP BY user_id")
    assert sorted(user_id for user_id, _ in notes) == sorted(buyer.id for buyer in buyers)
    assert {count for _, count in notes} == {1}
    progress = in_transaction(lambda session: registry.get_recall(session, opened.recall.id))
    assert (progress.waiting_owners, progress.progress.owners, progress.progress.certificates) == (0, many, many)
    assert (progress.progress.replaced_g, progress.progress.refunded_g) == (many * 1000, 0)
    assert rows("SELECT retired_g FROM lots WHERE lot_id = 'new'") == [(many * 1000,)]
    for number in numbers:
        verdict = in_transaction(lambda session, one=number: registry.verify_certificate(session, one))
        assert verdict.is_genuine
        assert verdict.view.recalled_g == 1000
        (other,) = verdict.view.replaced_by
        assert in_transaction(lambda session, one=other: registry.get_certificate(session, one)).replaces == number


def test_the_page_of_a_recalled_certificate_says_so_in_both_languages(client, shelf, buyer, recall, make_good):
    shelf(small_lot("old", units=1, vintage=2018), small_lot("new", units=1, first=2, vintage=2020))
    number = buy(buyer, "ord_1", 2500)
    recall(lot_id="old")
    make_good()
    shown = client.get(f"/v1/certificates/{number}").get_json()
    assert shown["recalled_g"] == 2500
    (other,) = shown["replaced_by"]
    for language, words in (("en", "took back the units"), ("zh-CN", "收回了其中")):
        page = client.get(f"/v1/certificates/{number}/page", headers={"Accept-Language": language}).get_data(
            as_text=True
        )
        assert words in page
        assert other in page
    assert number in client.get(f"/v1/certificates/{other}/page").get_data(as_text=True)


def test_what_is_recalled_counts_no_more_and_what_replaces_it_does(shelf, buyer, recall, make_good, in_transaction):
    shelf(small_lot("old", units=3, vintage=2018), small_lot("new", units=3, first=4, vintage=2020))
    buy(buyer, "ord_1", 2 * TONNE + 500)
    recall(serials=SERIALS.format(first=2, last=2))
    make_good()
    records = in_transaction(lambda session: registry.list_retired_for(session, buyer.id, "voluntary offset"))
    assert sorted((one.lot_id, one.interval.start_g, one.interval.end_g) for one in records) == [
        ("new", 0, TONNE),
        ("old", 0, TONNE),
        ("old", 2 * TONNE, 2 * TONNE + 500),
    ]


def test_where_there_is_too_little_other_stock_the_money_goes_back(shelf, buyer, recall, make_good, rows):
    shelf(small_lot("old", units=1, vintage=2018))
    number = buy(buyer, "ord_1", 2000)
    recall(vintage=2018)
    make_good()
    assert rows("SELECT outcome, number FROM recalled_retirements") == [("refunded", number)]
    assert rows("SELECT count(*) FROM outbox WHERE topic = 'registry.recall_refund'") == [(1,)]


def test_sale_stops_at_once_and_what_is_held_is_exchanged_before_it_is_retired(shelf, buyer, make_buyer, recall, rows):
    shelf(small_lot("old", units=1, vintage=2018), small_lot("new", units=1, first=2, vintage=2020))
    buyer.hold("ord_1", 3000)
    recall(vintage=2018)
    assert [portion.lot_id for portion in make_buyer().hold("ord_2", 1000)] == ["new"]
    assert [record.lot_id for record in buyer.retire("ord_1")] == ["new"]
    assert rows("SELECT available_g, held_g, retired_g FROM lots WHERE lot_id = 'old'") == [(TONNE, 0, 0)]


def test_with_no_other_stock_what_is_held_of_recalled_units_is_not_retired(shelf, buyer, recall, rows):
    shelf(small_lot("old", units=1, vintage=2018))
    buyer.hold("ord_1", 3000)
    recall(vintage=2018)
    with pytest.raises(OffsetRefused, match="insufficient_stock"):
        buyer.retire("ord_1")
    assert rows("SELECT held_g, retired_g FROM lots") == [(3000, 0)]


def test_a_replacement_that_is_recalled_too_is_replaced_again(shelf, buyer, recall, make_good, in_transaction):
    shelf(*(small_lot(f"of-{year}", 1, first=year, vintage=year) for year in (2018, 2019, 2020)))
    buy(buyer, "ord_1", 1000)
    for year in (2018, 2019):
        recall(vintage=year)
        make_good()
    records = in_transaction(lambda session: registry.list_retired_for(session, buyer.id, "voluntary offset"))
    assert [(one.lot_id, one.grams) for one in records] == [("of-2020", 1000)]


def test_units_are_recalled_once_and_chosen_in_one_way(shelf, recall):
    shelf(small_lot("old", units=3, vintage=2018))
    recall(serials=SERIALS.format(first=1, last=2))
    with pytest.raises(Refusal, match="recalled_already"):
        recall(vintage=2018)
    with pytest.raises(Refusal, match="no_such_units"):
        recall(vintage=1999)
    with pytest.raises(InvalidFields):
        recall(vintage=2018, lot_id="old")


def test_who_owns_what_rests_on_the_units_is_found_before_they_are_recalled(shelf, buyer, make_buyer, in_transaction):
    shelf(small_lot("old", units=2, vintage=2018))
    buy(buyer, "ord_1", TONNE)
    other = make_buyer()
    buy(other, "ord_2", 1000)

    def owners(**units: Any) -> set[str]:
        chosen = registry.UnitChoice(PROJECT, **units)
        return set(in_transaction(lambda session: registry.list_owners_behind(session, chosen)))

    assert owners(vintage=2018) == {buyer.id, other.id}
    assert owners(serials=SERIALS.format(first=2, last=2)) == {other.id}


@pytest.mark.breaks_invariants("a replacement is planted that nothing was retired for")
def test_a_replacement_without_its_grams_is_noticed(shelf, buyer, recall, make_good, in_transaction):
    shelf(small_lot("old", units=1, vintage=2018), small_lot("new", units=1, first=2, vintage=2020))
    buy(buyer, "ord_1", 1000)
    recall(vintage=2018)
    make_good()
    in_transaction(lambda session: session.execute(text("UPDATE recalled_retirements SET end_g = end_g - 1")))
    found = in_transaction(lambda session: [one.rule for one in registry.verify(session)])
    assert "as much is retired in place of recalled grams as there were" in found
