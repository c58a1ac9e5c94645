"""Whom a paper names as its seller: everybody, so that no part of a paper is a paper of another seller."""

from __future__ import annotations

from itertools import combinations

import pytest

from calculators.papers import are_other_sellers, read_facts, read_facts_record

MARKET = ("商家: 华润万家", "收款单位: 北京顺通支付有限公司", "No. 4711", "2026-11-19")


def sellers(*lines: str, shown: tuple[str, ...] | None = None) -> tuple[tuple[str, str], ...]:
    return read_facts(lines, "picture", shown=shown).named_sellers()


def test_every_seller_of_a_paper_is_kept_with_its_label():
    facts = read_facts((*MARKET, "销售方名称: 华润"), "picture")
    assert facts.sellers == (("销售方名称", "华润"), ("商家", "华润万家"), ("收款单位", "北京顺通支付有限公司"))
    assert facts.issuer == "华润"
    assert read_facts_record(facts.record()) == facts


@pytest.mark.parametrize(
    "paper",
    [
        MARKET,
        ("Seller: IKEA", "商家: 宜家家居", "No. 4711"),
        ("Seller: IKEA", "Seller: 宜家家居", "No. 4711"),
        ("销售方名称: 北京某某商贸", "店铺: 小熊杂货", "收款单位: 顺通支付"),
    ],
)
def test_no_part_of_a_paper_is_of_another_seller(paper):
    parts = [part for many in range(1, len(paper) + 1) for part in combinations(paper, many)]
    assert not any(are_other_sellers(sellers(*one), sellers(*other)) for one in parts for other in parts)


def test_two_shops_with_one_kind_of_label_are_two():
    assert are_other_sellers(sellers("商家: 华润万家"), sellers("商家: 物美超市"))
    assert not are_other_sellers(sellers("商家: 华润万家"), sellers("店铺: 物美超市"))
    assert not are_other_sellers(sellers(*MARKET), sellers("商家: 物美超市", MARKET[1]))


def test_hidden_text_names_no_other_seller_than_the_page():
    assert not are_other_sellers(sellers("商家: 物美超市", shown=MARKET), sellers(*MARKET))


def test_behind_which_label_a_name_of_before_stood_is_not_known():
    before = {key: value for key, value in read_facts(MARKET, "text").record().items() if key != "sellers"}
    old = read_facts_record(before).named_sellers()
    assert old == (("", "华润万家"),)
    assert not are_other_sellers(sellers("商家: 物美超市"), old)
