"""The inputs and parameters of a document.

Promise: every input is bounded and every parameter says where its figure comes from. Touches nothing.
"""

from __future__ import annotations

import re
from decimal import Decimal

from calculators.figures.baselines import FALLBACKS
from calculators.figures.distributions import DISTRIBUTIONS
from calculators.figures.terms import Distribution
from calculators.methodology.parts import Choice, OwnHistory, Parameter, Quantity
from calculators.methodology.section import NOTHING, Section
from calculators.units import counts_as, fits, parse_unit

PROFILE_VALUES = ("household_size",)
LONGEST_HISTORY_DAYS = 800
_PLACE = re.compile(r"\{([a-z][a-z0-9_]*)\}", re.ASCII)
_GIVEN_BY = ("person", "profile", "history", "calendar")
CALENDAR_VALUES = ("weekday",)  # of the activity's civil day: 1 is Monday, 7 is Sunday


def read_inputs(section: Section) -> dict[str, Quantity | Choice]:
    """Every input of the document, by name."""
    inputs: dict[str, Quantity | Choice] = {}
    for name in section.names():
        part = section.section(name)
        inputs[name] = _choice(name, part) if part.has("one_of") else _quantity(name, part)
        part.finish()
    for name, spec in inputs.items():
        if isinstance(spec, Quantity) and spec.history is not None:
            for key, other in (("of", spec.history.of), ("per", spec.history.per)):
                if other and not isinstance(inputs.get(other), Quantity):
                    section.problem(f"{name}.history", f"{key}: {other!r} is not a quantity of this document")
    if not inputs:
        section.problem("", "missing: a methodology needs at least one input")
    return inputs


def _choice(name: str, part: Section) -> Choice:
    options = part.texts("one_of", required=True)
    named = part.section("options", required=True)
    titles = {option: named.words(option) for option in options}
    named.finish()
    default = part.text("default") if part.has("default") else None
    if default is not None and default not in options:
        part.problem("default", f"{default!r} is not one of the options")
    return Choice(name, part.words("title"), options, titles, default)


def _quantity(name: str, part: Section) -> Quantity:
    unit = part.unit("unit")
    entered_as = part.unit("entered_as", default=unit)
    if "1" not in (unit, entered_as) and not counts_as(entered_as, unit):
        part.problem("entered_as", f"{entered_as!r} and {unit!r} may differ by counted things only")
    step = part.decimal("step") or Decimal(1)
    if step > 1 or step.normalize().as_tuple().digits != (1,):
        part.problem("step", 'must be 1 or a part of ten, such as "0.001"')
        step = Decimal(1)
    minimum, maximum = part.decimal("minimum", required=False), part.decimal("maximum", required=False)
    for key, bound in (("minimum", minimum), ("maximum", maximum)):
        if bound is None:
            part.problem(key, f"missing: an input without a {key} is unbounded; say what is possible")
    if minimum is not None and maximum is not None and minimum > maximum:
        part.problem("maximum", "is below the minimum")
    default = part.decimal("default", required=False)
    if default is not None and not (minimum or NOTHING) <= default <= (maximum or default):
        part.problem("default", "is outside the bounds")
    given_by = part.one_of("given_by", _GIVEN_BY, default="person")
    if given_by == "profile" and name not in PROFILE_VALUES:
        part.problem("given_by", f"a profile knows {', '.join(PROFILE_VALUES)}")
    if given_by == "calendar" and name not in CALENDAR_VALUES:
        part.problem("given_by", f"a calendar knows {', '.join(CALENDAR_VALUES)}")
    if (given_by == "history") != part.has("history"):
        part.problem("history", 'what a history gives says which: given_by = "history" and a table named history')
    return Quantity(
        name=name,
        title=part.words("title"),
        unit=unit,
        entered_as=entered_as,
        step=step,
        minimum=minimum or NOTHING,
        maximum=maximum or NOTHING,
        rounds_up=part.one_of("rounding", ("down", "up"), default="down") == "up",
        default=default,
        given_by=given_by,
        history=_history(part.section("history")) if part.has("history") else None,
        words=_words(part, entered_as),
    )


