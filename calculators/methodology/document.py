"""A methodology as a value: what a reviewed document says, typed and frozen.

Promise: everything an estimate needs and nothing it could change. Built only by `reading.py`. Touches nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from calculators.methodology.flows import FlowUse
from calculators.methodology.parts import (
    Assumption,
    Choice,
    Contrast,
    Eligibility,
    Example,
    Parameter,
    Quantity,
    Source,
    Words,
)
from calculators.methodology.program import Program
from calculators.methodology.week import WeekRule


@dataclass(frozen=True, slots=True, eq=False)
class Methodology:
    """One version of one rule: the content of a document, its canonical text and that text's hash."""

    id: str
    category: str
    title: Words
    explanation: Words
    yields: str
    family: str  # where no place in `families` holds the activity
    families: Mapping[str, str]  # by region; each is whole: baseline and project of a place share one
    flows: tuple[FlowUse, ...]  # what it measures: an instance of a flow is paid once, by whichever rule
    week: WeekRule | None  # how what is done in a week is set against each other; None: each activity by itself
    excludes: tuple[str, ...]  # what documents from before there were flows named instead; nothing reads it any more
    claims: tuple[str, ...]  # the household's things it measures: each counts once a day, for one person
    covers: str | None  # the input that says how many days an activity covers, its own the last; None: that one
    review_by: date
    inputs: Mapping[str, Quantity | Choice]
    choices: Mapping[str, Choice]  # the inputs that are words
    quantities: Mapping[str, Quantity]  # the inputs that are measured
    history_days: int  # how many days before an activity its own history may lie; 0: it asks for none
    parameters: Mapping[str, Parameter]
    formulas: Mapping[str, str]  # baseline and project, or points
    alternatives: Mapping[str, tuple[Words, str]]
    basis: str | None  # the parameter, or the input from a history, that carries the baseline
    eligibility: Eligibility
    conservativeness: str | None  # `lower_bound`, or `uncertainty_band` of a version from before it; None for points
    caps: Mapping[str, int]
    evidence_weights: Mapping[str, Decimal]
    contrast: Contrast | None
    sources: tuple[Source, ...]
    assumptions: tuple[Assumption, ...]
    examples: tuple[Example, ...]
    text: str
    sha256: str
    program: Program

    def family_of(self, chain: Sequence[str]) -> str:
        """The family a place is computed in, given the place and everything around it, nearest first."""
        return next((self.families[place] for place in chain if place in self.families), self.family)

    @property
    def every_family(self) -> frozenset[str]:
        """Every family this document may be computed in."""
        return frozenset({self.family, *self.families.values()})

    def items_of(self, parameter: Parameter) -> list[str]:
        """Everything this parameter's table may be asked for: one item, or one for each combination of options."""
        if not parameter.by:
            return [parameter.item]
        options = [
            [option for option in self.choices[name].options if option in parameter.when.get(name, (option,))]
            for name in parameter.by
        ]
        return [
            parameter.item_for(dict(zip(parameter.by, combination, strict=True)))
            for combination in itertools.product(*options)
        ]
