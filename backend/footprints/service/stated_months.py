"""Months of which a person states that all of a diary is logged: then what they logged stands for their answers.

A statement is an act of the person for one month and one diary, and is taken back the same way. Nothing is stated by
logging, and no month before it has ended or of which nothing at all is logged.
"""

from __future__ import annotations

from calendar import monthrange
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from backend.activities import service as activities
from backend.footprints.domain import DiaryMonth, DiaryYear, LoggedMonths, QuestionTitle, StatedMonth, YearlyFootprint
from backend.footprints.service import answered_years
from backend.footprints.service.answered_years import check_year
from backend.footprints.service.footprints import get_answered, store_footprint
from backend.platform.core import clock
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language, pick
from backend.profiles import service as profiles
from calculators import Diary, list_diaries, list_logged

MONTHS = range(1, 13)
StatedMonths = tuple[StatedMonth, ...]


def list_logged_months(session: Session, user_id: str, year: int, language: Language) -> LoggedMonths:
    """Every diary of a year, with what is logged in each month. Raises `not_found.survey`."""
    check_year(year)
    answered, today = get_answered(session, user_id, year), _today(session, user_id)
    questions = answered.model.survey.questions
    stated = {(one.diary, one.month): one.stated_at for one in answered.stated}

    def describe(diary: Diary) -> DiaryYear:
        logged = _count(session, user_id, diary, year)
        return DiaryYear(
            diary=diary.name,
            title=pick(diary.title, language),
            promise=pick(diary.promise, language),
            questions=tuple(
                QuestionTitle(name, pick(questions[name].title, language))
                for name in diary.questions
                if name in questions
            ),
            months=tuple(
                DiaryMonth(month, logged[month], _has_ended(year, month, today), stated.get((diary.name, month)))
                for month in MONTHS
            ),
        )

    return LoggedMonths(year, tuple(describe(diary) for diary in list_diaries()))


def state_month(
    session: Session, user_id: str, year: int, diary: str, month: int, language: Language
) -> YearlyFootprint:
    """State that all of a diary's kind is logged in a month; stating it again changes nothing.

    Raises `not_found.diary`, `not_found.survey`, `neutrality.month_not_over`, and `neutrality.nothing_logged`.
    """
    definition = _get_diary(diary)
    check_year(year)
    if not _has_ended(year, month, _today(session, user_id)):
        raise Refusal("neutrality.month_not_over", year=year, month=month)
    if not _count(session, user_id, definition, year)[month]:
        raise Refusal("neutrality.nothing_logged", year=year, month=month)

    def add(stated: StatedMonths) -> StatedMonths:
        if any((one.diary, one.month) == (diary, month) for one in stated):
            return stated
        return tuple(sorted((*stated, StatedMonth(diary, month, clock.database_now(session)))))

    return _change_stated(session, user_id, year, add, language)


def take_back_month(
    session: Session, user_id: str, year: int, diary: str, month: int, language: Language
) -> YearlyFootprint:
    """Take a statement back: the month keeps the answer again. Raises `not_found.diary` and `not_found.survey`."""
    _get_diary(diary)
    check_year(year)

    def remove(stated: StatedMonths) -> StatedMonths:
        return tuple(one for one in stated if (one.diary, one.month) != (diary, month))

    return _change_stated(session, user_id, year, remove, language)


def _change_stated(
    session: Session, user_id: str, year: int, change: Callable[[StatedMonths], StatedMonths], language: Language
) -> YearlyFootprint:
    # the model stays the one the answers were read by: only answering again moves a year to another
    model = get_answered(session, user_id, year).model
    before = answered_years.lock_year(session, user_id, year, model)
    after = answered_years.add_readings(session, user_id, replace(before, stated=change(before.stated)))
    return store_footprint(session, user_id, before, after, language)


def _get_diary(name: str) -> Diary:
    diary = next((one for one in list_diaries() if one.name == name), None)
    if diary is None:
        raise Refusal("not_found.diary", diary=name[:60])
    return diary


def _count(session: Session, user_id: str, diary: Diary, year: int) -> Counter[int]:
    methodologies = list_logged((diary.name,), meters=False)
    logged = activities.list_reported(session, user_id, methodologies, date(year, 1, 1), date(year, 12, 31))
    return Counter(row.occurred_on.month for row in logged)


def _has_ended(year: int, month: int, today: date) -> bool:
    return date(year, month, monthrange(year, month)[1]) < today


def _today(session: Session, user_id: str) -> date:
    return clock.local_day(clock.database_now(session), profiles.get_profile(session, user_id).zone)
