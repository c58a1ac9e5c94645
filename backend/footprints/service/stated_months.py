"""Months of which a person states that all of a diary is logged: then what they logged stands for their answers.

A statement is an act of the person for one month and one diary, and is taken back the same way. Nothing is stated by
logging, and no month before it has ended or of which nothing at all is logged.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.footprints.service import storage
from backend.footprints.service.footprints import get_answered, keep
from backend.footprints.service.neutrality import check_year
from backend.footprints.service.storage import StatedMonth
from backend.footprints.service.views import YearlyFootprint
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language, pick
from backend.profiles import service as profiles
from calculators import Diary, list_diaries, list_logged

MONTHS = range(1, 13)
Stated = tuple[StatedMonth, ...]


@dataclass(frozen=True)
class QuestionNamed:
    """A question by name and title."""

    name: str
    title: str


@dataclass(frozen=True)
class MonthShown:
    """A month of a diary: how many activities are logged in it, whether it has ended, and since when it is stated."""

    month: int
    logged: int
    has_ended: bool
    stated_at: datetime | None


@dataclass(frozen=True)
class DiaryShown:
    """A diary: what its owner states of a month, and for which questions it speaks then. Others keep their answer."""

    diary: str
    title: str
    promise: str
    questions: tuple[QuestionNamed, ...]
    months: tuple[MonthShown, ...]


@dataclass(frozen=True)
class LoggedMonths:
    """A year's diaries, month by month."""

    year: int
    diaries: tuple[DiaryShown, ...]


def list_logged_months(session: Session, user_id: str, year: int, language: Language) -> LoggedMonths:
    """Every diary of a year, with what is logged in each month. Raises `not_found.survey`."""
    check_year(year)
    stored, today = get_answered(session, user_id, year), _today(session, user_id)
    asked = stored.model.survey.questions
    stated = {(one.diary, one.month): one.stated_at for one in stored.stated}

    def shown(diary: Diary) -> DiaryShown:
        logged = _count(session, user_id, diary, year)
        return DiaryShown(
            diary=diary.name,
            title=pick(diary.title, language),
            promise=pick(diary.promise, language),
            questions=tuple(
                QuestionNamed(name, pick(asked[name].title, language)) for name in diary.questions if name in asked
            ),
            months=tuple(
                MonthShown(month, logged[month], _has_ended(year, month, today), stated.get((diary.name, month)))
                for month in MONTHS
            ),
        )

    return LoggedMonths(year, tuple(shown(diary) for diary in list_diaries()))


def state_month(
    session: Session, user_id: str, year: int, diary: str, month: int, language: Language
) -> YearlyFootprint:
    """State that all of a diary's kind is logged in a month; stating it again changes nothing.

    Raises `not_found.diary`, `not_found.survey`, `neutrality.month_not_over`, and `neutrality.nothing_logged`.
    """
    kept = _get_diary(diary)
    check_year(year)
    if not _has_ended(year, month, _today(session, user_id)):
        raise Refusal("neutrality.month_not_over", year=year, month=month)
    if not _count(session, user_id, kept, year)[month]:
        raise Refusal("neutrality.nothing_logged", year=year, month=month)

    def added(stated: Stated) -> Stated:
        if any((one.diary, one.month) == (diary, month) for one in stated):
            return stated
        return tuple(sorted((*stated, StatedMonth(diary, month, clock.database_now(session)))))

    return _change_stated(session, user_id, year, added, language)


def take_back_month(
    session: Session, user_id: str, year: int, diary: str, month: int, language: Language
) -> YearlyFootprint:
    """Take a statement back: the month keeps the answer again. Raises `not_found.diary` and `not_found.survey`."""
    _get_diary(diary)
    check_year(year)

    def without(stated: Stated) -> Stated:
        return tuple(one for one in stated if (one.diary, one.month) != (diary, month))

    return _change_stated(session, user_id, year, without, language)


def _change_stated(
    session: Session, user_id: str, year: int, change: Callable[[Stated], Stated], language: Language
) -> YearlyFootprint:
    # the model stays the one the answers were read by: only answering again moves a year to another
    model = get_answered(session, user_id, year).model
    before = storage.lock_stored(session, user_id, year, model)
    after = storage.with_logged(session, user_id, replace(before, stated=change(before.stated)))
    return keep(session, user_id, before, after, language)


def _get_diary(name: str) -> Diary:
    found = next((diary for diary in list_diaries() if diary.name == name), None)
    if found is None:
        raise Refusal("not_found.diary", diary=name[:60])
    return found


def _count(session: Session, user_id: str, diary: Diary, year: int) -> Counter[int]:
    methodologies = list_logged((diary.name,), meters=False)
    told = activities.list_told(session, user_id, methodologies, date(year, 1, 1), date(year, 12, 31))
    return Counter(row["occurred_on"].month for row in told)


def _has_ended(year: int, month: int, today: date) -> bool:
    return date(year, month, monthrange(year, month)[1]) < today


def _today(session: Session, user_id: str) -> date:
    return clock.local_day(clock.database_now(session), profiles.get_profile(session, user_id).zone)
