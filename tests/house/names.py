"""A module is named by a noun of the field."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tests.house.rooms import ROOMS
from tests.house.source import House, rule

PARTICIPLE = re.compile(r"\w(ing|ed)$")
# Words with such an end that are nouns where they stand, each with what it is the noun for.
NOUNS = {
    "wiring": "what attaches a slice; a file of every slice",
    "importing": "reading the public files of others; a room of the calculators",
    "rounding": "the rule by which a figure becomes whole grams",
    "pricing": "how a quote comes to its price; the trade's word",
    "planting": "trees in the ground, as the registry speaks of it",
    "posting": "one side of an entry; bookkeeping's word",
    "screening": "what the rules doubt about an activity; the programme standards' word",
    "working": "the arithmetic of one estimate, line by line; what a teacher asks to see",
    "logging": "the lines a process writes; the library's word",
    "paging": "cutting a list into pages; the API trade's word",
    "polling": "asking a remote system again and again; the trade's word",
}
# Folders of tests are sentences and tests themselves are `test_…`; what tests stand on is named like the product.
EXEMPT_PREFIX = "test_"


@rule
def a_module_is_named_by_a_noun(house: House) -> Iterator[str]:
    for module in house.in_rooms(*ROOMS, "tests", "benchmarks"):
        name = module.dotted[-1]
        last = name.split("_")[-1]
        if not name.startswith(EXEMPT_PREFIX) and PARTICIPLE.search(last) and last not in NOUNS:
            yield module.says(1, f"is named by a participle ({last}): say what it is")
