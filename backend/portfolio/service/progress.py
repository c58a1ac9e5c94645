"""Is it getting better? Against one's own earlier months, and against people of the same place.

The baseline of a reduction is what people of the place would have done, so the region's side of the comparison is
already in every activity: `baseline_g` beside `project_g`. Nobody else's record is looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal

from babel.dates import format_skeleton
from babel.numbers import format_decimal

from backend.platform.core import i18n
from backend.platform.core.i18n import Language
from backend.portfolio.domain import OwnProgress, RegionProgress, Sum
from calculators import NoAverage, Row, average_footprint, load_library

EARLIER_MONTHS = 3


def own_progress(months: Mapping[date, Sum], today: date, language: Language) -> OwnProgress | None:
    """The last full month against up to `EARLIER_MONTHS` before it; None while there is no earlier month to compare."""
    last = before(today.replace(day=1))
    earlier = [last]
    for _ in range(EARLIER_MONTHS):
        earlier.append(before(earlier[-1]))
    begun = min(months, default=last)
    known = [on for on in earlier[1:] if on >= begun]
    if not known:
        return None
    credited = months[last].credited_g if last in months else 0
    mean = sum(months[on].credited_g for on in known if on in months) // len(known)
    code = "own.more" if credited > mean else "own.less" if credited < mean else "own.same"
    facts = {
        "month": _month(last, language),
        "first": _month(known[-1], language),
        "last": _month(known[0], language),
        "difference": _number(abs(credited - mean), language),
        "credited": _number(credited, language),
    }
    text = i18n.text("progress", code, language=language, **facts)
    return OwnProgress(last, credited, known[-1], known[0], mean, credited - mean, text)


def region_progress(period: Sum, year: Sum, region: str, language: Language) -> RegionProgress:
    """The chosen `period` against people of `region`, and the last twelve months, `year`, against their footprint."""
    name = load_library().tables.regions.name_of(region, language.key)
    less = _percent(period.reduction_g, period.baseline_g) if period.baseline_g > 0 else None
    footprint, figures = _footprint(region)
    code = "region.none" if less is None else "region.less" if less >= 0 else "region.more"
    facts = {
        "region": name,
        "baseline": _number(period.baseline_g, language),
        "project": _number(period.project_g, language),
        "percent": _number(abs(less or Decimal(0)), language),
    }
    return RegionProgress(
        region=region,
        name=name,
        baseline_g=period.baseline_g,
        project_g=period.project_g,
        less_pct=less,
        footprint_g=footprint,
        footprint_share_pct=_percent(year.credited_g, footprint) if footprint else None,
        figures=figures,
        text=i18n.text("progress", code, language=language, **facts),
    )


def before(month_on: date) -> date:
    """The first day of the month before."""
    return (month_on - timedelta(days=1)).replace(day=1)


def _footprint(region: str) -> tuple[int | None, tuple[Row, ...]]:
    try:
        average = average_footprint(region)
    except NoAverage:
        return None, ()
    return average.total_g, tuple(category.figure for category in average.categories)


def _percent(part: int, whole: int) -> Decimal:
    return (Decimal(part) * 100 / Decimal(whole)).quantize(Decimal("0.1"), ROUND_FLOOR)


def _month(on: date, language: Language) -> str:
    return str(format_skeleton("yMMMM", on, locale=language.locale))


def _number(value: int | Decimal, language: Language) -> str:
    return str(format_decimal(value, locale=language.locale))
