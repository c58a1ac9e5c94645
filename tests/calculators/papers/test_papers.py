"""Reading papers: what their lines state, and whether that is what a person claims."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from calculators import Context, compute_estimate, load_library
from calculators.papers import (
    PaperAmount,
    PaperClaim,
    are_other_sellers,
    examine_paper,
    fold_number,
    read_facts,
    read_facts_record,
)

ON = date(2026, 11, 17)
BILL = (
    "Electricity bill",
    "No. E-2026-2081",
    "2026-10-20 to 2026-11-17",
    "Meter SG-2055",
    "Amount 70 kWh",
)
CHINESE_BILL = (
    "国网北京市电力公司 电费账单",
    "户号:0123456789",
    "账单编号:202611-00317",
    "用电周期 2026年10月20日至2026年11月17日",
    "本期电量 70 度",
    "本年累计用电 812 度",
    "电费合计 ¥34.20",
    "供电单位:国网北京城区供电公司",
)
ORDER = ("Trade of used things", "No.T-404410", "2026-11-16 to 2026-11-16", "Amount 1 laptop")
HOME = PaperClaim("utility_bill", ON, days=28, unit="kWh", used=Decimal(70))
LAPTOP = PaperClaim("purchase_record", ON, thing="laptop", words=("laptop", "笔记本电脑"))


def states_of(facts, claim):
    return {one.name: one.outcome for one in examine_paper(facts, claim).statements}


def states(lines, claim):
    return states_of(read_facts(lines, "picture"), claim)


def test_a_bill_states_its_number_period_amount_and_meter():
    facts = read_facts(BILL, "picture")
    assert (facts.number, facts.meter) == ("E-2026-2081", "SG-2055")
    assert facts.period == (date(2026, 10, 20), date(2026, 11, 17))
    assert facts.amounts == (PaperAmount(Decimal(70), "kWh"),)


def test_a_chinese_bill_is_read_by_its_own_words():
    facts = read_facts(CHINESE_BILL, "text")
    assert (facts.number, facts.meter) == ("202611-00317", "0123456789")
    assert facts.period == (date(2026, 10, 20), date(2026, 11, 17))
    assert facts.amounts == (PaperAmount(Decimal(70), "kWh"), PaperAmount(Decimal("34.20"), "CNY"))
    assert facts.issuer == "国网北京城区供电公司"


@pytest.mark.parametrize("bill", [BILL, CHINESE_BILL])
def test_a_bill_that_agrees_attests(bill):
    assert examine_paper(read_facts(bill, "picture"), HOME).attests


def test_the_record_of_facts_reads_back():
    facts = read_facts(CHINESE_BILL, "text")
    assert read_facts_record(facts.record()) == facts


@pytest.mark.parametrize(
    ("claim", "name"),
    [
        (replace(HOME, used=Decimal(40)), "amount"),
        (replace(HOME, used=Decimal(120)), "amount"),
        (replace(HOME, days=7), "period"),
        (replace(HOME, on=ON + timedelta(days=14)), "period"),
    ],
)
def test_a_bill_of_something_else_differs(claim, name):
    assert states(BILL, claim)[name] == "differs"


@pytest.mark.parametrize("missing", range(1, 5))
def test_a_bill_of_which_one_statement_cannot_be_read_attests_nothing(missing):
    worn = [line for number, line in enumerate(BILL) if number != missing]
    examined = examine_paper(read_facts(worn, "picture"), HOME)
    assert not examined.attests
    assert len(examined.unread) == 1
    assert examined.differing is None


def test_of_several_amounts_the_one_counts_that_earns_least():
    parts = (*BILL, "Usage at night 20 kWh")
    assert states(parts, HOME)["amount"] == "agrees"
    assert states(parts, replace(HOME, used=Decimal(20)))["amount"] == "differs"


def test_an_order_states_what_was_bought_and_how_many():
    assert set(states(ORDER, LAPTOP).values()) == {"agrees"}
    assert states(ORDER, replace(LAPTOP, items=2))["thing"] == "differs"
    assert states(ORDER, replace(LAPTOP, thing="chair", words=()))["thing"] == "unread"
    assert states((*ORDER[:3], "笔记本电脑 x2 ¥5200"), replace(LAPTOP, items=2))["thing"] == "agrees"


@pytest.mark.parametrize(
    ("line", "thing", "printed"),
    [
        ("24 inch monitor", "screen", 1),
        ("Size 38 jeans", "jeans", 1),
        ("iPhone 12 Pro", "smartphone", 1),
        ("chair 40 x 45 x 90 cm", "chair", 1),
        ("screen 27 x 60", "screen", 1),
        ("3 jeans", "jeans", 3),
        ("Amount 3 jeans", "jeans", 3),
        ("3 used jeans", "jeans", 3),
        ("2台二手手机", "smartphone", 2),
        ("blue 3 x jeans", "jeans", 3),
        ("jeans x2", "jeans", 2),
        ("牛仔裤 ×4 ¥80", "jeans", 4),
        ("jeans, qty: 5", "jeans", 5),
        ("数量 6 牛仔裤", "jeans", 6),
    ],
)
def test_only_a_printed_count_is_one(line, thing, printed):
    claim = replace(LAPTOP, thing=thing, words=())
    assert states((*ORDER[:3], line), replace(claim, items=printed))["thing"] == "agrees"
    assert states((*ORDER[:3], line), replace(claim, items=printed + 1))["thing"] == "differs"


def test_what_several_lines_name_is_never_added_up():
    """A title, a total, an embedded invoice and the text beside it name the same laptop again."""
    twice = ("Your laptop order", "Trade of used things", "No. T-404410", "2026-11-16", "1 laptop", "laptop CNY 3,200")
    assert states(twice, LAPTOP)["thing"] == "agrees"
    assert states(twice, replace(LAPTOP, items=2))["thing"] == "unread"
    assert states(twice, replace(LAPTOP, items=9))["thing"] == "differs"


@pytest.mark.parametrize(
    ("line", "thing"),
    [
        ("pens 10 pcs", "desktop"),
        ("Phone case", "smartphone"),
        ("iPhone 12 silicone case", "smartphone"),
        ("手机壳", "smartphone"),
        ("手机钢化膜 x2", "smartphone"),
        ("手机 充电器", "smartphone"),
        ("charger for laptop", "laptop"),
        ("Laptop sleeves", "laptop"),
        ("headphones", "smartphone"),
        ("tablecloth", "table"),
        ("vegetable soup", "table"),
        ("notebook A5 ruled", "laptop"),
        ("TV wall mount", "television"),
    ],
)
def test_what_belongs_to_a_thing_is_not_the_thing(line, thing):
    assert states((*ORDER[:3], line), replace(LAPTOP, thing=thing, words=()))["thing"] == "unread"


@pytest.mark.parametrize(
    "line", ["laptop with charger", "二手手机 送充电器", "黑色外套", "1套 牛仔裤", "used smart phone"]
)
def test_what_comes_with_a_thing_does_not_hide_it(line):
    assert "agrees" in [
        states((*ORDER[:3], line), replace(LAPTOP, thing=thing, words=()))["thing"]
        for thing in ("laptop", "smartphone", "coat", "jeans")
    ]


def test_a_worn_order_is_read_where_a_gap_opened_in_a_word():
    jumper = replace(LAPTOP, thing="jumper_wool", words=("woollen jumper",))
    assert states((*ORDER[:3], "Amount 1 ju mper_wool"), jumper)["thing"] == "agrees"


@pytest.mark.parametrize("missing", range(1, 5))
def test_what_stands_in_a_file_and_not_on_its_page_attests_nothing(missing):
    """White letters, letters under a picture, an invoice embedded in an empty page."""
    page = [line for number, line in enumerate(BILL) if number != missing]
    examined = examine_paper(read_facts(BILL, "text", shown=page), HOME)
    assert not examined.attests
    assert len(examined.unread) == 1
    assert examine_paper(read_facts(BILL, "text", shown=BILL), HOME).attests


def test_a_page_that_shows_something_else_than_its_file_differs():
    for place, other in [(4, "Amount 140 kWh"), (2, "2026-09-20 to 2026-11-17")]:
        page = [*BILL[:place], other, *BILL[place + 1 :]]
        assert examine_paper(read_facts(BILL, "text", shown=page), HOME).differing is not None
    other_number = [*BILL[:1], "No. E-2026-2099", *BILL[2:]]
    assert states_of(read_facts(BILL, "text", shown=other_number), HOME)["number"] == "unread"
    two = replace(LAPTOP, items=2)
    assert states_of(read_facts((*ORDER, "2 laptops"), "invoice", shown=ORDER), two)["thing"] == "differs"


def test_hidden_text_makes_no_other_paper_of_one_page():
    part = read_facts([BILL[0], "No. 2026-2081", *BILL[2:]], "text", shown=BILL)
    assert states_of(part, HOME)["number"] == "unread"
    other_day = read_facts([*ORDER[:2], "2026-11-10", ORDER[3]], "text", shown=ORDER)
    assert set(read_facts(ORDER, "text", shown=ORDER).keys()) <= set(other_day.keys())


def test_an_order_of_another_time_differs():
    assert states(ORDER, replace(LAPTOP, on=ON + timedelta(days=60)))["day"] == "differs"
    assert states(ORDER, replace(LAPTOP, on=ON - timedelta(days=5)))["day"] == "differs"


def test_a_number_that_begins_with_its_day_tells_the_day():
    assert read_facts(("Order 26-1120-46", "1 used tablet"), "picture").days == (date(2026, 11, 20),)


def test_a_day_is_taken_from_a_number_only_where_none_is_printed_and_it_is_near():
    printed = read_facts(("Order 26-0110-46", "2026-11-16", "1 used tablet"), "picture")
    assert printed.days == (date(2026, 11, 16),)
    tablet = replace(LAPTOP, thing="tablet", words=())
    assert states_of(printed, tablet)["day"] == "agrees"
    assert states(("Order 26-1116-46", "1 used tablet"), tablet)["day"] == "agrees"
    assert states(("Order 26-0110-46", "1 used tablet"), tablet)["day"] == "differs"
    assert states(("Order 110203-46", "1 used tablet"), tablet)["day"] == "unread"


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Meter no. 47110815", None),
        ("电能表编号 3101234567", None),
        ("VAT no. DE123456789", None),
        ("Customer no: 5512345", None),
        ("税号编号 91110105", None),
        ("Tel. no. 02079460000", None),
        ("VAT no. DE123456789 No. R-77120", "R-77120"),
        ("Tax invoice no. R-77120", "R-77120"),
        ("Customer order number R-77120", "R-77120"),
        ("编号 R-77120", "R-77120"),
    ],
)
def test_the_number_of_something_else_is_not_the_papers(line, number):
    assert read_facts(("A shop", line), "picture").number == number


def test_the_number_of_the_meter_is_not_the_papers_as_well():
    assert read_facts(("Meter SG-2055", "No. SG-2055"), "picture").number is None
    assert read_facts(("户号:0123456789", "编号 0123456789", "编号 55-77120"), "text").number == "55-77120"


@pytest.mark.parametrize("said", ["Trade of used things", "Vintage market", "二手交易", "Pre-owned goods", "闲置转让"])
def test_a_used_thing_is_attested_only_by_a_paper_that_says_so(said):
    jeans = replace(LAPTOP, thing="jeans", words=(), states=("used",))
    receipt = ("A shop", "No. T-404410", "2026-11-16", "1 jeans")
    assert states(receipt, jeans)["thing"] == "unread"
    assert states(("unused", *receipt[1:]), jeans)["thing"] == "unread"
    assert states((said, *receipt[1:]), jeans)["thing"] == "agrees"


def test_a_rented_garment_is_not_attested_by_what_sells_a_used_one():
    coat = replace(LAPTOP, thing="coat", words=(), states=("rented",))
    receipt = ("No. T-404410", "2026-11-16", "1 used coat")
    assert states(receipt, coat)["thing"] == "unread"
    assert states((*receipt, "Rental until 2026-11-30"), coat)["thing"] == "agrees"
    assert states((*receipt, "服装租赁"), coat)["thing"] == "agrees"


def test_what_an_appliance_declares_must_stand_on_its_order():
    fridge = replace(LAPTOP, thing="fridge_freezer", words=(), label=Decimal(110))
    lines = (*ORDER[:3], "Amount 1 fridge_freezer 110 kWh")
    assert states(lines, fridge)["thing"] == "agrees"
    assert states(lines, replace(fridge, label=Decimal(60)))["thing"] == "differs"
    assert states((*ORDER[:3], "Amount 1 fridge_freezer"), fridge)["thing"] == "unread"


def test_a_paper_that_says_a_thing_is_new_names_no_used_one():
    laptop = replace(LAPTOP, unless="new")
    assert states((*ORDER[1:3], "1 laptop"), laptop)["thing"] == "agrees"
    for said in ("brand new", "全新正品", "factory sealed"):
        assert states((*ORDER[1:3], "1 laptop", said), laptop)["thing"] == "unread"
        assert states((*ORDER[1:3], "1 laptop", said, "二手 refurbished"), laptop)["thing"] == "agrees"


def test_no_paper_of_a_used_device_earns_more_by_the_rule_of_repairs():
    """The reason why such a paper attests a repair: what it attests by the one rule it attests by the other."""
    library = load_library()
    repaired, used = (
        library.methodologies[f"consumables.{name}"] for name in ("repaired_electronics", "second_hand_goods")
    )
    shared = set(repaired.choices["good"].options) & set(used.choices["good"].options)
    assert len(shared) > 8
    earning = 0
    for good in shared:
        grams = [
            compute_estimate(rule, library.tables, {"good": good}, Context("CN-BJ", ON, kind)).credited_g
            for rule, kind in ((repaired, "repair_bill"), (used, "purchase_record"))
        ]
        assert grams[0] <= grams[1], good
        earning += grams[0] > 0
    assert earning > 8
    assert repaired.caps == used.caps
    assert {use.flow for use in repaired.flows} == {use.flow for use in used.flows}


def test_a_short_number_is_known_together_with_its_day():
    facts = read_facts(("The same shop", "No. S-601", "2026-11-16"), "picture")
    assert facts.keys() == ("5601 2026-11-16",)
    assert read_facts(("No. S-601",), "picture").keys() == ()
    assert read_facts(("发票号码 26117000000012345678", "2026-11-16"), "code").keys() == ("26117000000012345678",)
    of_a_month = read_facts(("No. S-601", "2026年11月"), "picture")
    assert of_a_month.keys() == ("5601 2026-11-01", "5601 2026-11-30")


def test_a_paper_of_which_a_day_was_cut_off_is_still_the_same():
    whole, cut = read_facts(BILL, "picture").keys(), read_facts((*BILL[:2], "2026-11-17"), "picture").keys()
    assert whole == ("E20262081 2026-10-20", "E20262081 2026-11-17")
    assert set(cut) <= set(whole)


@pytest.mark.parametrize(
    ("one", "other", "are_two"),
    [
        ("Alpha Vintage", "Beijing Thrift House", True),
        ("Alpha Vintage", "ALPHA V1NTAGE", False),
        ("Alpha Vintage Ltd., Chaoyang", "Alpha Vintage", False),
        ("Alpha Vintage", None, False),
        ("Alpha Vintage", "..", False),
        ("二手衣橱", "华润超市", True),
        ("华润超市", "华润超巿", False),
        ("IKEA", "宜家家居", False),
    ],
)
def test_two_sellers_are_two_only_where_both_are_named_and_clearly_differ(one, other, are_two):
    mine, theirs = ([("seller", name)] if name else [] for name in (one, other))
    assert are_other_sellers(mine, theirs) is are_other_sellers(theirs, mine) is are_two


def test_what_wear_confuses_is_one_number():
    assert fold_number("No-1O5S8") == fold_number("N0-10558")
    assert fold_number("E-2026-2081") != fold_number("E-2026-2082")


def test_no_text_makes_reading_fail():
    rng = random.Random(7)
    parts = [*BILL, *CHINESE_BILL, *ORDER, "9" * 400, "2026-13-45", "¥", "Meter", "no. ", "１２３度", "\x00", "١٢ kWh"]
    for _ in range(2000):
        lines = ["".join(rng.sample(one, len(one))) if rng.random() < 0.5 else one for one in rng.sample(parts, 6)]
        facts = read_facts(lines, "picture")
        assert read_facts_record(facts.record()) == facts
        assert examine_paper(facts, HOME).attests in (True, False)
