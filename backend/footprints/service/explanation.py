"""Where one line of a person's footprint comes from: its formula with their numbers, and the source of each figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.footprints.service.footprints import get_answered
from backend.footprints.service.neutrality import check_year
from backend.platform.core.errors import Refusal
from backend.platform.core.i18n import Language, pick
from calculators import explain_line


@dataclass(frozen=True)
class NumberShown:
    """One number of a line: the person's answer, or a default or figure with its source or the reason it is assumed."""

    name: str
    title: str
    kind: str
    value: str
    unit: str
    region: str | None
    source: Any
    assumed: str | None
    by_definition: bool
    note: str | None


@dataclass(frozen=True)
class LineWorking:
    """A line's grams, its formula in names and with numbers, and the numbers one by one."""

    year: int
    line: str
    category: str
    title: str
    grams: int
    formula: str
    working: str
    numbers: tuple[NumberShown, ...]


def get_line(session: Session, user_id: str, year: int, line: str, language: Language) -> LineWorking:
    """How one line of a person's year came about. Raises `not_found.footprint_line` for a line there is not."""
    check_year(year)
    stored = get_answered(session, user_id, year)
    if line not in stored.model.survey.lines or line in stored.model.absent:
        raise Refusal("not_found.footprint_line", line=line[:60])
    found = explain_line(stored.model, stored.counted, line, language.key, stored.measured)
    return LineWorking(
        year=year,
        line=found.line,
        category=found.category,
        title=found.title,
        grams=found.grams,
        formula=found.formula,
        working=found.working,
        numbers=tuple(
            NumberShown(
                name=one.name,
                title=one.title,
                kind=one.kind,
                value=one.value,
                unit=one.unit,
                region=one.entry and one.entry.pack,
                source=one.entry and one.entry.source,
                assumed=pick(one.entry.assumed, language) if one.entry and one.entry.assumed else None,
                by_definition=one.entry is not None and one.entry.definition,
                note=one.entry and one.entry.note,
            )
            for one in found.numbers
        ),
    )
