"""The fixed words of a row: its mark, its gases, the report that weighs them, the shape of its range.

Promise: a word is one of these or it is refused with the column, the words that may stand there and what to do. The
words of tables frozen before there were seven marks are read as what they meant. Touches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar


class Mark(StrEnum):
    """What is known of where a figure comes from (law 10)."""

    OFFICIAL = "official"  # the publisher's own file or page, or a copy whose checksum the publisher states
    REPORTED = "reported"  # somebody's faithful copy
    DERIVED = "derived"  # computed here from official and reported figures; the note says how
    PRESS = "press"  # media, "about", one product tested
    RECALLED = "recalled"  # quoted from a named document that could not be read again
    ASSUMED = "assumed"  # ours, with the reason
    CONFLICTING = "conflicting"  # published twice, differently


MARKS = frozenset(Mark)
# An assumption may carry a credit only with a range of its own, which then lowers the credit.
LEAST_ASSUMED_PCT = Decimal(20)  # of a figure that nobody measured: the narrowest range a credit may rest on (ours)
CREDITABLE = frozenset({Mark.OFFICIAL, Mark.REPORTED, Mark.DERIVED})
# How the marks were called before there were seven.
EARLIER_MARKS: Mapping[str, Mark] = {
    "primary": Mark.OFFICIAL,
    "secondary": Mark.REPORTED,
    "derived": Mark.DERIVED,
    "unverified": Mark.RECALLED,
    "conflicting": Mark.CONFLICTING,
}


class GasScope(StrEnum):
    """Which gases a mass of emissions counts."""

    CO2 = "CO2"
    GHG = "GHG"
    GHG_AND_CONTRAILS = "GHG and contrails"


class Gwp(StrEnum):
    """The IPCC report whose hundred-year potentials weigh the gases; NONE for carbon dioxide alone."""

    NONE = "none"
    AR4 = "AR4"
    AR5 = "AR5"
    AR6 = "AR6"
    UNKNOWN = "unknown"  # the publisher does not say, or nobody could read it


class Distribution(StrEnum):
    """The shape of a range. `uncertainty_pct` is the half-width of the middle 95 % (for log_normal its upper arm)."""

    NORMAL = "normal"
    LOG_NORMAL = "log_normal"
    UNIFORM = "uniform"
    TRIANGULAR = "triangular"


_REMEDIES = {
    "mark": "choose by how the figure was read; docs/how-to-import-figures.md says which",
    "gas_scope": "CO2 for carbon dioxide alone, GHG for a sum in CO2e",
    "gwp": "unknown where the publisher does not say",
    "distribution": "normal for a narrow range, log_normal for a wide positive quantity",
}
_GAS = re.compile(r"(10\^4 )?(g|kg|t|Mt)(CO2e?)\b")

Term = TypeVar("Term", bound=StrEnum)


def read_term(kind: type[Term], text: str, column: str) -> Term:
    """The word in a column. Raises ValueError with the words that may stand there and the remedy."""
    try:
        return kind(text)
    except ValueError:
        words = ", ".join(kind)
        raise ValueError(f"{column} {text!r} must be one of {words}; {_REMEDIES[column]}") from None


def read_mark(text: str) -> Mark:
    """The mark in a document or a record, in today's word or an earlier one. Raises ValueError."""
    return EARLIER_MARKS[text] if text in EARLIER_MARKS else read_term(Mark, text, "mark")


def gas_of(unit: str) -> str:
    """The gas that a unit weighs above the line: CO2, CO2e, or nothing."""
    found = _GAS.match(unit)
    return "" if found is None else found[3]


def read_gases(scope: str, gwp: str, unit: str) -> tuple[GasScope | None, Gwp | None]:
    """Gas scope and potentials of a figure, which must agree with its unit. Raises ValueError."""
    gas = gas_of(unit)
    if not gas:
        if scope or gwp:
            raise ValueError(f"{unit!r} is no mass of gas; leave gas_scope and gwp empty")
        return None, None
    gases, report = read_term(GasScope, scope, "gas_scope"), read_term(Gwp, gwp, "gwp")
    if (gas == "CO2") != (gases is GasScope.CO2) or (gas == "CO2") != (report is Gwp.NONE):
        raise ValueError(
            f"{unit!r} does not agree with gas_scope {scope!r} and gwp {gwp!r}; a figure in CO2 has CO2 and none, "
            "a figure in CO2e has GHG and the assessment report"
        )
    return gases, report
