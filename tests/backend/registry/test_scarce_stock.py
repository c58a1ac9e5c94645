"""Many buyers of 1, 2, 3 or 7 kg at once against stock for some: never more is sold than there is."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout

from backend.platform.data import transactions
from tests.backend.registry.conftest import small_lot
from tests.races import everyone_reads_first

KG = 1000


def come_again(act: Callable[[], Any]) -> Any:
    """What `act` comes to, done again while every connection is taken: two hundred share a pool of a few."""
    while True:
        try:
            return act()
        except PoolTimeout:
            continue


@pytest.mark.concurrency
def test_what_is_left_is_less_than_the_smallest_that_was_refused(shelf, make_buyer, parallel, stock, counts):
    rng, many, rounds = random.Random(17), counts(small=60, long=200), counts(small=1, long=20)
    shelf(small_lot("a", units=rounds), small_lot("b", units=1, first=1000, vintage=2018))
    clerk = make_buyer()
    for turn in range(rounds):
        scarce = many * KG  # for about a third of those who come
        clerk.hold(f"kept_{turn}", stock()[0] - scarce)
        buyers, wanted = [make_buyer() for _ in range(many)], [rng.choice((1, 2, 3, 7)) * KG for _ in range(many)]
        refused = []

        def buy(place: int, buyers=buyers, wanted=wanted, refused=refused) -> int:
            try:
                come_again(lambda: buyers[place].hold("ord_1", wanted[place]))
            except Exception:
                refused.append(wanted[place])
                raise
            come_again(lambda: buyers[place].retire("ord_1"))
            return wanted[place]

        race = parallel(many, buy)
        assert {error.code for error in race.errors} == {"lots.insufficient_stock"}
        left = stock()[0]
        assert sum(race.results) == scarce - left
        assert 0 <= left < min(refused)
        clerk.release(f"kept_{turn}")


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard is switched off")
def test_control_without_the_condition_of_the_update_more_is_promised_than_there_is(
    shelf, parallel, make_app, in_transaction
):
    shelf(small_lot("a", units=1))
    in_transaction(
        lambda session: session.execute(text("UPDATE lots SET available_g = 2000, held_g = issued_g - 2000"))
    )
    app, buyers = make_app(), 4
    look = everyone_reads_first(buyers, lambda session: session.scalar(text("SELECT available_g FROM lots")))

    def buy(_place: int) -> bool:
        with app.app_context():
            return transactions.in_transaction(look, read_only=True) >= 2 * KG

    assert sum(parallel(buyers, buy).results) * 2 * KG > 2 * KG
