"""What a document says about counting: who and what is eligible, the deductions, the caps.

Promise: no reduction without a named conservativeness, no self-declared evidence at more than half weight, no
methodology without a cap per activity and per day. Source of the half: cookstove projects credited on surveys claimed
6.3 times too much, metered ones 1.3 times (Gill-Wiehl et al. 2023). Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from calculators.errors import UnitRefused
from calculators.figures.lower_bound import METHOD
from calculators.methodology.parts import (
    REDUCTION,
    Choice,
    Eligibility,
    Exclusion,
    Quantity,
    Requirement,
)
from calculators.methodology.section import Section
from calculators.rounding import scaled
from calculators.units import conversion

SELF_DECLARED = "self_declared"
UNCERTAINTY_BAND = "uncertainty_band"  # a weight by the relative range: only of versions that were frozen with it
CONSERVATIVENESS = (METHOD, UNCERTAINTY_BAND)
_PERIODS = ("per_activity", "per_day", "per_month", "per_year")
_MOST_SELF_DECLARED = Decimal("0.5")


def read_eligibility(section: Section, inputs: Mapping[str, Quantity | Choice]) -> Eligibility:
    """What counts, and who would have done it anyway."""
    return Eligibility(
        minimum_distance=_minimum_distance(section, inputs),
        speed_limits_kmh=_speed_limits(section.section("speed_limit_kmh"), inputs),
        requirements=tuple(_requirement(part) for part in section.sections("require")),
        exclusions=tuple(_exclusion(part, inputs) for part in section.sections("exclude")),
    )


def _minimum_distance(section: Section, inputs: Mapping[str, Quantity | Choice]) -> Decimal | None:
    if not section.has("minimum_distance"):
        return None
    number, _, unit = section.text("minimum_distance").partition(" ")
    distance = inputs.get("distance")
    if not isinstance(distance, Quantity):
        section.problem("minimum_distance", "needs an input named distance")
        return None
    try:
        return scaled(Decimal(number), conversion(unit, distance.entered_as))
    except (ArithmeticError, UnitRefused):
        section.problem("minimum_distance", 'must be a length such as "0.3 km"')
        return None


def _speed_limits(section: Section, inputs: Mapping[str, Quantity | Choice]) -> dict[str, Decimal]:
    limits: dict[str, Decimal] = {}
    mode = inputs.get("mode")
    for option in section.names():
        if not isinstance(mode, Choice) or option not in mode.options:
            section.problem(option, f"{option!r} is not an option of an input named mode")
        if not isinstance(inputs.get("distance"), Quantity):
            section.problem(option, "a speed limit needs an input named distance")
        limit = section.decimal(option)
        if limit is not None:
            limits[option] = limit
    return limits


def _requirement(part: Section) -> Requirement:
    requirement = Requirement(part.text("condition"), part.text("reason"), part.words("text"))
    part.finish()
    return requirement


def _exclusion(part: Section, inputs: Mapping[str, Quantity | Choice]) -> Exclusion:
    chosen = part.section("choices")
    choices = {name: chosen.texts(name, required=True) for name in chosen.names()}
    for name in choices:
        if not isinstance(inputs.get(name), Choice):
            chosen.problem(name, f"{name!r} is not an input with one_of")
    exclusion = Exclusion(part.texts("diet"), choices, part.text("reason"), part.words("text"))
    if not exclusion.diets and not choices:
        part.problem("", "names nobody: give diet or choices")
    part.finish()
    return exclusion


def read_evidence(section: Section) -> dict[str, Decimal]:
    """The weight of every accepted kind of evidence."""
    weights: dict[str, Decimal] = {}
    for tier in section.names():
        weight = section.decimal(tier)
        if weight is None:
            continue
        if not 0 < weight <= 1:
            section.problem(tier, "a weight lies above 0 and at most at 1")
        if tier == SELF_DECLARED and weight > _MOST_SELF_DECLARED:
            section.problem(tier, "what nobody checked counts at most 0.5")
        weights[tier] = weight
    if not weights:
        section.problem("", "missing: say what each kind of evidence weighs")
    return weights


def read_caps(section: Section, yields: str) -> dict[str, int]:
    """The caps, in grams for reductions and in points for behaviours."""
    suffix = "g" if yields == REDUCTION else "points"
    known = [f"{period}_{suffix}" for period in _PERIODS]
    caps: dict[str, int] = {}
    for name in section.names():
        if name not in known:
            section.problem(name, f"is not one of {', '.join(known)}")
            continue
        caps[name] = section.integer(name)
        if caps[name] <= 0:
            section.problem(name, "must be above zero")
    for name in known[:2]:
        if name not in caps:
            section.problem(name, "missing: every methodology has a cap per activity and per day")
    return caps


def read_conservativeness(section: Section, yields: str) -> str | None:
    """How a reduction is discounted for its uncertainty; None for points, which claim no grams."""
    return section.one_of("conservativeness", CONSERVATIVENESS) if yields == REDUCTION else None
