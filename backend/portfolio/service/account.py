"""The account: points, and what the record behind them comes to. A few rows whatever the number of activities."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.platform.core import clock, i18n
from backend.platform.core.errors import invalid_field
from backend.platform.core.i18n import Language
from backend.platform.data.batch import Batch
from backend.points import service as points
from backend.portfolio.domain import Account, Reductions, Sum, SumPart
from backend.portfolio.service.equivalents import list_equivalents
from backend.portfolio.service.progress import before, own_progress, region_progress
from backend.portfolio.service.sums import by_category, by_methodology, by_month, reached_gases, total
from backend.profiles import service as profiles
from backend.profiles.domain import Profile

FIRST, LAST = date(1900, 1, 1), date(2200, 12, 1)
MONTHS_SHOWN = 12


def get_account(
    session: Session,
    user_id: str,
    language: Language,
    *,
    at: datetime | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Account:
    """The account of `user_id` now, with the months from that of `first` to that of `last`, by default a year of
    months to this one; or its balances as they stood at a past instant.
    """
    if at is not None:
        return Account(points.get_balances(session, user_id, at), at)
    months, profile = read_record(session, user_id)  # which tells the instant as well
    balances = points.get_balances(session, user_id)
    today = clock.local_day(clock.database_now(session), profile.zone)
    year, chosen = choose_months(today, None, None), choose_months(today, first, last)
    shown = _within(months, *chosen)
    return Account(
        balances=balances,
        reductions=_reductions(session, shown, chosen, total(months), language),
        own=own_progress(by_month(months), today, language),
        region=region_progress(total(shown), total(_within(months, *year)), profile.region, language),
        equivalents=tuple(list_equivalents(total(shown).credited_g, profile.region, today, language)),
    )


def choose_months(today: date, first: date | None, last: date | None) -> tuple[date, date]:
    """The first days of the first and the last month asked for, by default a year of months to this one.

    Raises `request.invalid` where they are the wrong way round.
    """
    this = activities.month_of(today)
    from_on = first or _months_before(today, MONTHS_SHOWN - 1)
    until_on = last or max(this, from_on)
    if from_on > until_on:
        raise invalid_field("to", "before_from")
    return from_on, until_on


def read_record(session: Session, user_id: str) -> tuple[list[activities.MonthOf], Profile]:
    """Every month of a person's record, oldest first, and their profile, in one round trip."""
    batch = Batch(session)
    months = batch.fetch(activities.months_question(user_id, FIRST, LAST))
    profile = batch.fetch(profiles.question(user_id))
    batch.run()
    return months.all(), profile.one()


def _reductions(
    session: Session, shown: list[activities.MonthOf], chosen: tuple[date, date], all_time: Sum, language: Language
) -> Reductions:
    methodologies = by_methodology(session, shown)
    categories = [
        SumPart(name, i18n.text("category", name, language=language), found)
        for name, found in by_category(methodologies).items()
    ]
    months = [SumPart(f"{on:%Y-%m}", f"{on:%Y-%m}", found) for on, found in by_month(shown).items()]
    gases = reached_gases(methodologies, language)
    return Reductions(*chosen, total(shown), gases, tuple(categories), tuple(months), tuple(methodologies), all_time)


def _within(months: list[activities.MonthOf], first: date, last: date) -> list[activities.MonthOf]:
    return [month for month in months if first <= month.month_on <= last]


def _months_before(today: date, count: int) -> date:
    month = activities.month_of(today)
    for _ in range(count):
        month = before(month)
    return month
