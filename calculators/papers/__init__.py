"""What bills, orders and receipts state, and whether it is what a person claims.

Promise: pure; text read from a paper in, facts and a comparison out. Touches the file of words.

    facts = read_facts(lines, "picture")                 PaperFacts(number="E-2026-2081", period=…, amounts=…)
    examine_paper(facts, PaperClaim(…)).attests          whether everything its kind needs was read and agrees
"""

from __future__ import annotations

from calculators.papers.agreement import Examined, PaperClaim, Statement, bought_by, examine_paper, names_of
from calculators.papers.facts import (
    PaperAmount,
    PaperFacts,
    Sellers,
    are_other_sellers,
    fold_number,
    is_number,
    read_facts,
    read_facts_record,
)
from calculators.papers.vocabulary import load_vocabulary

__all__ = [
    "Examined",
    "PaperAmount",
    "PaperClaim",
    "PaperFacts",
    "Sellers",
    "Statement",
    "are_other_sellers",
    "bought_by",
    "examine_paper",
    "fold_number",
    "is_number",
    "load_vocabulary",
    "names_of",
    "read_facts",
    "read_facts_record",
]
