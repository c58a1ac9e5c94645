"""Shares of a pool are held, funded and earned: never more than there are, each one person's, in order."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from backend.platform.core.errors import Refusal
from backend.platform.data import ids
from backend.trees import service as trees
from backend.trees.service import claims
from tests.backend.trees.conftest import AT, EARNED, KEEPER, SOLD, small_pool
from tests.races import everyone_reads_first


def shares_of(wood, pool_id=SOLD) -> tuple[int, int, int]:
    pool = wood.pool(pool_id)
    return pool.available_shares, pool.held_shares, pool.funded_shares


def hold(wood, reference: str, shares: int, owner: str = "usr_1", pool_id: str = SOLD):
    return wood.in_transaction(
        lambda session: trees.hold(session, trees.TreeHolder(owner, reference), pool_id, shares, AT)
    )


def test_what_is_held_is_no_longer_available_and_comes_back_once(wood) -> None:
    wood.record(small_pool(SOLD, 10, shares=4))
    assert hold(wood, "ord_1", 6) == hold(wood, "ord_1", 6)
    assert shares_of(wood) == (34, 6, 0)
    released = [wood.in_transaction(lambda session: trees.release(session, "usr_1", "ord_1", AT)) for _ in range(2)]
    assert released == [6, 0]
    assert shares_of(wood) == (40, 0, 0)


def test_more_than_there_is_is_refused_and_holds_nothing(wood) -> None:
    wood.record(small_pool(SOLD, 2))
    with pytest.raises(Refusal) as refused:
        hold(wood, "ord_1", 3)
    assert (refused.value.code, refused.value.facts["available_shares"]) == ("trees.too_few", 2)
    assert shares_of(wood) == (2, 0, 0)


def test_a_closed_pool_sells_nothing_more_but_keeps_what_is_held(wood) -> None:
    wood.record(small_pool(SOLD, 5))
    hold(wood, "ord_1", 2)
    wood.in_transaction(lambda session: trees.set_open(session, SOLD, KEEPER, is_open=False))
    with pytest.raises(Refusal, match=r"trees\.not_open"):
        hold(wood, "ord_2", 1)
    grant = trees.Grant("usr_1", "ord_1", trees.Origin.BOUGHT, "", shows_name=False)
    assert wood.in_transaction(lambda session: trees.fund(session, grant, AT)).interval.shares == 2


def test_neighbours_have_the_shares_of_one_tree_and_no_share_is_two_peoples(wood) -> None:
    wood.record(small_pool(SOLD, 3, shares=4))
    intervals = [wood.buy(shares).interval for shares in (1, 2, 1, 4)]
    assert [(one.start, one.end) for one in intervals] == [(0, 1), (1, 3), (3, 4), (4, 8)]
    assert not wood.broken()


def test_funding_again_returns_the_first_holding(wood) -> None:
    wood.record(small_pool(SOLD, 3))
    made = wood.buy(2)
    grant = trees.Grant(made.user_id, made.reference, trees.Origin.BOUGHT, "", shows_name=False)
    assert wood.in_transaction(lambda session: trees.fund(session, grant, AT)) == made
    other = trees.Grant(made.user_id, "ord_other", trees.Origin.BOUGHT, "", shows_name=False)
    with pytest.raises(Refusal, match=r"trees\.nothing_held"):
        wood.in_transaction(lambda session: trees.fund(session, other, AT))


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE pool_movements SET shares = 1",
        "DELETE FROM tree_holdings",
        "UPDATE tree_holdings SET end_share = end_share + 1",
        "UPDATE planting_pools SET funded_shares = 0, available_shares = capacity_shares",
    ],
)
def test_the_database_refuses_to_undo_what_is_sold(wood, in_transaction, change: str) -> None:
    wood.record(small_pool(SOLD, 3))
    wood.buy(2)
    with pytest.raises(DBAPIError):
        in_transaction(lambda session: session.execute(text(change)))


def test_a_pool_may_only_grow_and_stays_what_it_was(wood) -> None:
    wood.record(small_pool(SOLD, 3))
    wood.record(small_pool(SOLD, 5))
    assert shares_of(wood) == (5, 0, 0)
    for smaller in (small_pool(SOLD, 4), small_pool(SOLD, 5, shares=2), small_pool(SOLD, 5, reserve=1)):
        with pytest.raises(Refusal, match=r"trees\.pool_changed"):
            wood.record(smaller)
    assert not wood.broken()


def claim(wood, user_id: str, reference: str):
    return wood.in_transaction(lambda session: trees.claim(session, EARNED, user_id, reference))


def test_a_hundred_people_claim_ten_trees_and_ninety_stand_in_line_in_order(wood, parallel, counts) -> None:
    people, there = counts(small=30, long=100), 10
    wood.record(small_pool(EARNED, there))
    race = parallel(people, lambda index: claim(wood, f"usr_{index}", f"game_{index}"))
    assert not race.errors
    assert sum(state.is_served for state in race.results) == there
    assert sorted(state.claim.place for state in race.results) == list(range(1, people + 1))
    assert all(state.is_served == (state.claim.place <= there) for state in race.results)
    wood.record(small_pool(EARNED, there + 5))
    again = [claim(wood, f"usr_{index}", f"game_{index}") for index in range(people)]
    assert {state.claim.place for state in again if state.is_served} == set(range(1, there + 6))
    assert not wood.broken()


def test_without_the_lock_two_people_stand_at_one_place(wood, parallel, monkeypatch) -> None:
    wood.record(small_pool(EARNED, 10))
    unlocked = everyone_reads_first(2, lambda session, question: claims_fetch(session, question))
    claims_fetch = claims.fetch

    def fetch(session, question):
        is_lock = "FOR" in str(getattr(question.statement, "_for_update_arg", "") and "FOR")
        return unlocked(session, claims.sql.pool(EARNED)) if is_lock else claims_fetch(session, question)

    monkeypatch.setattr(claims, "fetch", fetch)
    race = parallel(2, lambda index: claim(wood, f"usr_{index}", f"game_{index}"))
    assert race.errors


def test_the_same_claim_again_is_the_first_one(wood) -> None:
    wood.record(small_pool(EARNED, 10))
    first, again = claim(wood, "usr_1", "game_1"), claim(wood, "usr_1", "game_1")
    assert first == again
    assert shares_of(wood, EARNED) == (9, 0, 1)


def test_trees_that_are_sold_cannot_be_earned(wood) -> None:
    wood.record(small_pool(SOLD, 10))
    with pytest.raises(Refusal, match=r"trees\.not_earned"):
        wood.in_transaction(lambda session: trees.claim(session, SOLD, ids.new_id("user"), "game_1"))
