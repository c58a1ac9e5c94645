"""How those who live together do, month by month: in bands, without names, and only of whoever shows it.

Who sees is seen. A month counts for whoever lived there on its first day: nobody looks into a time before theirs, and
nobody's month can be told apart by their moving in.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.platform.core.i18n import Language
from backend.platform.data.batch import Batch
from backend.portfolio.domain import Band, HouseholdMonth
from backend.portfolio.service.sums import any_gases, total
from backend.profiles import service as profiles

LEAST_G, STEPS = 1000, (1, 2, 5)  # 0 to 1 kg, to 2, to 5, to 10, to 20 and so on


def get_together(session: Session, user_id: str, month_on: date, language: Language) -> HouseholdMonth:
    """What was credited in the month that begins on `month_on` to those of a household who show it.

    Raises `not_found` without a household, `household.show_first` for whoever shows nothing themselves.
    """
    members = profiles.list_sharing_members(session, user_id, month_on)
    seen = members if user_id in members else []
    asked = [user_id, *(other for other in seen if other != user_id)]
    batch = Batch(session)
    handles = [batch.fetch(activities.months_question(one, month_on, month_on)) for one in asked]
    batch.run()
    mine, *others = (total(months.all()).credited_g for months in handles)
    return HouseholdMonth(
        month_on=month_on,
        mine_g=mine,
        others=tuple(map(band_of, sorted(others, reverse=True))),
        together=band_of(mine + sum(others)),
        gases=any_gases(language),
    )


def band_of(grams: int) -> Band:
    """The band that holds `grams`, 0 or more."""
    return next(Band(low, high) for low, high in itertools.pairwise(_bounds()) if grams < high)


def _bounds() -> Iterator[int]:
    yield 0
    for power in itertools.count():
        yield from (LEAST_G * step * 10**power for step in STEPS)
