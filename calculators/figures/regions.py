"""Places: ISO 3166 codes with cities below them, each with its parent.

Promise: a place is known or refused, and its chain of parents is finite and ends at the world (`WORLD`). Other
publishers' spellings (`CN-Beijing`, `CHN`) map to one code. Touches no file itself: `library.py` hands it the text.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass

from calculators.errors import RegionRefused
from calculators.words import pick

WORLD = "WORLD"


@dataclass(frozen=True, slots=True)
class Region:
    """One place: `CN-BJ` lies in `CN`, `CN-HB/wuhan` in `CN-HB`."""

    code: str
    parent: str
    name_en: str
    name_zh: str

    @property
    def names(self) -> Mapping[str, str]:
        """The name by language."""
        return {"en": self.name_en, "zh": self.name_zh}


@dataclass(frozen=True, slots=True)
class Regions:
    """Every known place by code, other publishers' spellings, and each place's chain of parents."""

    by_code: Mapping[str, Region]
    spellings: Mapping[str, str]
    chains: Mapping[str, tuple[str, ...]]

    def get_region(self, code: str) -> Region:
        """The place with this exact code. Raises RegionRefused."""
        region = self.by_code.get(code)
        if region is None:
            raise RegionRefused(f"unknown region {code!r}; use an ISO 3166 code such as FR, CN-BJ or CN-HB/wuhan")
        return region

    def find_code(self, spelling: str) -> str | None:
        """The code a publisher's spelling stands for, or None."""
        return spelling if spelling in self.by_code else self.spellings.get(spelling)

    def chain_of(self, code: str) -> tuple[str, ...]:
        """The place, its parent, and so on up to the world. Raises RegionRefused."""
        self.get_region(code)
        return self.chains[code]

    def name_of(self, code: str, language: str) -> str:
        """The place's name in a language; the code itself where it is not known."""
        region = self.by_code.get(code)
        if region is None:
            return code
        return pick(region.names, language)


def parse_regions(text: str) -> Regions:
    """Regions from the text of `regions.csv`. Raises RegionRefused on a repeated code or a parent nobody lists."""
    by_code: dict[str, Region] = {}
    spellings: dict[str, str] = {}
    for row in csv.DictReader(io.StringIO(text)):
        code = row["code"]
        if code in by_code:
            raise RegionRefused(f"region {code!r} is listed twice")
        by_code[code] = Region(code, row["parent"], row["name_en"], row["name_zh"])
        spellings.update({spelling: code for spelling in row["other_spellings"].split(";") if spelling})
    return Regions(by_code, spellings, {code: _chain(code, by_code) for code in by_code})


def _chain(code: str, by_code: Mapping[str, Region]) -> tuple[str, ...]:
    chain = [code]
    while parent := by_code[chain[-1]].parent:
        if parent not in by_code or parent in chain:
            raise RegionRefused(f"region {chain[-1]!r} has no usable parent ({parent!r})")
        chain.append(parent)
    if chain[-1] != WORLD:
        raise RegionRefused(f"region {code!r} does not lead to {WORLD}")
    return tuple(chain)
