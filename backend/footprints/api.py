"""Endpoints of footprints: the survey, a year's footprint, what is left to reduce, and what may be said about it."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from backend.footprints import service
from backend.footprints.domain import (
    AnswerRequest,
    CopyRequest,
    FootprintCopies,
    FootprintCopy,
    LineExplanation,
    LoggedMonths,
    Neutrality,
    ReductionOptions,
    SurveyQuery,
    SurveyQuestions,
    YearlyFootprint,
    YearSummary,
)
from backend.footprints.schemas import (
    CopiesOut,
    CopyIn,
    CopyOut,
    FootprintIn,
    FootprintListed,
    FootprintOut,
    LineWorkingOut,
    LoggedMonthsOut,
    NeutralityOut,
    OptionsOut,
    QuestionsOut,
    QuestionsQuery,
)
from backend.platform.core.actor import Actor
from backend.platform.core.i18n import Language
from backend.platform.core.roles import SIGNED_IN
from backend.platform.data.paging import Page, Window
from backend.platform.web.edge import Edge

MONTH = "<int(min=1, max=12):month>"
COPY = "/footprints/<int:year>/copies/<copy_id>"

edge = Edge("footprints", "A year's footprint, and how close to neutral", who=SIGNED_IN)


@edge.get("/footprint/questions", query=QuestionsQuery, answer=QuestionsOut, etag=True)
def list_questions(session: Session, actor: Actor, query: dict[str, Any], language: Language) -> SurveyQuestions:
    """What may be asked about a year, with your region's defaults shown as defaults."""
    return service.get_questions(session, actor.user_id, SurveyQuery(**query), language)


@edge.get("/footprints", answer=FootprintListed, page=True)
def list_footprints(session: Session, actor: Actor, window: Window, language: Language) -> Page[YearSummary]:
    """The years you answered, side by side, each with why it differs from the year before it."""
    return service.list_footprints(session, actor.user_id, window, language)


@edge.get("/footprints/<int:year>", answer=FootprintOut)
def get_footprint(session: Session, actor: Actor, year: int, language: Language) -> YearlyFootprint:
    """Your footprint of a year with its range; defaults are marked as defaults."""
    return service.get_footprint(session, actor.user_id, year, language)


@edge.put("/footprints/<int:year>", body=FootprintIn, answer=FootprintOut)
def answer_footprint(
    session: Session, actor: Actor, year: int, body: dict[str, Any], language: Language
) -> YearlyFootprint:
    """Answer any of the questions about a year; what you do not name stays, null takes an answer back."""
    return service.answer_footprint(session, actor.user_id, year, AnswerRequest.of(body), language)


@edge.get("/footprints/<int:year>/lines/<line>", answer=LineWorkingOut)
def explain_footprint_line(session: Session, actor: Actor, year: int, line: str, language: Language) -> LineExplanation:
    """One line of your footprint with its formula, your numbers in it, and where each figure comes from."""
    return service.get_line(session, actor.user_id, year, line, language)


@edge.get("/footprints/<int:year>/options", answer=OptionsOut)
def list_reduction_options(session: Session, actor: Actor, year: int, language: Language) -> ReductionOptions:
    """What you could still reduce, the largest first, from your own answers, and the gap to each target."""
    return service.get_options(session, actor.user_id, year, language)


@edge.get("/footprints/<int:year>/copies", answer=CopiesOut)
def list_footprint_copies(session: Session, actor: Actor, year: int, language: Language) -> FootprintCopies:
    """The copies you made of a year, each with how far it is from the year. None of them counts for anything."""
    return service.list_copies(session, actor.user_id, year, language)


@edge.post("/footprints/<int:year>/copies", body=CopyIn, answer=CopyOut, status=201)
def copy_footprint(
    session: Session, actor: Actor, year: int, body: dict[str, Any], language: Language
) -> FootprintCopy:
    """Copy a year under a name, changing any of the answers: what it would be if you sold the car."""
    return service.make_copy(session, actor.user_id, year, CopyRequest.of(body), language)


@edge.get(COPY, answer=CopyOut)
def get_footprint_copy(session: Session, actor: Actor, year: int, copy_id: str, language: Language) -> FootprintCopy:
    """One copy of a year, and the difference from the year to it, answer by answer."""
    return service.get_copy(session, actor.user_id, year, copy_id, language)


@edge.put(COPY, body=CopyIn, answer=CopyOut)
def change_footprint_copy(
    session: Session, actor: Actor, year: int, copy_id: str, body: dict[str, Any], language: Language
) -> FootprintCopy:
    """Change the name or any answers of a copy; what you do not name stays, null takes an answer back."""
    return service.change_copy(session, actor.user_id, year, copy_id, CopyRequest.of(body), language)


@edge.delete(COPY)
def drop_footprint_copy(session: Session, actor: Actor, year: int, copy_id: str) -> None:
    """Drop a copy; the year stays as it is."""
    service.drop_copy(session, actor.user_id, year, copy_id)


@edge.get("/footprints/<int:year>/logged-months", answer=LoggedMonthsOut)
def list_logged_months(session: Session, actor: Actor, year: int, language: Language) -> LoggedMonths:
    """What you log month by month, and which months you stated to be complete."""
    return service.list_logged_months(session, actor.user_id, year, language)


@edge.put(f"/footprints/<int:year>/logged-months/<diary>/{MONTH}", answer=FootprintOut)
def state_logged_month(
    session: Session, actor: Actor, year: int, diary: str, month: int, language: Language
) -> YearlyFootprint:
    """State that all of a diary is logged in a month that has ended: then it stands for your answers in that month."""
    return service.state_month(session, actor.user_id, year, diary, month, language)


@edge.delete(f"/footprints/<int:year>/logged-months/<diary>/{MONTH}", answer=FootprintOut)
def take_back_logged_month(
    session: Session, actor: Actor, year: int, diary: str, month: int, language: Language
) -> YearlyFootprint:
    """Take your statement back: the month keeps your answers again."""
    return service.take_back_month(session, actor.user_id, year, diary, month, language)


@edge.get("/neutrality/<int:year>", answer=NeutralityOut)
def get_neutrality(session: Session, actor: Actor, year: int, language: Language) -> Neutrality:
    """Footprint, retired, expected, remaining, and the sentence you may say about the year."""
    return service.get_neutrality(session, actor.user_id, year, language)
