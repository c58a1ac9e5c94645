"""The bill of a repairer: read by a machine, it attests the repair that it names, and nothing else (ADR 0067)."""

from __future__ import annotations

import pytest

from tests.backend.activities.test_papers import outcome, paper, reader, tell

__all__ = ["paper", "reader"]  # fixtures

pytestmark = pytest.mark.allowance
REPAIR, A_LAPTOP = "consumables.repaired_electronics", {"good": "laptop", "items": "1"}


def repair(number: str = "R-404410") -> tuple[str, ...]:
    return ("A workshop", f"No. {number}", "2026-11-19", "Laptop repair, new hinge", "CNY 480.00")


def test_a_bill_that_names_the_repair_attests_it_once(beijinger, new_beijinger, paper):
    told = tell(beijinger, REPAIR, A_LAPTOP, paper(beijinger, repair(), "repair_bill"))
    assert outcome(told)[:2] == ("credited", None)
    assert told["reduction"]["credited_g"] > 20_000
    another = new_beijinger()
    held = tell(another, REPAIR, A_LAPTOP, paper(another, repair(), "repair_bill"))
    assert outcome(held)[:2] == ("held", "evidence.paper")


def test_a_bill_that_names_no_repair_attests_none(beijinger, paper):
    sold = ("A shop", "No. R-404411", "2026-11-19", "1 laptop")
    assert tell(beijinger, REPAIR, A_LAPTOP, paper(beijinger, sold, "repair_bill"))["reduction"]["credited_g"] < 1000


def test_the_bill_of_a_repair_of_long_ago_is_held(beijinger, paper):
    old = paper(beijinger, ("No. R-404412", "2026-08-02", *repair()[3:]), "repair_bill")
    assert outcome(tell(beijinger, REPAIR, A_LAPTOP, old))[:2] == ("held", "evidence.paper")
