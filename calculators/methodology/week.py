"""What a document says about its week: what somebody does is set against all that they do in it (ADR 0127).

Promise: names an input that counts, the choices that lie below the mean and are common anyway, and the figures that say
how common, or every problem with its line. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from calculators.methodology.parts import Choice, Parameter, Quantity
from calculators.methodology.section import Section


@dataclass(frozen=True, slots=True)
class WeekRule:
    """How a rule is netted over a civil week, Monday to Sunday.

    `count` is the input that counts instances, `instances` how many the mean week of a person has. Of the input `by`,
    the choices `common` are what part of the mean week is anyway: `share` names the parameter that says which part,
    `factor` that of one of them, `mean` that of the mean instance. `alone` instances are credited whatever the rest is.
    """

    count: str
    by: str
    common: tuple[str, ...]
    mean: str
    factor: str
    share: str
    instances: int
    alone: int


def read_week(
    crediting: Section, inputs: Mapping[str, Quantity | Choice], parameters: Mapping[str, Parameter]
) -> WeekRule | None:
    """The week of a document; None where each activity is credited by itself."""
    if not crediting.has("week"):
        return None
    section = crediting.section("week")
    rule = WeekRule(
        count=section.text("count"),
        by=section.text("by"),
        common=section.texts("common", required=True),
        mean=section.text("mean"),
        factor=section.text("factor"),
        share=section.text("share"),
        instances=section.integer("instances"),
        alone=section.integer("alone"),
    )
    section.finish()
    _check(section, rule, inputs, parameters)
    return rule


def _check(
    section: Section,
    rule: WeekRule,
    inputs: Mapping[str, Quantity | Choice],
    parameters: Mapping[str, Parameter],
) -> None:
    counted, chosen = inputs.get(rule.count), inputs.get(rule.by)
    if not isinstance(counted, Quantity) or counted.step != 1 or counted.minimum < 1:
        section.problem("count", "must name an input that counts, from one on in steps of one")
    if not isinstance(chosen, Choice) or not set(rule.common) <= set(chosen.options):
        section.problem("common", "must be options of the input that `by` names")
    for key in ("mean", "factor", "share"):
        if getattr(rule, key) not in parameters:
            section.problem(key, "must name a parameter")
    if not 0 < rule.alone < rule.instances:
        section.problem("alone", "must be above zero and below `instances`")
