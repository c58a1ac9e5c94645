"""A methodology as values: what a reviewed document says, typed and frozen.

Promise: everything an estimate needs and nothing it could change. Built only by `reading.py`. Touches nothing.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calculators.methodology.program import Program

Words = Mapping[str, str]  # {"en": ..., "zh": ...}

# What a household has one of, or a few: each counts once a day, for whoever claims it first.
HOUSEHOLD_THINGS = ("electricity_meter", "gas_meter", "heat_meter", "water_meter", "car", "roof")

REDUCTION = "reduction"
BEHAVIOUR_POINTS = "behaviour_points"


@dataclass(frozen=True, slots=True)
class OwnHistory:
    """How an input follows from a person's own earlier activities of the same methodology.

    `of` is the input that is averaged, `per` the one it is divided by ("" for one activity); with `meter` the values
    are readings of a running meter and their differences per day count. The window is `from_days_ago` to
    `to_days_ago` before the activity, and holds at least `at_least_days` known days.
    """

    of: str
    per: str
    meter: bool
    from_days_ago: int
    to_days_ago: int
    at_least_days: int


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured input. `unit` is what formulas compute in, `entered_as` what a person types; bounds in `unit`."""

    name: str
    title: Words
    unit: str
    entered_as: str
    step: Decimal
    minimum: Decimal
    maximum: Decimal
    rounds_up: bool
    default: Decimal | None
    given_by: str  # "person", "profile" or "history"
    history: OwnHistory | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """An input that is one of a few words."""

    name: str
    title: Words
    options: tuple[str, ...]
    titles: Mapping[str, Words]
    default: str | None


@dataclass(frozen=True, slots=True)
class Parameter:
    """A figure the formulas use: from a table (`table`, with `item` or `by`), or a constant with its reason."""

    name: str
    unit: str
    table: str | None
    item: str
    by: tuple[str, ...]
    fallback: str
    when: Mapping[str, tuple[str, ...]]  # only for these options of these choices
    value: Decimal | None
    uncertainty_pct: Decimal | None
    reason: Words

    def item_for(self, choices: Mapping[str, str]) -> str:
        """What its table is asked for: its item, in which `{choice}` stands for the option taken, or the options."""
        if not self.by:
            return self.item
        return self.item.format_map(choices) if self.item else "|".join(choices[name] for name in self.by)

    def applies_to(self, choices: Mapping[str, str]) -> bool:
        """Whether the figure is needed for these choices."""
        return all(choices.get(name) in options for name, options in self.when.items())


@dataclass(frozen=True, slots=True)
class Requirement:
    """What must hold for the activity to count; where it does not, the result is stored, uncredited, with `reason`."""

    condition: str
    reason: str
    text: Words


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Who would have done the same anyway: for them the baseline is the project, so nothing is reduced."""

    diets: tuple[str, ...]
    choices: Mapping[str, tuple[str, ...]]
    reason: str
    text: Words


@dataclass(frozen=True, slots=True)
class Eligibility:
    """What counts. `minimum_distance` is in the unit of the input `distance`; speeds in km/h by option of `mode`."""

    minimum_distance: Decimal | None
    speed_limits_kmh: Mapping[str, Decimal]
    requirements: tuple[Requirement, ...]
    exclusions: tuple[Exclusion, ...]

    @property
    def rules(self) -> tuple[Requirement | Exclusion, ...]:
        """Every rule with a reason and words of its own."""
        return (*self.requirements, *self.exclusions)


@dataclass(frozen=True, slots=True)
class Contrast:
    """The naive figure shown beside the result, never credited: its label and its formula in grams."""

    label: Words
    formula: str


@dataclass(frozen=True, slots=True)
class Source:
    """One document the methodology rests on."""

    publisher: str
    document: str
    year: int
    url: str
    verification: str


@dataclass(frozen=True, slots=True)
class Assumption:
    """What nobody published and the methodology supposes, with why; shown to reviewers and users."""

    text: Words


@dataclass(frozen=True, slots=True)
class Example:
    """A worked example: inputs and context in, the integers it must lead to out."""

    name: str
    inputs: Mapping[str, Any]
    context: Mapping[str, Any]
    expected: Mapping[str, Any]


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
    excludes: tuple[str, ...]  # methodologies that credit the same thing: one of them on one civil day, once if itself
    claims: tuple[str, ...]  # the household's things it measures: each counts once a day, for one person
    covers: str | None  # the input that says how many days an activity covers, its own the last; None: that one
    review_by: date
    inputs: Mapping[str, Quantity | Choice]
    parameters: Mapping[str, Parameter]
    formulas: Mapping[str, str]  # baseline and project, or points
    alternatives: Mapping[str, tuple[Words, str]]
    basis: str | None  # the parameter, or the input from a history, that carries the baseline
    eligibility: Eligibility
    caps: Mapping[str, int]
    evidence_weights: Mapping[str, Decimal]
    contrast: Contrast | None
    sources: tuple[Source, ...]
    assumptions: tuple[Assumption, ...]
    examples: tuple[Example, ...]
    text: str
    sha256: str
    lines: Mapping[str, int]
    program: Program

    @property
    def choices(self) -> Mapping[str, Choice]:
        """The inputs that are words."""
        return {name: spec for name, spec in self.inputs.items() if isinstance(spec, Choice)}

    @property
    def quantities(self) -> Mapping[str, Quantity]:
        """The inputs that are measured."""
        return {name: spec for name, spec in self.inputs.items() if isinstance(spec, Quantity)}

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

    def describe(self) -> dict[str, Any]:
        """The whole document as JSON-able data, quantities as decimal text: what an API or a console shows."""
        from calculators.methodology.describing import describe

        return describe(self)
