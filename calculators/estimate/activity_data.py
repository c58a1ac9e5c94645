"""Activity data: what a person typed, brought to the methodology's own units and steps.

Promise: an impossible value is refused with its field and remedy; a possible one becomes an exact decimal, rounded to
the declared step (down, unless the input says up). A bare number means the unit the methodology asks for. Touches
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from calculators.errors import FieldError, InputRefused, UnitRefused
from calculators.estimate.working import ActivityData, Context
from calculators.methodology.document import Methodology
from calculators.methodology.parts import Choice, Quantity
from calculators.rounding import EXACT, ZERO, scaled, short_text, to_step
from calculators.units import conversion
from calculators.words import choice_words, pick, say_unit, unit_words

_NUMBER = re.compile(r"-?\d{1,18}(\.\d{1,24})?", re.ASCII)
_WITH_COMMA = re.compile(r"-?\d+([.,\u00b7\u2019' ]\d+)*,\d+([.,]\d+)*", re.ASCII)
# full width, the full stop that a Chinese keyboard has for the point, and what is copied along from chats unseen
_NARROW: dict[int, str | None] = dict(zip(map(ord, "０１２３４５６７８９．。，－−"), "0123456789..,--", strict=True))
_NARROW |= dict.fromkeys((0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF))
_ONE = Fraction(1)


def read_activity_data(methodology: Methodology, inputs: Mapping[str, Any], context: Context) -> ActivityData:
    """The inputs of one activity. Raises InputRefused with every field that cannot be."""
    errors = [
        FieldError(f"inputs.{name}", "input.unknown", f"{name!r} is not an input of {methodology.id}")
        for name in inputs
        if name not in methodology.inputs
    ]
    values: dict[str, Decimal | str] = {}
    entered: dict[str, dict[str, Any]] = {}
    choices: list[tuple[str, str]] = []
    missing: list[str] = []
    for name, spec in methodology.inputs.items():
        try:
            if isinstance(spec, Choice):
                word = _chosen(spec, inputs.get(name))
                values[name] = word
                choices.append((name, word))
                entered[name] = {"entered": word, "value": word}
                continue
            given = _given(spec, inputs, context)
            if given is None:
                missing.append(name)
                continue
            values[name], entered[name] = _measured(spec, given)
        except _Refused as refused:
            errors.append(refused.error)
    if errors:
        raise InputRefused(errors)
    return ActivityData(values, tuple(choices), entered, tuple(missing))


@dataclass(frozen=True)
class RoundedInput:
    """An input that counts otherwise than it was entered; both numbers can be said in any language."""

    spec: Quantity
    number: Decimal
    unit: str
    counted: Decimal

    def words(self, language: str) -> dict[str, str]:
        """The input, what was entered and what counts, each with its unit."""
        entered_as = self.spec.entered_as
        return {
            "input": pick(self.spec.title, language),
            "entered": f"{self.number:f} {say_unit(self.unit, self.number, language)}",
            "counted": f"{short_text(self.counted)} {say_unit(entered_as, self.counted, language)}",
        }


def days_covered(methodology: Methodology, inputs: Mapping[str, Any]) -> int:
    """How many civil days an activity covers, its own the last. Raises InputRefused where it cannot be read."""
    spec = methodology.quantities.get(methodology.covers or "")
    if spec is None:
        return 1
    try:
        value, _ = _measured(spec, _typed(spec, inputs))
    except _Refused as refused:
        raise InputRefused([refused.error]) from refused
    return max(1, int(value))


def read_one(spec: Quantity | Choice, given: Any) -> Decimal | str:
    """One answer on its own, in the unit of `spec`. Raises InputRefused naming `inputs.<name>` and the remedy."""
    try:
        return _chosen(spec, given) if isinstance(spec, Choice) else _measured(spec, given)[0]
    except _Refused as refused:
        raise InputRefused([refused.error]) from refused


def list_rounded(methodology: Methodology, record: Mapping[str, Any]) -> list[RoundedInput]:
    """What of a working's inputs counts otherwise than it was entered, as it was rounded to the step of its input."""
    rounded = []
    for name, entry in record["inputs"].items():
        spec = methodology.quantities.get(name)
        if spec is None or spec.given_by != "person":
            continue
        number, unit = Decimal(entry["entered"]["value"]), entry["entered"]["unit"]
        counted = Decimal(entry["value"])
        if Fraction(number) * ratio_of(spec, unit) != Fraction(counted):
            rounded.append(RoundedInput(spec, number, unit, counted))
    return rounded


