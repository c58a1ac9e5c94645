"""The range of what a person reduced: a figure that several reductions rest on is one variable of their sum (ADR 0145).

Read from the workings, so it takes longer the more there are; the account and the first screen go without.
"""

from __future__ import annotations

import calendar
from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.activities.domain import RangedReduction
from backend.platform.core import clock, i18n
from backend.platform.core.i18n import Language
from backend.portfolio.domain import CategoryInRange, ReductionsInRange, SumInRange
from backend.portfolio.service.account import choose_months
from backend.portfolio.service.sums import counted_gases
from backend.profiles import service as profiles
from calculators import add_ranges


def get_range(
    session: Session, user_id: str, language: Language, *, first: date | None = None, last: date | None = None
) -> ReductionsInRange:
    """The months from that of `first` to that of `last`, by default a year of months to this one."""
    today = clock.local_day(clock.database_now(session), profiles.get_profile(session, user_id).zone)
    from_on, until_on = choose_months(today, first, last)
    last_on = until_on.replace(day=calendar.monthrange(until_on.year, until_on.month)[1])
    found = list(activities.list_ranged(session, user_id, from_on, last_on))
    total = add_up(found)
    categories = defaultdict(list)
    for one in found:
        categories[one.category].append(one)
    return ReductionsInRange(
        from_on,
        until_on,
        total,
        counted_gases(total.scopes, language),
        add_up_by_gas(found),
        tuple(
            CategoryInRange(name, i18n.text("category", name, language=language), add_up(these))
            for name, these in sorted(categories.items())
        ),
    )


def add_up(reductions: Iterable[RangedReduction]) -> SumInRange:
    """All of them together."""
    listed = list(reductions)
    together = add_ranges(one.range for one in listed)
    return SumInRange(
        scopes=tuple(sorted({str(gas) for one in listed for gas in one.gases})),
        activities=len(listed),
        reduction_g=together.reduction_g,
        credited_g=sum(one.credited_g for one in listed),
        low_g=together.low_g,
        high_g=together.high_g,
    )


def add_up_by_gas(reductions: Iterable[RangedReduction]) -> tuple[SumInRange, ...]:
    """Apart by the gases that they count; without what has no grams."""
    of_gas = defaultdict(list)
    for one in reductions:
        if one.gases:
            of_gas[tuple(sorted(map(str, one.gases)))].append(one)
    return tuple(add_up(these) for _, these in sorted(of_gas.items()))
