"""The rows of a run over columns: steps, codes, and the figures of each group of rows that share them.

Promise: figures come from the very look-up of the exact reading, once per group (place and choices). Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from calculators.errors import FieldError, InputRefused
from calculators.estimate.batch_formulas import Flags
from calculators.estimate.columns import Coded, Floats, Integers, code_words, read_steps, steps_per_unit
from calculators.estimate.credit import weigh_evidence
from calculators.estimate.parameters import Resolved, resolve
from calculators.estimate.working import Context
from calculators.figures.factors import Tables
from calculators.figures.freshness import age_on
from calculators.methodology.document import Methodology
from calculators.methodology.parts import Choice, Quantity
from calculators.rounding import to_step

_BESIDES_INPUTS = ("region", "evidence", "duration_s")


@dataclass(frozen=True, slots=True)
class Group:
    """Rows of one place and one set of choices; `figures` is None where a figure is missing."""

    region: str
    choices: tuple[tuple[str, str], ...]
    figures: Resolved | None
    age_weight: float


@dataclass(frozen=True, slots=True)
class Rows:
    """The columns of a run; `group` and `evidence` are positions in `groups` and `tiers`."""

    size: int
    methodology: Methodology
    steps: Mapping[str, Integers]
    choices: Mapping[str, Integers]
    group: Integers
    evidence: Integers
    duration: Integers
    groups: tuple[Group, ...]
    tiers: tuple[str, ...]
    tier_weights: Floats
    absent: frozenset[str]

    def cut(self, part: slice) -> Rows:
        """The rows of one chunk."""
        return replace(
            self,
            size=part.stop - part.start,
            steps={name: array[part] for name, array in self.steps.items()},
            choices={name: array[part] for name, array in self.choices.items()},
            group=self.group[part],
            evidence=self.evidence[part],
            duration=self.duration[part],
        )

    def arguments(self) -> dict[str, Any]:
        """The values a compiled formula takes: floats for quantities and figures, codes for choices."""
        found: dict[str, Any] = dict(self.choices)
        for name, steps in self.steps.items():
            found[name] = steps / steps_per_unit(self.methodology.quantities[name])
        for name in self.methodology.parameters:
            found[name] = self._by_group(
                [_float(group.figures and group.figures.figures.values.get(name)) for group in self.groups]
            )
        return found

    def spread_of(self, name: str) -> Floats:
        """The relative half-width of one figure, per row; 0 where it has none."""
        spreads = [_float(group.figures and group.figures.figures.spreads.get(name)) for group in self.groups]
        return np.nan_to_num(self._by_group(spreads))

    def age_weight(self) -> Floats:
        """The weight of figures past their day, per row."""
        return self._by_group([group.age_weight for group in self.groups])

    def evidence_weight(self) -> Floats:
        """The weight of the evidence, per row; 0 where the methodology does not accept it."""
        weights: Floats = self.tier_weights[self.evidence]
        return weights

    def unresolved(self) -> Flags:
        """The rows for which a figure is missing."""
        flags: Flags = np.array([group.figures is None for group in self.groups], dtype=bool)[self.group]
        return flags

    def identities(self) -> list[Integers]:
        """What makes two rows the same to the exact reading."""
        return [self.group, self.evidence, self.duration, *self.steps.values(), *self.choices.values()]

    def _by_group(self, values: Sequence[float]) -> Floats:
        table: Floats = np.array(values, dtype=np.float64)
        return table[self.group]


def read_rows(methodology: Methodology, tables: Tables, columns: Mapping[str, Any], context: Context) -> Rows:
    """The rows in `columns`. Raises InputRefused for a column nobody asked for, of another length, or impossible."""
    size = _size(methodology, columns)
    regions = code_words("region", columns.get("region", _same(context.region, size)), None)
    tiers = code_words("evidence", columns.get("evidence", _same(context.evidence, size)), None)
    duration = np.asarray(columns.get("duration_s", np.full(size, context.duration_s or 0))).astype(np.int64)
    choices = {}
    group = regions.codes
    for name, choice in methodology.choices.items():
        given = columns.get(name, _same(_default(choice, columns), size))
        choices[name] = code_words(name, given, choice.options).codes
        group = group * len(choice.options) + choices[name]
    absent: set[str] = set()
    steps = {name: _steps(spec, columns, context, size, absent) for name, spec in methodology.quantities.items()}
    group, groups = _groups(methodology, tables, context, regions.words, group)
    weights = [weigh_evidence(methodology.evidence_weights, tier) for tier in tiers.words]
    return Rows(
        size=size,
        methodology=methodology,
        steps=steps,
        choices=choices,
        group=group,
        evidence=tiers.codes,
        duration=duration,
        groups=groups,
        tiers=tiers.words,
        tier_weights=np.array([0.0 if weight is None else float(weight[1]) for weight in weights]),
        absent=frozenset(absent),
    )


def _size(methodology: Methodology, columns: Mapping[str, Any]) -> int:
    unknown = [name for name in columns if name not in methodology.inputs and name not in _BESIDES_INPUTS]
    if unknown:
        raise InputRefused([FieldError(name, "input.unknown", "is not an input") for name in unknown])
    sizes = {len(column.codes) if isinstance(column, Coded) else len(column) for column in columns.values()}
    if len(sizes) != 1:
        raise InputRefused([FieldError("columns", "column.length", "give columns of one length")])
    return sizes.pop()


def _same(word: str, size: int) -> Coded:
    return Coded(np.zeros(size, dtype=np.int64), (word,))


def _default(choice: Choice, columns: Mapping[str, Any]) -> str:
    if choice.default is None and choice.name not in columns:
        raise InputRefused([FieldError(choice.name, "input.missing", f"missing: one of {', '.join(choice.options)}")])
    return choice.default or choice.options[0]


def _steps(spec: Quantity, columns: Mapping[str, Any], context: Context, size: int, absent: set[str]) -> Integers:
    if spec.name in columns:
        return read_steps(spec, columns[spec.name])
    value = spec.default
    if spec.given_by == "profile":
        value = context.household_size or spec.default
    elif spec.given_by == "calendar":
        value = Decimal(context.on.isoweekday())
    elif spec.given_by == "history":
        absent.add(spec.name)  # the exact reading takes it from the context
        return np.zeros(size, dtype=np.int64)
    elif value is None:
        raise InputRefused([FieldError(spec.name, "input.missing", f"missing: a quantity in {spec.entered_as}")])
    if value is None:
        absent.add(spec.name)
        return np.zeros(size, dtype=np.int64)
    return np.full(size, int(to_step(value, spec.step, up=spec.rounds_up) * steps_per_unit(spec)), dtype=np.int64)


def _groups(
    methodology: Methodology, tables: Tables, context: Context, regions: Sequence[str], codes: Integers
) -> tuple[Integers, tuple[Group, ...]]:
    """The groups that occur, and each row's position among them."""
    radix = [len(choice.options) for choice in methodology.choices.values()]
    count = len(regions) * int(np.prod(radix, dtype=np.int64)) if radix else len(regions)
    present = np.flatnonzero(np.bincount(codes, minlength=count)) if codes.size else np.zeros(0, dtype=np.int64)
    positions = np.zeros(max(count, 1), dtype=np.int64)
    positions[present] = np.arange(len(present))
    groups = []
    for code in present:
        rest, chosen = int(code), []
        for choice in reversed(list(methodology.choices.values())):
            rest, option = divmod(rest, len(choice.options))
            chosen.append((choice.name, choice.options[option]))
        groups.append(_group(methodology, tables, context, regions[rest], tuple(reversed(chosen))))
    return positions[codes], tuple(groups)


def _group(
    methodology: Methodology, tables: Tables, context: Context, region: str, choices: tuple[tuple[str, str], ...]
) -> Group:
    tables.regions.get_region(region)
    figures = resolve(methodology, tables, region, context.on.year, choices)
    if not isinstance(figures, Resolved):
        return Group(region, choices, None, 1.0)
    age = age_on(context.on, methodology.review_by, figures.review_by, tables.freshness)
    return Group(region, choices, figures, float(age.weight))


def _float(value: Any) -> float:
    return float("nan") if value is None else float(value)
