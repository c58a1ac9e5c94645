"""How a document's uncertainty becomes a smaller credit: at the lower bound, or by the weights of a band table.

Promise: what a version says, with the figures it says it by; `record` and `read_caution` are inverse in all that an
estimate needs, so that a stored working is recomputed by what it was computed by. Band tables stand only beside
versions that were frozen with one. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from calculators.errors import CalculatorError
from calculators.figures.factors import Band, BandSource, Tables
from calculators.figures.lower_bound import METHOD, LowerBound, read_lower_bound
from calculators.figures.terms import read_mark
from calculators.methodology.document import Methodology


@dataclass(frozen=True, slots=True)
class Caution:
    """Either `lower_bound`, or the bands of a version from before it with where they come from."""

    lower_bound: LowerBound | None
    recorded: Mapping[str, str | None] | None = field(default=None, compare=False)  # of a lower bound
    bands: tuple[Band, ...] = ()
    bands_from: BandSource | None = None

    def record(self, band: Band | None, pct: Decimal | None) -> dict[str, str | None] | None:
        """A band table as JSON-able data: the band that was used, None where none was."""
        if band is None or pct is None or self.bands_from is None:
            return None
        return {
            "uncertainty_pct": format(pct, "f"),
            "above_pct": format(band.above_pct, "f"),
            "up_to_pct": None if band.up_to_pct is None else format(band.up_to_pct, "f"),
            "weight": format(band.weight, "f"),
            "publisher": self.bands_from.publisher,
            "document": self.bands_from.document,
            "mark": self.bands_from.mark,
            "table_sha256": self.bands_from.table_sha256,
        }


def _at_lower_bound(policy: LowerBound) -> Caution:
    return Caution(policy, {"method": METHOD, **policy.record()})


@lru_cache(maxsize=8192)
def find_caution(methodology: Methodology, tables: Tables) -> Caution | None:
    """What applies to a document; None where it claims no grams. Raises CalculatorError where its figures lack."""
    if methodology.conservativeness is None:
        return None
    if methodology.conservativeness == METHOD:
        if tables.lower_bound is None:
            raise CalculatorError(f"{methodology.id} is credited at its lower bound, and no policy says at which")
        return _at_lower_bound(tables.lower_bound)
    if tables.bands is None:
        raise CalculatorError(f"{methodology.id} is credited by bands, and it was frozen with none")
    return Caution(None, bands=tables.bands.bands, bands_from=tables.bands.source)


@lru_cache(maxsize=64)
def _read_lower_bound_once(recorded: tuple[tuple[str, str], ...]) -> Caution:
    """The level that workings share, which are read by the page."""
    return _at_lower_bound(read_lower_bound(dict(recorded)))


def read_caution(recorded: Mapping[str, Any] | None) -> Caution:
    """What a working recorded. Raises TableRefused or KeyError where it was changed.

    Of a band table it is the one band that was used; an uncertainty outside it means that the working was changed.
    """
    if recorded is None:
        return Caution(None)
    if recorded.get("method") == METHOD:
        if all(isinstance(value, str) for value in recorded.values()):  # as every working has it that nobody changed
            return _read_lower_bound_once(tuple(recorded.items()))
        return _at_lower_bound(read_lower_bound(recorded))
    upper = recorded["up_to_pct"]
    band = Band(Decimal(recorded["above_pct"]), None if upper is None else Decimal(upper), Decimal(recorded["weight"]))
    mark = read_mark(recorded.get("mark") or recorded["verification"])  # the earlier word, in older records
    source = BandSource(recorded["publisher"], recorded["document"], mark, recorded["table_sha256"])
    return Caution(None, bands=(band,), bands_from=source)
