"""Places as publishers write them: codes, English, French and Chinese names.

Promise: a spelling leads to one of our regions or to none; never to a guess. French names are those of the Unicode
CLDR, through Babel. Touches nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from babel import Locale

from calculators.figures.regions import WORLD, Region, Regions
from calculators.importing.cells import without_marks

# How publishers call what has another name with us.
_OTHERWISE = {
    "monde": WORLD, "global": WORLD, "world": WORLD, "all countries": WORLD,
    "france continentale": "FR", "france métropolitaine": "FR",
    "union européenne": "WORLD/eu", "european union": "WORLD/eu", "eu": "WORLD/eu", "eu-27": "WORLD/eu",
    "uk": "GB", "royaume uni": "GB", "usa": "US", "etats-unis": "US", "etats unis": "US", "全国": "CN",
}  # fmt: skip
_CHINESE_RANK = re.compile(r"(省|市|(壮族|回族|维吾尔)?自治区|特别行政区)$")


def find_place(spelling: str, regions: Regions) -> str | None:
    """The code of the place a publisher means, or None where we have no such place."""
    name = " ".join(without_marks(re.sub(r"[（(].*?[)）]", "", spelling)).split())
    names = _names(tuple(regions.by_code.values()))
    return (
        regions.find_code(name) or names.get(name.casefold()) or names.get(_CHINESE_RANK.sub("", name.replace(" ", "")))
    )


@lru_cache(maxsize=4)
def _names(places: tuple[Region, ...]) -> Mapping[str, str]:
    french = Locale("fr").territories
    names = {str(french[place.code]).casefold(): place.code for place in places if place.code in french}
    for place in places:
        names |= {place.name_en.casefold(): place.code, place.name_zh: place.code}
    codes = {place.code for place in places}
    return names | {name: code for name, code in _OTHERWISE.items() if code in codes}
