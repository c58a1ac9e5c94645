"""The years there are books about, and what a retirement of a year is for. Apart, because footprints, statements of
months and the checkout all ask."""

from __future__ import annotations

from backend.platform.core import clock
from backend.platform.core.errors import Refusal

FIRST_YEAR = 2000


def check_year(year: int) -> None:
    """Refuse a year that has not begun or that nobody kept books about; raise `neutrality.year`."""
    latest = clock.now().year + 1  # it is already next year somewhere
    if not FIRST_YEAR <= year <= latest:
        raise Refusal("neutrality.year", first=FIRST_YEAR, latest=latest)


def purpose_of(year: int) -> str:
    """What a retirement is retired for, when it is to be set against the footprint of `year`: once, for ever."""
    return f"footprint:{year}"