class _Refused(Exception):
    def __init__(
        self, name: str, code: str, message: str, params: Mapping[str, str | Mapping[str, str]] | None = None
    ) -> None:
        self.error = FieldError(f"inputs.{name}", code, message, params or {})


def _chosen(spec: Choice, value: Any) -> str:
    if value is None and spec.default is not None:
        return spec.default
    if value is None:
        raise _Refused(spec.name, "input.missing", f"missing: one of {', '.join(spec.options)}")
    if not isinstance(value, str) or value not in spec.options:
        options = ", ".join(spec.options)
        raise _Refused(
            spec.name,
            "input.not_an_option",
            f"must be one of {options}",
            {"options": choice_words(spec.titles.values())},
        )
    return value


def _given(spec: Quantity, inputs: Mapping[str, Any], context: Context) -> Any:
    """The raw value, from whoever gives it; None only where a profile or a history has none."""
    if spec.given_by == "profile":
        return context.household_size if spec.default is None else context.household_size or spec.default
    if spec.given_by == "history":
        return context.history.get(spec.name)
    if spec.given_by == "calendar":
        return Decimal(context.on.isoweekday())
    return _typed(spec, inputs)


def _typed(spec: Quantity, inputs: Mapping[str, Any]) -> Any:
    value = inputs.get(spec.name)
    if value is None:
        if spec.default is None:
            raise _Refused(spec.name, "input.missing", f"missing: a quantity in {spec.entered_as}")
        return spec.default
    return value


def _measured(spec: Quantity, given: Any) -> tuple[Decimal, dict[str, Any]]:
    raw, unit = given, spec.entered_as
    if isinstance(given, Mapping):
        if set(given) != {"value", "unit"} or not isinstance(given["unit"], str):
            raise _Refused(spec.name, "input.shape", 'must be a number or {"value": ..., "unit": ...}')
        raw, unit = given["value"], given["unit"]
    number = _number(spec, raw)
    ratio = ratio_of(spec, unit)
    value = number if ratio == 1 else scaled(number, ratio)
    if value < spec.minimum or value > spec.maximum:
        low, high = format(spec.minimum, "f"), format(spec.maximum, "f")
        raise _Refused(
            spec.name,
            "input.out_of_range",
            f"must lie between {low} and {high} {spec.entered_as}",
            {"minimum": low, "maximum": high, "unit": unit_words(spec.entered_as, spec.maximum)},
        )
    rounded = EXACT.add(to_step(value, spec.step, up=spec.rounds_up), ZERO)  # a typed -0 is 0
    record = {
        "entered": {"value": format(number, "f"), "unit": unit},
        "value": format(rounded, "f"),
        "unit": spec.unit,
    }
    return rounded, record


def _number(spec: Quantity, raw: Any) -> Decimal:
    if isinstance(raw, str) and _NUMBER.fullmatch(raw):  # as nearly every app writes it
        return Decimal(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        raw = str(raw)
    elif isinstance(raw, Decimal):
        raw = format(raw, "f") if raw.is_finite() and abs(raw.adjusted()) < 24 else "beyond"
    if isinstance(raw, str):
        raw = raw.translate(_NARROW).strip()
        # ten and a half, or ten thousand five hundred? Only whoever typed it knows
        if _WITH_COMMA.fullmatch(raw):
            raise _Refused(spec.name, "input.comma", "has a comma: write 10.5 for a fraction and 12000 for thousands")
    if not isinstance(raw, str) or not _NUMBER.fullmatch(raw):
        raise _Refused(spec.name, "input.not_a_number", "must be a plain decimal number, such as 12 or 0.75")
    return Decimal(raw)


def ratio_of(spec: Quantity, said: str) -> Fraction:
    """What a number in the unit that somebody means by `said` is multiplied by, to be in that of the formulas."""
    unit = spec.unit_of(said) if spec.words else said
    if unit in (spec.entered_as, spec.unit):
        return _ONE
    for target in (spec.entered_as, spec.unit):
        try:
            return conversion(unit, target)
        except UnitRefused:
            continue
    raise _Refused(
        spec.name,
        "input.unit",
        f"the unit {unit!r} is unknown here; use {spec.entered_as} or one that converts to it",
        {"unit": unit[:40], "expected": unit_words(spec.entered_as, spec.maximum)},
    )
