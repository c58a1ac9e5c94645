"""The questions of a survey: what each asks, in which unit, within which bounds.

Promise: every question is bounded, titled and explained in both languages, or is refused with its line and the remedy.
Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from calculators.errors import UnitRefused
from calculators.methodology.parts import Choice, Quantity, Words
from calculators.methodology.section import NOTHING, Section
from calculators.rounding import EXACT
from calculators.units import counts_as, parse_unit

CATEGORIES = ("clothing", "food", "housing", "transport", "consumables", "public_services")
HOUSEHOLD_SIZE = "household_size"
_PERIODS = ("day", "week", "year")
_OF = ("person", "household")
_PERCENT = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Question:
    """One thing a person may be asked. `spec` reads the answer, `unit` is what formulas compute in.

    `of` and `per` say whom and which time the answer counts ("" where that means nothing). The default of a `shared`
    question is per person and is shown times the household. `spread` is the 95 % half-width as a part of one. `also`
    are further units that an answer may be in, each with the figure that leads from it to the asked one.
    """

    name: str
    category: str
    help: Words
    spec: Quantity | Choice
    unit: str
    of: str
    per: str
    shared: bool
    spread: Decimal
    also: Mapping[str, str] = field(default_factory=dict)

    @property
    def title(self) -> Words:
        """What is asked, in both languages."""
        return self.spec.title

    @property
    def options(self) -> Mapping[str, Words]:
        """The words of a choice with their titles; empty for a quantity."""
        return self.spec.titles if isinstance(self.spec, Choice) else {}


def read_questions(section: Section) -> dict[str, Question]:
    """Every question of a survey by its name."""
    questions: dict[str, Question] = {}
    for name in section.names():
        part = section.section(name)
        questions[name] = _choice(name, part) if part.has("one_of") else _quantity(name, part)
        part.finish()
    if HOUSEHOLD_SIZE not in questions:
        section.problem("", f"missing: {HOUSEHOLD_SIZE}, by which a household's use is shared")
    return questions


def _choice(name: str, part: Section) -> Question:
    options = part.texts("one_of", required=True)
    named = part.section("options", required=True)
    titles = {option: named.words(option) for option in options}
    named.finish()
    spec = Choice(name, part.words("title"), options, titles, None)
    return Question(name, part.one_of("category", CATEGORIES), part.words("help"), spec, "", "", "", False, NOTHING)


def _quantity(name: str, part: Section) -> Question:
    unit = part.unit("unit")
    entered_as = part.unit("entered_as", default=unit)
    if "1" not in (unit, entered_as) and not counts_as(entered_as, unit):
        part.problem("entered_as", f"{entered_as!r} and {unit!r} may differ by counted things only")
    of = part.one_of("of", _OF) if part.has("of") else ""
    per = part.one_of("per", _PERIODS) if part.has("per") else ""
    step = part.decimal("step") or Decimal(1)
    if step > 1 or step.normalize(EXACT).as_tuple().digits != (1,):
        part.problem("step", 'must be 1 or a part of ten, such as "0.01"')
    low, high = part.decimal("minimum") or NOTHING, part.decimal("maximum") or NOTHING
    if not NOTHING <= low < high:
        part.problem("maximum", "0 <= minimum < maximum: what is impossible must be refused")
    spread = part.decimal("uncertainty_pct") or NOTHING
    shared = part.has("shared") and part.raw("shared") is True
    if shared and of != "household":
        part.problem("shared", 'only what counts a household is shared: of = "household"')
    spec = Quantity(name, part.words("title"), entered_as, entered_as, step, low, high, False, None, "person")
    return Question(
        name=name,
        category=part.one_of("category", CATEGORIES),
        help=part.words("help"),
        spec=spec,
        unit=unit + (f"/{'-'.join(filter(None, (of, per)))}" if of or per else ""),
        of=of,
        per=per,
        shared=shared,
        spread=EXACT.multiply(spread, _PERCENT),
        also=_further_units(part.section("also")),
    )


def _further_units(part: Section) -> dict[str, str]:
    units = {}
    for name in part.names():
        try:
            parse_unit(name)
        except UnitRefused as refused:
            part.problem(name, str(refused))
        units[name] = part.text(name)
    return units
