"""What an activity says that a paper may state, in the form in which papers are compared.

Promise: pure; None where the inputs cannot be read, which whoever judges the activity refuses in words. Which inputs
they are is data: `[metered]` and `[bought]` in the library.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Any

from calculators.errors import InputRefused
from calculators.estimate.activity_data import read_one
from calculators.methodology.document import Methodology
from calculators.papers.agreement import PaperClaim, bought_by
from calculators.papers.facts import PaperFacts
from calculators.plausibility.limits import Metered, load_limits
from calculators.rounding import EXACT
from calculators.units import conversion


def paper_claim(rule: Methodology, inputs: Mapping[str, Any], kind: str, on: date) -> PaperClaim | None:
    """What `inputs` say of a day that a paper of this kind may state; None where nothing is bought or metered."""
    metered, bought = load_limits().metered.get(rule.id), bought_by(rule.id)
    try:
        if metered is not None:
            return _of_meter(rule, inputs, metered, PaperClaim(kind, on))
        if bought is None:
            return None
        thing = _read(rule, inputs, bought.thing)
        items = _read(rule, inputs, bought.items)
        label = _read(rule, inputs, bought.label)
    except InputRefused:
        return None
    titles = rule.choices[bought.thing].titles.get(str(thing), {}) if bought.thing in rule.choices else {}
    return PaperClaim(
        kind=kind,
        on=on,
        thing=str(thing),
        words=tuple(titles.values()),
        items=int(items) if isinstance(items, Decimal) else 1,
        label=label if isinstance(label, Decimal) else None,
        states=bought.states,
        unless=bought.unless,
    )


def age_by_papers(rule: Methodology, papers: Sequence[PaperFacts], on: date) -> Decimal | None:
    """How long before a day something was bought, in the unit and step of the input that says so, rounded up.

    By the earliest day that these papers print, which earns least; None where the rule asks no age or none prints a
    day. For papers that attest what was bought.
    """
    bought = bought_by(rule.id)
    spec = rule.quantities.get(bought.age or "") if bought else None
    days = [day for paper in papers for day in paper.days if day <= on]
    if spec is None or not days:
        return None
    ratio = conversion("day", spec.unit)
    exact = EXACT.divide(Decimal((on - min(days)).days * ratio.numerator), Decimal(ratio.denominator) * spec.step)
    return EXACT.multiply(exact.to_integral_value(ROUND_CEILING), spec.step)


def _of_meter(rule: Methodology, inputs: Mapping[str, Any], metered: Metered, claim: PaperClaim) -> PaperClaim:
    used, made, days = (_read(rule, inputs, name) for name in (metered.used, metered.made, metered.days))
    return PaperClaim(
        kind=claim.kind,
        on=claim.on,
        days=int(days) if isinstance(days, Decimal) else None,
        unit=metered.unit,
        used=used if isinstance(used, Decimal) else None,
        made=made if isinstance(made, Decimal) else None,
        least=load_limits().reading["least"][metered.unit],
    )


def _read(rule: Methodology, inputs: Mapping[str, Any], name: str | None) -> Decimal | str | None:
    """One input, or its default where the document has one; None where the rule has none of this name."""
    if name is None:
        return None
    spec = rule.choices.get(name) or rule.quantities.get(name)
    return None if spec is None else read_one(spec, inputs.get(name, spec.default))