def _words(part: Section, entered_as: str) -> dict[str, str]:
    """What the units of `words` mean where this is measured; each must lead to the unit a person types."""
    if not part.has("words"):
        return {}
    named = part.section("words")
    words = {word: named.unit(word) for word in named.names()}
    for word, unit in words.items():
        if unit and not fits(parse_unit(unit), parse_unit(entered_as)):
            named.problem(word, f"{unit!r} is not measured in {entered_as!r}")
    named.finish()
    return words


def _history(part: Section) -> OwnHistory:
    history = OwnHistory(
        of=part.text("of"),
        per=part.text("per", default="") if part.has("per") else "",
        meter=part.has("meter") and part.raw("meter") is True,
        from_days_ago=part.integer("from_days_ago"),
        to_days_ago=part.integer("to_days_ago"),
        at_least_days=part.integer("at_least_days"),
    )
    if not 0 < history.to_days_ago <= history.from_days_ago <= LONGEST_HISTORY_DAYS:
        part.problem("from_days_ago", f"the window lies 1 to {LONGEST_HISTORY_DAYS} days before the activity")
    if not 0 < history.at_least_days <= history.from_days_ago - history.to_days_ago + 1:
        part.problem("at_least_days", "the window holds fewer days than that")
    part.finish()
    return history


def read_parameters(section: Section, inputs: dict[str, Quantity | Choice]) -> dict[str, Parameter]:
    """Every parameter of the document, by name."""
    parameters: dict[str, Parameter] = {}
    for name in section.names():
        part = section.section(name)
        if name in inputs:
            part.problem("", f"{name!r} is an input already; give the parameter another name")
        parameters[name] = _parameter(name, part, inputs)
        part.finish()
    return parameters


def _parameter(name: str, part: Section, inputs: dict[str, Quantity | Choice]) -> Parameter:
    table = part.text("from") if part.has("from") else None
    value = part.decimal("value", required=False)
    if (table is None) == (value is None):
        part.problem("from", "give either a table (from) or a constant (value) with its reason")
    by = part.texts("by")
    for choice in by:
        if not isinstance(inputs.get(choice), Choice):
            part.problem("by", f"{choice!r} is not an input with one_of")
    item = part.text("item", default="")
    unnamed = sorted(set(_PLACE.findall(item)) ^ set(by)) if item else []
    if unnamed or re.search(r"[{}]", _PLACE.sub("", item)):
        part.problem("item", "names in braces exactly the choices listed in by, such as landfill_{fraction}")
        item = ""
    reason = part.words("reason", required=value is not None)
    spread = part.decimal("uncertainty_pct", required=False)
    if table is not None and spread is not None:
        part.problem("uncertainty_pct", "belongs to the rows of the table, not to the document")
    shape = _shape(part, spread is not None)
    return Parameter(
        name=name,
        unit=part.unit("unit"),
        table=table,
        item=item,
        by=by,
        fallback=part.one_of("fallback", FALLBACKS, default="none"),
        when=_when(part.section("when"), inputs),
        value=value,
        uncertainty_pct=spread,
        distribution=shape[0],
        distribution_reason=shape[1],
        is_exact=_is_exact(part, value is not None and spread is None),
        reason=reason,
    )


def _shape(part: Section, has_range: bool) -> tuple[str, str]:
    """The distribution of a constant and the code of its reason; documents from before there were any say neither."""
    for key in ("distribution", "distribution_reason"):
        if part.has(key) and not has_range:
            part.problem(key, "belongs to a constant with an uncertainty_pct")
    shape = part.one_of("distribution", DISTRIBUTIONS, default=Distribution.NORMAL)
    return shape, part.text("distribution_reason", default="")


def _is_exact(part: Section, may_be: bool) -> bool:
    if not part.has("exact"):
        return False
    if part.raw("exact") is not True or not may_be:
        part.problem("exact", "is true or left out, and stands beside a constant without a range")
    return True


def _when(part: Section, inputs: dict[str, Quantity | Choice]) -> dict[str, tuple[str, ...]]:
    when: dict[str, tuple[str, ...]] = {}
    for name in part.names():
        options = part.texts(name, required=True)
        choice = inputs.get(name)
        if not isinstance(choice, Choice):
            part.problem(name, f"{name!r} is not an input with one_of")
        elif unknown := sorted(set(options) - set(choice.options)):
            part.problem(name, f"{', '.join(unknown)}: not an option of {name}")
        when[name] = options
    return when
