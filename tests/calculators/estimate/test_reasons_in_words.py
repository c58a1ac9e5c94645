"""Why nothing counts is told in a person's words: the paper that is missing, points, and places by their names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from calculators import Allowance, Context, compute_estimate, load_library, sentences

LIBRARY = load_library()
NO_FIGURE = "no figure of the kind that this rule needs is published for {}, and none is borrowed from elsewhere"
SECOND_HAND = "clothing.second_hand_garment"
NEEDS_ORDER = Allowance({"needs_order": 0, "category_day": 900}, {"needs_order": 0, "category_day": 900})


def told(rule: str, inputs: dict[str, str], language: str, allowance: Allowance | None = None) -> dict:
    context = Context("CN-BJ", date(2026, 11, 20), household_size=Decimal(2), allowance=allowance)
    methodology = LIBRARY.methodologies[rule]
    record = compute_estimate(methodology, LIBRARY.tables, inputs, context).record()
    return sentences(record, methodology.text, language)


@pytest.mark.parametrize(
    "language, reason, deduction",
    [
        (
            "en",
            "it counts only with an order or a bill; then at least {} points",
            "it counts only with an order or a bill: {} points",
        ),
        ("zh", "须有订单或账单才可计入；届时至少 {} 积分", "须有订单或账单才可计入：{} 积分"),
    ],
)
def test_what_counts_with_a_paper_alone_names_the_paper(language, reason, deduction):
    words = told(SECOND_HAND, {"garment": "jeans"}, language, NEEDS_ORDER)
    context = Context("CN-BJ", date(2026, 11, 20))
    jeans = compute_estimate(LIBRARY.methodologies[SECOND_HAND], LIBRARY.tables, {"garment": "jeans"}, context)
    grams = jeans.credited_g  # on a word alone, were nothing needed
    assert grams > 0
    assert (words["reason"], words["deductions"][-1]) == (reason.format(grams), deduction.format(grams))


@pytest.mark.parametrize(
    "language, reason",
    [
        (
            "en",
            NO_FIGURE.format("Beijing, China, or World"),
        ),
        ("zh", "北京、中国或世界没有这条规则所需口径的公布数据，也不从别处借用"),
    ],
)
def test_places_without_a_figure_are_told_by_their_names(language, reason):
    assert told("clothing.cold_wash", {"washes": "1"}, language)["reason"] == reason
