"""What a paper says of the thing itself: that it was repaired or used, and not that its shop repairs or sells such."""

from __future__ import annotations

from dataclasses import replace

import pytest

from calculators.papers import examine_paper, read_facts
from tests.calculators.papers.test_papers import LAPTOP, ORDER, states

REPAIRED = replace(LAPTOP, kind="repair_bill", states=("repaired", "used"), unless="new")


@pytest.mark.parametrize(
    "said",
    [
        ("Laptop repair",),
        ("1 laptop repaired",),
        ("笔记本电脑维修 1台",),
        ("笔记本电脑维修服务 ¥480",),
        ("Laptop mended, new hinge",),
        ("1 laptop", "Repair of the hinge CNY 480.00"),
        ("Phone and laptop shop", "1 laptop repaired 480.00"),
        ("Second-hand devices", "1 laptop"),
        ("1 refurbished laptop",),
    ],
)
def test_a_bill_that_names_a_repair_attests_it(said):
    assert examine_paper(read_facts((*ORDER[1:3], *said), "picture"), REPAIRED).attests


def test_the_number_of_the_paper_denies_no_repair():
    assert examine_paper(read_facts(("No. R-404410 Laptop repair", "2026-11-16"), "picture"), REPAIRED).attests


@pytest.mark.parametrize(
    "lines",
    [
        ("Sales - Repairs - Rentals", "1 laptop brand new sealed"),
        ("Sales - Repairs - Rentals", "1 laptop"),
        ("销售 维修 一站式", "全新 笔记本电脑 1台"),
        ("1 laptop", "Screen repair kit 9.99"),
        ("1 laptop", "Repair kit 9.99"),
        ("1 laptop with repair kit",),
        ("1 laptop", "No repair cover chosen"),
        ("1 laptop", "Used 120 points of your card"),
        ("Used points", "1 laptop"),
        ("Laptop not repaired, diagnosis fee",),
        ("Laptop repair declined",),
        ("笔记本电脑 无法维修 检测费",),
        ("笔记本电脑 1台", "维修套装"),
        ("笔记本电脑 1台 维修延保",),
        ("Phone and laptop repairs", "1 laptop CNY 4,999.00"),
        ("1 laptop 999.00", "Repairs and rentals"),
        ("1 laptop", "Repaired phone 80.00"),
        ("New and used devices", "1 laptop"),
        ("Trade of used things", "1 laptop brand new"),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_what_a_shop_offers_or_denies_is_no_repair_of_the_thing(lines, first):
    paper = (*lines, *ORDER[1:3]) if first else (*ORDER[1:3], *lines)
    assert not examine_paper(read_facts(paper, "picture"), REPAIRED).attests


def test_trousers_are_not_mended_by_a_shop_that_mends():
    trousers = replace(LAPTOP, thing="trousers", words=(), states=("repaired",), unless="new")
    assert states((*ORDER[1:3], "1 trousers", "Mending service on 2nd floor"), trousers)["thing"] == "unread"
    assert states((*ORDER[1:3], "1 trousers", "Mending of the knee"), trousers)["thing"] == "agrees"


def test_what_is_used_up_makes_a_new_thing_no_used_one():
    laptop = replace(LAPTOP, unless="new")
    new = (*ORDER[1:3], "1 laptop brand new", "Used 120 points of your card")
    assert states(new, laptop)["thing"] == "unread"


@pytest.mark.parametrize(
    "lines",
    [
        ("A shop", "1 laptop"),
        ("A shop", "1 laptop", "Repair or replacement within the warranty"),
        ("A shop", "1 laptop", "全国联保 免费维修 保修一年"),
        ("A shop", "1 laptop case, repaired"),
        ("A shop", "1 charger for laptop", "repair"),
    ],
)
def test_what_names_no_repair_of_the_thing_attests_none(lines):
    assert states((*ORDER[1:3], *lines), REPAIRED)["thing"] == "unread"


@pytest.mark.parametrize("missing", [1, 2])
def test_a_repair_without_a_number_or_a_day_is_not_attested(missing):
    lines = ["A workshop", ORDER[1], ORDER[2], "Laptop repair"]
    del lines[missing]
    assert not examine_paper(read_facts(lines, "picture"), REPAIRED).attests
