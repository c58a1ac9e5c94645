"""What a person answered about a year, and what they logged of it in place of an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from calculators import Model, Reading, StandIn, SurveyFootprint, compute_footprint, measure_year, short_text

Answers = Mapping[str, Decimal | str]


@dataclass(frozen=True)
class OwnTarget:
    """An aim somebody sets themselves: so many grams a year from `year` on."""

    year: int
    grams: int


@dataclass(frozen=True, order=True)
class StatedMonth:
    """A month of which somebody said, at an instant, that everything a diary is about is logged."""

    diary: str
    month: int
    stated_at: datetime


@dataclass(frozen=True)
class AnsweredYear:
    """One person's year: answers read by `model`, the aim they set themselves, the months they stated to be logged
    completely, and what they logged of it.
    """

    year: int
    model: Model
    answers: Answers = field(default_factory=dict)
    own_target: OwnTarget | None = None
    stated: tuple[StatedMonth, ...] = ()
    revision: int = 0
    readings: tuple[Reading, ...] = ()

    @property
    def stated_months(self) -> dict[str, list[int]]:
        """The stated months of each diary."""
        months: dict[str, list[int]] = {}
        for one in self.stated:
            months.setdefault(one.diary, []).append(one.month)
        return months

    @property
    def measured(self) -> Mapping[str, StandIn]:
        """What was logged and stands for an answer, by question."""
        if not self.readings and not self.stated:
            return {}
        return measure_year(self.model, self.answers, self.readings, self.year, self.stated_months)

    @property
    def counted(self) -> dict[str, Decimal | str]:
        """What counts: the answers, and what was logged in their place."""
        return {**self.answers, **{name: one.value for name, one in self.measured.items()}}

    @property
    def partly_measured(self) -> frozenset[str]:
        """The questions that still rest on a default for the days of which nothing is logged."""
        return frozenset(name for name, one in self.measured.items() if not one.is_whole and name not in self.answers)

    def compute(self) -> SurveyFootprint:
        """The footprint of the year."""
        return compute_footprint(self.model, self.counted, self.partly_measured)


@dataclass(frozen=True)
class AnswerRequest:
    """What a person sends about a year: raw answers by question, None taking one back; what is not named stays.

    `start_from` is the year whose answers come over first; `own_target` replaces the aim only if `sets_own_target`.
    """

    answers: Mapping[str, Any] = field(default_factory=dict)
    start_from: int | None = None
    own_target: OwnTarget | None = None
    sets_own_target: bool = False

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> AnswerRequest:
        """The request in a body that has been read."""
        target = body.get("own_target")
        return cls(
            answers=body.get("answers", {}),
            start_from=body.get("start_from"),
            own_target=None if target is None else OwnTarget(**target),
            sets_own_target="own_target" in body,
        )


@dataclass(frozen=True)
class YearCopy:
    """A copy of a year under a name: its own answers, read by the model they were last changed with."""

    id: str
    name: str
    year: AnsweredYear


@dataclass(frozen=True)
class CopyRequest:
    """What a person sends about a copy: another name, and raw answers by question, None taking one back."""

    name: str | None
    answers: AnswerRequest

    @classmethod
    def of(cls, body: Mapping[str, Any]) -> CopyRequest:
        """The request in a body that has been read."""
        return cls(body.get("name"), AnswerRequest(answers=body.get("answers", {})))


def answers_as_text(answers: Answers) -> dict[str, str]:
    """Answers as text, for documents and the wire."""
    return {name: short_text(value) if isinstance(value, Decimal) else value for name, value in answers.items()}
