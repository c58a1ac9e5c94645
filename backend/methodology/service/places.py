"""Places as callers name them: the one that is known, else the nearest around it that is, as far as a country."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from backend.methodology.domain import CataloguePlace, FoundPlace
from backend.platform.core import i18n
from backend.platform.core.errors import invalid_field
from backend.platform.core.i18n import Language, Note
from calculators import Regions, load_library

SEPARATORS = ("/", "-")
AROUND = "place_around"  # the code of the note that another place was counted than asked for


def find_place(asked: str) -> FoundPlace | None:
    """The known place that a text names; where it is not known, the one around it: `US-CA` is counted as `US`.

    None where even the country is not known.
    """
    regions = load_library().tables.regions
    text = asked.strip()
    code = _find_code(regions, text)
    while code is None:
        text = _around(text)
        if not text:
            return None
        code = _find_code(regions, text)
    return FoundPlace(asked=asked, code=code, is_known=text == asked.strip())


def get_place(asked: str, field: str = "region") -> FoundPlace:
    """`find_place`, or raise `request.invalid` about the field that names it where even the country is not known."""
    place = find_place(asked)
    if place is None:
        raise invalid_field(field, "unknown_region")
    return place


def tell_around(asked: str | None, language: Language) -> list[Note]:
    """That a place is not known by itself, and which around it stands for it; nothing for one that is known."""
    place = find_place(asked) if asked else None
    if place is None or place.is_known:
        return []
    name = load_library().tables.regions.name_of(place.code, language.key)
    return [Note(AROUND, i18n.text("activity", AROUND, language=language, asked=place.asked, place=name))]


@lru_cache(1)
def list_places() -> Sequence[CataloguePlace]:
    """Every place that may be named, each with the one around it."""
    regions = load_library().tables.regions.by_code.values()
    return [CataloguePlace(region.code, region.parent or None, region.names) for region in regions]


def _find_code(regions: Regions, text: str) -> str | None:
    return regions.find_code(text) or regions.find_code(text.upper())


def _around(text: str) -> str:
    """The text without its last part; nothing where it has one."""
    cut = max(text.rfind(separator) for separator in SEPARATORS)
    return text[:cut] if cut > 0 else ""
