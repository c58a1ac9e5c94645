"""Short numbers of papers: of two shops on one day they are two, of one shop one, whoever hands them in."""

from __future__ import annotations

from typing import Any

import pytest

from backend.activities.service.evidence import upload
from tests.backend.activities.test_papers import COAT_G, bought, outcome, paper, reader

__all__ = ["paper", "reader"]  # fixtures

pytestmark = pytest.mark.allowance
HELD, PAID = ("held", "evidence.paper"), ("credited", None)


def receipt(seller: str | None, number: str = "4711") -> tuple[str, ...]:
    named = () if seller is None else (f"Seller: {seller}",)
    return ("Trade of used things", *named, f"No. {number}", "2026-11-19", "1 used coat")


@pytest.fixture
def buys(new_beijinger, paper) -> Any:
    """`buys(seller)`: what becomes of a coat that somebody new bought there, by status and reason."""

    def run(seller: str | None, number: str = "4711") -> tuple[str, str | None]:
        person = new_beijinger()
        return outcome(bought(person, paper(person, receipt(seller, number))))[:2]

    return run


def test_two_shops_with_one_number_on_one_day_are_two(buys):
    assert [buys(seller) for seller in ("Alpha Vintage", "Beijing Thrift House", "Kilo Shop")] == [PAID] * 3


def test_whether_a_name_in_another_script_is_another_shop_nobody_can_tell(buys):
    assert [buys(seller) for seller in ("IKEA", "宜家家居")] == [PAID, HELD]


def test_a_cropped_line_makes_no_paper_of_another_seller(new_beijinger, paper):
    lines = (
        "Trade of used things",
        "商家: 华润万家",
        "收款单位: 北京顺通支付有限公司",
        "No. 4711",
        "2026-11-19",
        "1 used coat",
    )
    outcomes = []
    for cropped in (lines, (lines[0], *lines[2:]), (*lines[:2], *lines[3:])):
        person = new_beijinger()
        outcomes.append(outcome(bought(person, paper(person, cropped)))[:2])
    assert outcomes == [PAID, HELD, HELD]


@pytest.mark.parametrize("again", ["Alpha Vintage", "Alpha V1ntage", "ALPHA VINTAGE Ltd.", "Alpha", None])
def test_the_paper_of_one_shop_stays_one_however_its_name_is_worn_or_cut_off(buys, again):
    assert buys("Alpha Vintage") == PAID
    assert buys("Beijing Thrift House") == PAID
    assert buys(again) == HELD
    assert buys("Beijing Thrift H0use") == HELD


def test_a_paper_that_names_no_seller_is_everybodys(buys):
    assert buys(None) == PAID
    assert buys("Alpha Vintage") == HELD


def test_a_long_number_is_one_whatever_the_seller(buys):
    assert buys("Alpha Vintage", "26117000000012345678") == PAID
    assert buys("Beijing Thrift House", "26117000000012345678") == HELD


def test_of_more_sellers_than_there_are_places_somebody_looks(buys, monkeypatch):
    monkeypatch.setattr(upload, "MOST_SELLERS", 2)
    assert [buys(seller) for seller in ("Alpha Vintage", "Beijing Thrift House")] == [PAID] * 2
    assert buys("Kilo Shop") == HELD


def test_ones_own_two_shops_are_two(beijinger, paper):
    first = bought(beijinger, paper(beijinger, receipt("Alpha Vintage")))
    assert outcome(first) == (*PAID, COAT_G)
    second = bought(beijinger, paper(beijinger, receipt("Beijing Thrift House")), at="2026-11-20T09:00:00+08:00")
    assert outcome(second)[:2] != HELD
