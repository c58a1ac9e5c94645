"""Grams are held, released and retired: never more than there are, never twice, in intervals that follow each other."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.platform.core.errors import Refusal
from backend.registry import service as registry
from offsets import OffsetRefused
from tests.backend.registry.conftest import PROJECT, small_lot

TONNE = 1_000_000


def test_what_is_held_is_no_longer_available(shelf, buyer, stock):
    shelf(small_lot("a", units=2))
    buyer.hold("ord_1", 1500)
    assert stock() == (2 * TONNE - 1500, 1500, 0)


def test_holding_again_for_the_same_order_holds_nothing_more(shelf, buyer, stock):
    shelf(small_lot("a", units=1))
    assert buyer.hold("ord_1", 1500) == buyer.hold("ord_1", 1500)
    assert stock()[1] == 1500


def test_the_oldest_vintage_goes_first_and_the_next_lot_gives_the_rest(shelf, buyer):
    shelf(small_lot("young", units=1, vintage=2021), small_lot("old", units=1, first=2, vintage=2019))
    portions = {portion.lot_id: portion.grams for portion in buyer.hold("ord_1", TONNE + 10)}
    assert portions == {"old": TONNE, "young": 10}


def test_more_than_there_is_is_refused_and_holds_nothing(shelf, buyer, stock):
    shelf(small_lot("a", units=1), small_lot("b", units=1, first=2))
    with pytest.raises(OffsetRefused) as refused:
        buyer.hold("ord_1", 2 * TONNE + 1)
    assert (refused.value.code, refused.value.facts["available_g"]) == ("lots.insufficient_stock", 2 * TONNE)
    assert stock() == (2 * TONNE, 0, 0)


def test_a_project_off_sale_holds_nothing_more_but_keeps_what_is_held(shelf, buyer, in_transaction, stock):
    shelf(small_lot("a", units=1))
    buyer.hold("ord_1", 5)
    in_transaction(lambda session: registry.set_on_sale(session, PROJECT, False))
    with pytest.raises(OffsetRefused):
        buyer.hold("ord_2", 5)
    assert stock()[1] == 5


def test_releasing_gives_everything_back_once(shelf, buyer, stock):
    shelf(small_lot("a", units=1))
    buyer.hold("ord_1", 1500)
    assert buyer.release("ord_1") == 1500
    assert buyer.release("ord_1") == 0
    assert stock() == (TONNE, 0, 0)


def test_retiring_takes_the_next_interval_and_names_its_serials(shelf, buyer):
    shelf(small_lot("a", units=3))
    for order, grams in (("ord_1", 400), ("ord_2", TONNE)):
        buyer.hold(order, grams)
    first, second = buyer.retire("ord_1")[0], buyer.retire("ord_2")[0]
    assert (first.interval.start_g, first.interval.end_g) == (0, 400)
    assert (second.interval.start_g, second.interval.end_g) == (400, TONNE + 400)
    assert "000000001-000000001" in first.serials
    assert "000000001-000000002" in second.serials


def test_retiring_again_returns_the_first_records(shelf, buyer, stock):
    shelf(small_lot("a", units=1))
    buyer.hold("ord_1", 400)
    assert buyer.retire("ord_1") == buyer.retire("ord_1")
    assert stock() == (TONNE - 400, 0, 400)


def test_what_is_not_held_cannot_be_retired(shelf, buyer, make_buyer):
    shelf(small_lot("a", units=1))
    buyer.hold("ord_1", 400)
    with pytest.raises(Refusal) as refused:
        make_buyer().retire("ord_1")
    assert refused.value.code == "registry.nothing_held"


def test_a_serial_of_which_a_gram_is_sold_is_due_upstream_once(shelf, buyer, in_transaction):
    shelf(small_lot("a", units=5))
    for order, grams in (("ord_1", 1), ("ord_2", 10), ("ord_3", 2 * TONNE)):
        buyer.hold(order, grams)
        buyer.retire(order)
    dues = in_transaction(lambda s: [(due.from_unit, due.units) for due in registry.list_serial_dues(s)])
    assert dues == [(0, 1), (1, 2)]


def test_an_operator_records_what_the_upstream_registry_says(shelf, buyer, in_transaction):
    shelf(small_lot("a", units=5))
    buyer.hold("ord_1", 400)
    buyer.retire("ord_1")
    number = buyer.certify("ord_1")

    def state() -> str:
        return in_transaction(lambda s: registry.get_certificate(s, number).registry_states[0])

    said = {"who": "usr_operator", "reason": "monthly retirement"}
    assert state() == "due"
    in_transaction(lambda s: registry.ask_upstream(s, "a", 0, **said))
    assert state() == "asked"
    in_transaction(lambda s: registry.confirm_upstream(s, "a", 0, "VCS-RET-1", **said))
    assert state() == "confirmed"
    with pytest.raises(Refusal) as refused:
        in_transaction(lambda s: registry.confirm_upstream(s, "a", 0, "VCS-RET-2", **said))
    assert refused.value.code == "registry.not_due"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE lot_movements SET grams = 1",
        "DELETE FROM lot_movements",
        "UPDATE retirements SET end_g = end_g + 1",
        "UPDATE retirements SET purpose = 'x'",
        "DELETE FROM retirements",
        "UPDATE lots SET retired_g = retired_g - 1, available_g = available_g + 1",
        "UPDATE lots SET serials = 'DEMO-9'",
        "DELETE FROM lots",
    ],
)
def test_the_database_itself_refuses_to_rewrite_what_happened(change, shelf, buyer, in_transaction):
    shelf(small_lot("a", units=1))
    buyer.hold("ord_1", 400)
    buyer.retire("ord_1")
    with pytest.raises(DBAPIError):
        in_transaction(lambda session: session.execute(text(change)))


@pytest.mark.parametrize("column", ["available_g", "held_g", "retired_g"])
def test_the_database_itself_refuses_a_lot_that_does_not_add_up(column, shelf, in_transaction):
    shelf(small_lot("a", units=1))
    with pytest.raises(DBAPIError):
        in_transaction(lambda session: session.execute(text(f"UPDATE lots SET {column} = {column} + 1")))


@pytest.mark.concurrency
def test_sixty_buyers_and_stock_for_ten_sell_exactly_ten(shelf, make_buyer, parallel, stock):
    shelf(small_lot("a", units=6), small_lot("b", units=4, first=7))
    buyers = [make_buyer() for _ in range(60)]

    def buy(index: int) -> None:
        buyers[index].hold("ord_1", TONNE)
        buyers[index].retire("ord_1")

    race = parallel(60, buy)
    assert len(race.results) == 10
    assert {error.code for error in race.errors} == {"lots.insufficient_stock"}
    assert stock() == (0, 0, 10 * TONNE)


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard is switched off")
def test_control_with_a_look_before_the_write_more_than_ten_are_promised(shelf, parallel, make_app, engine):
    shelf(small_lot("a", units=10))
    if engine == "sqlite":
        promised = careless_sales(make_app(), parallel, read_only_look=True)
    else:
        promised = careless_sales(make_app(), parallel, read_only_look=False)
    assert promised > 10


def careless_sales(app, parallel, *, read_only_look: bool) -> int:
    """How many of 60 buyers are promised a unit when the look and the write are not one conditional update."""
    import time

    from backend.platform.data.transactions import in_transaction

    def look(session) -> bool:
        left = session.scalar(text("SELECT available_g FROM lots"))
        time.sleep(0.01)
        return left >= TONNE

    def promise(session) -> bool:
        if not read_only_look and not look(session):
            return False
        session.execute(text("UPDATE lots SET movements = movements + 1"))
        return True

    def buy(_index: int) -> bool:
        with app.app_context():
            if read_only_look and not in_transaction(look, read_only=True):
                return False
            return in_transaction(promise)

    return sum(parallel(60, buy).results)


@pytest.mark.breaks_invariants("a hold that the lot does not have is planted")
def test_a_hold_that_its_lot_does_not_have_is_not_retired(buyer, make_buyer, shelf, in_transaction, stock):
    """Somebody else's grams are not used up for it."""
    shelf(small_lot("a", units=1))
    buyer.hold("ord_1", 1000)
    in_transaction(lambda session: session.execute(text("UPDATE holds SET grams = 1001")))
    make_buyer()
    with pytest.raises(Refusal, match="hold_not_backed"):
        buyer.retire("ord_1")
    assert stock() == (TONNE - 1000, 1000, 0)


def test_what_nobody_set_aside_is_not_retired_although_others_have_holds(buyer, make_buyer, shelf, stock):
    shelf(small_lot("a", units=1))
    make_buyer().hold("ord_1", 1000)
    with pytest.raises(Refusal, match="nothing_held"):
        buyer.retire("ord_1")
    assert stock() == (TONNE - 1000, 1000, 0)
