"""Lots: available + held + retired = issued, and intervals that neither overlap nor leave a gap."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from offsets import (
    GRAMS_PER_UNIT,
    MOVEMENTS,
    GramInterval,
    Lot,
    OffsetRefused,
    Portion,
    get_registry,
    hold_grams,
    list_shares,
    open_lot,
    parse_block,
    plan_hold,
    release_grams,
    retire_grams,
    serials_behind,
    serials_due,
)

TONNE = GRAMS_PER_UNIT
BLOCK = parse_block(get_registry("acr"), "ACR-US-192-2010-203-1-3")


@pytest.fixture
def lot() -> Lot:
    return open_lot("lot", BLOCK)


def test_a_fresh_lot_has_everything_available(lot):
    assert (lot.available_g, lot.held_g, lot.retired_g, lot.issued_g) == (3 * TONNE, 0, 0, 3 * TONNE)


def test_a_purchase_of_1500_kg_retires_one_and_a_half_units(lot):
    lot, first = retire_grams(hold_grams(lot, 1_500_000), 1_500_000)
    assert first == GramInterval(0, 1_500_000)
    assert serials_behind(BLOCK, first).text == "ACR-US-192-2010-203-1-2"
    assert [(share.serial, share.grams) for share in list_shares(BLOCK, first)] == [
        ("ACR-US-192-2010-203-1-1", 1_000_000),
        ("ACR-US-192-2010-203-2-2", 500_000),
    ]
    # the second unit is sold in part, so both are due upstream
    due = serials_due(BLOCK, lot.retired_g, 0)
    assert due is not None
    assert due.text == "ACR-US-192-2010-203-1-2"


def test_the_next_retirement_starts_where_the_last_one_ended(lot):
    lot, _ = retire_grams(hold_grams(lot, 1_500_000), 1_500_000)
    lot, second = retire_grams(hold_grams(lot, 600_000), 600_000)
    assert second == GramInterval(1_500_000, 2_100_000)
    due = serials_due(BLOCK, lot.retired_g, units_retired_upstream=2)
    assert due is not None
    assert (due.first, due.last) == (3, 3)
    assert serials_due(BLOCK, lot.retired_g, units_retired_upstream=3) is None


def test_more_than_is_left_is_refused(lot):
    with pytest.raises(OffsetRefused, match=r"lots\.insufficient_stock"):
        hold_grams(lot, 3 * TONNE + 1)


@pytest.mark.parametrize("act", [release_grams, retire_grams])
def test_only_held_grams_are_released_or_retired(lot, act):
    with pytest.raises(OffsetRefused, match=r"lots\.not_held"):
        act(hold_grams(lot, 10), 11)


@pytest.mark.parametrize("grams", [0, -1, True, 1.0, "1"])
def test_an_amount_is_a_positive_integer(lot, grams):
    with pytest.raises(OffsetRefused, match=r"lots\.not_an_amount"):
        hold_grams(lot, grams)


def test_a_lot_that_does_not_add_up_cannot_exist():
    with pytest.raises(ValueError, match="does not add up"):
        Lot("lot", BLOCK, available_g=1)


def test_every_movement_but_an_issue_keeps_the_sum():
    assert {name: sum(columns) for name, columns in MOVEMENTS.items()} == {
        "issue": 1,
        "hold": 0,
        "release": 0,
        "retire": 0,
    }


def test_an_order_may_take_from_several_lots_in_their_order():
    assert plan_hold([("old", 300), ("empty", 0), ("new", 1000)], 500) == (Portion("old", 300), Portion("new", 200))
    with pytest.raises(OffsetRefused) as refused:
        plan_hold([("old", 300), ("new", 100)], 500)
    assert refused.value.facts == {"wanted_g": 500, "available_g": 400}


acts = st.lists(
    st.tuples(st.sampled_from([hold_grams, release_grams, retire_grams]), st.integers(1, 2 * TONNE)), max_size=40
)


@given(acts=acts)
def test_whatever_happens_a_lot_adds_up_and_its_intervals_are_contiguous(acts):
    lot, intervals, reported = open_lot("lot", BLOCK), [], 0
    for act, grams in acts:
        try:
            done = act(lot, grams)
        except OffsetRefused:
            continue
        if isinstance(done, tuple):
            lot, interval = done
            intervals.append(interval)
        else:
            lot = done
        assert lot.available_g + lot.held_g + lot.retired_g == lot.issued_g
        if due := serials_due(BLOCK, lot.retired_g, reported):
            assert due.first == BLOCK.first + reported
            reported += due.units
        # what is sold never exceeds what is retired or due upstream, and by less than one unit
        assert 0 <= reported * TONNE - lot.retired_g < TONNE
    assert all(earlier.end_g == later.start_g for earlier, later in pairwise(intervals))
    assert sum(interval.grams for interval in intervals) == lot.retired_g


@given(start=st.integers(0, 3 * TONNE - 1), data=st.data())
def test_the_shares_of_an_interval_sum_to_it_and_name_its_units(start, data):
    interval = GramInterval(start, data.draw(st.integers(start + 1, 3 * TONNE)))
    shares = list(list_shares(BLOCK, interval))
    assert sum(share.grams for share in shares) == interval.grams
    assert len(shares) == serials_behind(BLOCK, interval).units
    assert all(0 < share.grams <= TONNE for share in shares)
