"""Where one line of a person's footprint comes from: its formula with their numbers, and the source of each figure."""

from __future__ import annotations

from sqlalchemy.orm import Session

from backend.footprints.domain import LineExplanation, LineNumber
from backend.footprints.service.answered_years import check_year
from backend.footprints.service.footprints import get_answered
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language, pick
from calculators import explain_line


def get_line(session: Session, user_id: str, year: int, line: str, language: Language) -> LineExplanation:
    """How one line of a person's year came about. Raises `not_found.footprint_line` for a line there is not."""
    check_year(year)
    answered = get_answered(session, user_id, year)
    if line not in answered.model.survey.lines or line in answered.model.absent:
        raise Refusal("not_found.footprint_line", line=line[:60])
    explained = explain_line(answered.model, answered.counted, line, language.key, answered.measured)
    return LineExplanation(
        year=year,
        line=explained.line,
        category=explained.category,
        title=explained.title,
        grams=explained.grams,
        formula=explained.formula,
        working=explained.working,
        numbers=tuple(
            LineNumber(
                name=one.name,
                title=one.title,
                kind=one.kind,
                value=one.value,
                unit=one.unit,
                region=one.entry.pack if one.entry else None,
                source=one.entry.source if one.entry else None,
                assumed=pick(one.entry.assumed, language) if one.entry and one.entry.assumed else None,
                by_definition=one.entry is not None and one.entry.definition,
                note=one.entry.note if one.entry else None,
            )
            for one in explained.numbers
        ),
    )
