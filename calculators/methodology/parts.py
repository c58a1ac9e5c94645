"""The parts of a methodology as values: inputs, parameters, conditions, sources, typed and frozen.

Promise: what a reviewed document says and nothing it could change. Built only by reading one. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from calculators.figures.terms import Mark

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
    given_by: str  # "person", "profile", "history" or "calendar"
    history: OwnHistory | None = None
    words: Mapping[str, str] = field(default_factory=dict)  # units that mean another only here: a 吨 of water is a m3

    def unit_of(self, said: str) -> str:
        """The unit that somebody means by `said` where this is measured."""
        return self.words.get(said.strip(), said)


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
    distribution: str  # of a constant with a range, as a row of a table says its own
    distribution_reason: str  # the code of why, explained in tables.toml
    is_exact: bool  # a constant that is a definition or a limit, and so has no range
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
    mark: Mark


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
