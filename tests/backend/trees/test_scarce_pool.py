"""Many buyers at once of a pool with trees for some: never more is sold than there is, and each pays for it once."""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from backend.platform.core.errors import Refusal
from backend.platform.data import ids, transactions
from backend.trees import service as trees
from tests.backend.trees.conftest import AT, SOLD, small_pool
from tests.races import everyone_reads_first

PAYS, PAYS_TWICE, LAPSES = "pays", "pays_twice", "lapses"


def hold(wood, owner: str, reference: str, shares: int):
    return wood.in_transaction(
        lambda session: trees.hold(session, trees.TreeHolder(owner, reference), SOLD, shares, AT)
    )


def pay(wood, owner: str, reference: str):
    grant = trees.Grant(owner, reference, trees.Origin.BOUGHT, "Lin Wei", shows_name=True)
    return wood.in_transaction(lambda session: trees.fund(session, grant, AT + timedelta(minutes=1)))


def lapse(wood, owner: str, reference: str) -> int:
    return wood.in_transaction(lambda session: trees.release(session, owner, reference, AT + timedelta(hours=1)))


@pytest.mark.concurrency
def test_ten_trees_are_sold_ten_times_whoever_pays_twice_or_lets_an_order_lapse(wood, parallel, counts) -> None:
    rng, many, rounds, there = random.Random(17), counts(small=40, long=100), counts(small=1, long=20), 10
    for turn in range(1, rounds + 1):
        wood.record(small_pool(SOLD, there * turn))
        left_before = wood.pool().available_shares
        buyers = [(wood.new_owner(), ids.new_id("order"), rng.choice((1, 2, 3))) for _ in range(many)]
        ends = [rng.choice((PAYS, PAYS, PAYS_TWICE, LAPSES)) for _ in range(many)]

        def buy(place: int, buyers=buyers, ends=ends):
            owner, reference, shares = buyers[place]
            hold(wood, owner, reference, shares)
            if ends[place] == LAPSES:
                lapse(wood, owner, reference)
                return None
            paid = [pay(wood, owner, reference) for _ in range(2 if ends[place] == PAYS_TWICE else 1)]
            assert len({holding.id for holding in paid}) == 1
            assert lapse(wood, owner, reference) == 0  # the lapse of an order that was paid takes nothing back
            return paid[0]

        race = parallel(many, buy)
        assert {type(error) for error in race.errors} <= {Refusal}
        assert {error.code for error in race.errors} == {"trees.too_few"}
        sold = [holding for holding in race.results if holding is not None]
        pool = wood.pool()
        assert sum(holding.interval.shares for holding in sold) == left_before - pool.available_shares
        assert (pool.held_shares, pool.funded_shares <= pool.capacity_shares) == (0, True)
        owned = Counter(share for holding in sold for share in range(holding.interval.start, holding.interval.end))
        assert set(owned.values()) <= {1}
        assert not wood.broken()


@pytest.mark.concurrency
def test_an_order_that_is_paid_and_lapses_at_once_does_one_of_both(wood, parallel, counts) -> None:
    orders = counts(small=4, long=50)
    wood.record(small_pool(SOLD, orders))
    for _ in range(orders):
        owner, reference = wood.new_owner(), ids.new_id("order")
        hold(wood, owner, reference, 1)
        funded_before = wood.pool().funded_shares
        race = parallel(2, lambda way, owner=owner, reference=reference: (pay, lapse)[way](wood, owner, reference))
        is_funded = wood.pool().funded_shares == funded_before + 1
        assert wood.pool().held_shares == 0
        assert [error.code for error in race.errors] == ([] if is_funded else ["trees.nothing_held"])
        assert race.results[-1] == (0 if is_funded else 1)
    assert not wood.broken()


@pytest.mark.concurrency
@pytest.mark.breaks_invariants("the guard is switched off")
def test_control_who_only_looks_at_what_is_left_promises_more_trees_than_there_are(wood, parallel, make_app) -> None:
    wood.record(small_pool(SOLD, 10))
    app, buyers = make_app(), 4
    look = everyone_reads_first(buyers, lambda session: trees.get_pool(session, SOLD).pool.available_shares)

    def buy(_place: int) -> bool:
        with app.app_context():
            return transactions.in_transaction(look, read_only=True) >= 4

    assert sum(parallel(buyers, buy).results) * 4 > 10
