"""Many activities at once: the same steps as `estimate`, over NumPy columns, equal to it gram for gram.

Promise: every integer is the one the exact reading gives. Floats compute; a row that lies within float error of a
rounding tie, of a bound or of a condition is read exactly instead, each distinct such row once. Touches nothing.

Day, month and year caps depend on what was credited before, so a caller gives the room left as `cap_room` in the
context (for all rows) and keeps the order; caps per activity are applied here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from calculators.estimate.batch_formulas import Flags, column_formulas, excluded_rows
from calculators.estimate.batch_rows import Rows, read_rows
from calculators.estimate.batch_spread import ColumnSpread
from calculators.estimate.caution import find_caution
from calculators.estimate.columns import Floats, Integers, steps_per_unit
from calculators.estimate.credit import COUNT, CREDITING_PAUSED, TOO_UNCERTAIN
from calculators.estimate.exact import check_context, compute_estimate
from calculators.estimate.working import Context
from calculators.figures.factors import Tables
from calculators.methodology.document import Methodology
from calculators.methodology.parts import BEHAVIOUR_POINTS
from calculators.rounding import EXACT

_CHUNK = 1 << 15
_HALF_MICRO = 5e-7
_RELATIVE_ERROR = 1e-12  # some hundred times what a formula of the permitted size can lose in floats
_GRAMS = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g")
_FIELDS = (*_GRAMS, "behaviour_points")
_GENERAL_REASONS = (
    "",
    "no_factor",
    "missing_context",
    "too_short",
    "too_fast",
    "no_reduction",
    TOO_UNCERTAIN,
    "evidence_missing",
    "before_account",
    "figure_expired",
    "too_small",
    CREDITING_PAUSED,
    "not_believed",
    "counted_already",
    "claimed_elsewhere",
    "cap_reached",
    "unattested",
    "netted",
)


@dataclass(frozen=True, slots=True)
class Columns:
    """One integer per activity and field; `reason` holds positions in `reasons`, where 0 means credited."""

    baseline_g: Integers
    project_g: Integers
    reduction_g: Integers
    credited_g: Integers
    low_g: Integers
    high_g: Integers
    behaviour_points: Integers
    reason: Integers
    reasons: tuple[str, ...]


def estimate_columns(methodology: Methodology, tables: Tables, columns: Mapping[str, Any], context: Context) -> Columns:
    """The results of many activities that share a day and a person's profile.

    `columns` holds one array per input (numbers in the unit a person types; words, option codes, or `Coded`), and may
    hold `region` and `evidence` (words or `Coded`) and `duration_s` (whole seconds, 0 for unknown); what it does not
    hold comes from `context` or from the input's default. Raises InputRefused as `estimate` does.
    """
    check_context(methodology, tables, context)
    rows = read_rows(methodology, tables, columns, context)
    run = _Run(methodology, tables, context, _reasons(methodology), _column_spread(methodology, tables, context, rows))
    out = {name: np.zeros(rows.size, dtype=np.int64) for name in (*_FIELDS, "reason")}
    for start in range(0, rows.size, _CHUNK):
        part = slice(start, min(start + _CHUNK, rows.size))
        run.fill(rows.cut(part), {name: array[part] for name, array in out.items()})
    return Columns(**out, reasons=run.reasons)


def _reasons(methodology: Methodology) -> tuple[str, ...]:
    """Every reason a row can have; position 0 stands for none."""
    own = [rule.reason for rule in methodology.eligibility.rules]
    return tuple(dict.fromkeys([*_GENERAL_REASONS, *own]))


@dataclass(frozen=True, slots=True)
class _Span:
    """Grams of every row: its range, what is `granted` of its difference, and what floats may have lost of them."""

    low: Floats
    high: Floats
    granted: Floats
    noise: Floats
    doubtful: Flags

    def without(self, flags: Flags) -> _Span:
        """The same where `flags` does not hold, and nothing where it does."""
        low, high, granted, noise = (
            np.where(flags, 0.0, values) for values in (self.low, self.high, self.granted, self.noise)
        )
        return _Span(low, high, granted, noise, self.doubtful & ~flags)


@dataclass(frozen=True, slots=True)
class _Run:
    """One call: what all its chunks share."""

    methodology: Methodology
    tables: Tables
    context: Context
    reasons: tuple[str, ...]
    spread: ColumnSpread | None

    def fill(self, rows: Rows, out: Mapping[str, Integers]) -> None:
        """The results of one chunk into `out`."""
        if self.methodology.yields == BEHAVIOUR_POINTS or rows.absent:
            self._read_exactly(rows, np.arange(rows.size), out)
            return
        with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
            doubtful = self._read_floats(rows, out)
        self._read_exactly(rows, np.flatnonzero(doubtful), out)

    def _read_floats(self, rows: Rows, out: Mapping[str, Integers]) -> Flags:
        """Fill `out` by floats; the rows that floats cannot decide."""
        formulas = column_formulas(self.methodology, self.context.declared_alternative)
        arguments = rows.arguments()
        baseline, project, slopes = formulas.evaluate(arguments, rows.size)
        span = self._span(rows, arguments, baseline - project, slopes)
        reason = np.zeros(rows.size, dtype=np.int64)
        for code, flags in excluded_rows(
            self.methodology.eligibility.exclusions, self.context.diet, self.methodology, rows.choices
        ):
            baseline, span = np.where(flags, project, baseline), span.without(flags)
            reason = np.where(flags & (reason == 0), self.reasons.index(code), reason)
        reduction = baseline - project
        noise = span.noise + (np.abs(baseline) + np.abs(project) + np.abs(span.high - span.low) + 1.0) * _RELATIVE_ERROR
        doubtful = span.doubtful | _settle(out, baseline, project, span, noise)
        self._refuse_ineligible(rows, arguments, reason)
        doubtful |= self._credit(rows, out, reduction, span, noise, reason)
        for left, right in formulas.comparisons(arguments):
            doubtful |= np.abs(left - right) <= (np.abs(left) + np.abs(right)) * _RELATIVE_ERROR
        unresolved = rows.unresolved()
        for name in _GRAMS:
            out[name][unresolved] = 0
        out["reason"][unresolved] = self.reasons.index("no_factor")
        doubtful &= ~unresolved
        return doubtful

    def _span(self, rows: Rows, arguments: Mapping[str, Any], reduction: Floats, slopes: Sequence[Any]) -> _Span:
        """The range of every row and what of its difference is credited, before evidence and age."""
        formulas = column_formulas(self.methodology, self.context.declared_alternative)
        if self.spread is not None:
            found, grams = self.spread.quantiles(arguments, rows.group), formulas.grams_per_unit
            low, lower, high = found.low * grams, found.lower * grams, found.high * grams
            return _Span(low, high, np.minimum(lower, reduction), found.noise * grams, found.doubtful)
        total = np.zeros(rows.size)
        for name, slope in zip(formulas.uncertain, slopes, strict=True):
            total += np.nan_to_num(slope * arguments[name] * rows.spread_of(name)) ** 2
        half = np.sqrt(total) * formulas.grams_per_unit
        edges, weights = _bands(self.tables)
        pct = half / np.abs(reduction) * 100.0
        noise = (np.abs(reduction) + half + 1.0) * _RELATIVE_ERROR
        margin = 1e-8 + pct * 2 * noise / np.abs(reduction)
        doubtful = np.zeros(rows.size, dtype=bool)
        for edge in edges:
            doubtful |= np.abs(pct - edge) <= margin
        granted = reduction * weights[np.searchsorted(edges, pct)]
        return _Span(reduction - half, reduction + half, granted, np.zeros(rows.size), doubtful)

    def _refuse_ineligible(self, rows: Rows, arguments: Mapping[str, Any], reason: Integers) -> None:
        """Write the first rule of eligibility a row breaks into `reason`, where none stands yet."""
        formulas = column_formulas(self.methodology, self.context.declared_alternative)
        if formulas.minimum_steps:
            short = rows.steps["distance"] < formulas.minimum_steps
            reason[short & (reason == 0)] = self.reasons.index("too_short")
        if formulas.speed is not None:
            limit = formulas.speed.limits[rows.choices["mode"]]
            fast = rows.steps["distance"] * formulas.speed.per_step > limit * rows.duration
            fast &= (rows.duration > 0) & (limit >= 0) & (reason == 0)
            reason[fast] = self.reasons.index("too_fast")
        broken = formulas.broken_requirements(arguments, rows.size)
        for rule, flags in zip(self.methodology.eligibility.requirements, broken, strict=True):
            reason[flags & (reason == 0)] = self.reasons.index(rule.reason)

    def _credit(
        self, rows: Rows, out: Mapping[str, Integers], reduction: Floats, span: _Span, noise: Floats, reason: Integers
    ) -> Flags:
        """Deduct, round down and cap; the rows whose whole gram floats cannot decide."""
        evidence, age = rows.evidence_weight(), rows.age_weight()
        product = span.granted * evidence * age
        counted = self.context.days_counted
        product = product if counted is None else product * counted.days / counted.of
        granted = np.floor(product + _HALF_MICRO)
        caps, room = self.methodology.caps, self.context.cap_room
        left = min(room.get(name, cap) if name != "per_activity_g" else cap for name, cap in caps.items())
        left = min(left, *caps.values())
        bounded = self.context.allowance.room if self.context.allowance else {}
        allowed = min((room for name, room in bounded.items() if not name.startswith(COUNT)), default=left)
        for code, flags in (
            ("no_reduction", reduction <= 0),
            (TOO_UNCERTAIN, span.granted <= 0),
            ("evidence_missing", evidence == 0),
            ("before_account", np.full(rows.size, counted is not None and counted.days == 0)),
            ("figure_expired", age == 0),
            ("too_small", granted <= 0),
            (CREDITING_PAUSED, np.full(rows.size, self.context.refused == CREDITING_PAUSED)),
            ("not_believed", np.full(rows.size, self.context.refused is not None)),
            ("counted_already", np.full(rows.size, self.context.counted_already is not None)),
            ("claimed_elsewhere", np.full(rows.size, self.context.claimed_elsewhere is not None)),
            ("cap_reached", np.full(rows.size, left == 0)),
            ("unattested", np.full(rows.size, allowed == 0)),
            ("netted", np.minimum(granted, min(left, allowed)) <= self.context.netted),
        ):
            reason[flags & (reason == 0)] = self.reasons.index(code)
        out["reason"][:] = reason
        out["credited_g"][:] = np.where(
            reason == 0, np.nan_to_num(np.minimum(granted, min(left, allowed))) - self.context.netted, 0
        )
        if any(name.startswith(COUNT) for name in bounded):
            return np.ones(rows.size, dtype=bool)  # how often is counted row by row
        near_nothing: Flags = (np.abs(reduction) <= noise) | (np.abs(span.granted) <= noise)
        return near_nothing | _near_whole(product + _HALF_MICRO, noise)

    def _read_exactly(self, rows: Rows, which: Integers, out: Mapping[str, Integers]) -> None:
        """Read the rows `which` in decimals, each distinct one once."""
        if not which.size:
            return
        keys = np.stack([key[which] for key in rows.identities()])
        distinct, inverse = np.unique(keys, axis=1, return_inverse=True)
        results = np.array([self._exact_row(rows, key) for key in distinct.T], dtype=np.int64)
        for position, name in enumerate((*_FIELDS, "reason")):
            out[name][which] = results[inverse.reshape(-1), position]

    def _exact_row(self, rows: Rows, key: Integers) -> list[int]:
        group, evidence, duration, *numbers = (int(number) for number in key)
        inputs: dict[str, Any] = {}
        history: dict[str, Decimal | str] = dict(self.context.history)
        household_size = self.context.household_size
        for name, number in zip((*rows.steps, *rows.choices), numbers, strict=True):
            if name in rows.choices:
                inputs[name] = self.methodology.choices[name].options[number]
                continue
            if name in rows.absent:
                continue
            spec = self.methodology.quantities[name]
            value = EXACT.divide(Decimal(number), Decimal(steps_per_unit(spec)))
            if spec.given_by == "profile":
                household_size = value
            elif spec.given_by == "history":
                history[name] = value
            elif spec.given_by == "person":
                inputs[name] = value
        context = replace(
            self.context,
            region=rows.groups[group].region,
            evidence=rows.tiers[evidence],
            duration_s=duration or None,
            household_size=household_size,
            history=history,
        )
        found = compute_estimate(self.methodology, self.tables, inputs, context)
        return [*(int(getattr(found, name)) for name in _FIELDS), self.reasons.index(found.reason or "")]


def _column_spread(methodology: Methodology, tables: Tables, context: Context, rows: Rows) -> ColumnSpread | None:
    """How the differences of the rows spread; None where the document goes by bands, or yields points."""
    caution = find_caution(methodology, tables)
    if caution is None or caution.lower_bound is None:
        return None
    scenario = column_formulas(methodology, context.declared_alternative).scenario
    groups = [(group.choices, None if group.figures is None else group.figures.figures) for group in rows.groups]
    return ColumnSpread(methodology, scenario, caution.lower_bound, groups)


def _settle(out: Mapping[str, Integers], baseline: Floats, project: Floats, span: _Span, noise: Floats) -> Flags:
    """Whole grams of both scenarios and the range; the rows whose rounding floats cannot decide."""
    out["baseline_g"][:] = _nearest(baseline)
    out["project_g"][:] = _nearest(project)
    np.subtract(out["baseline_g"], out["project_g"], out=out["reduction_g"])
    out["low_g"][:] = np.minimum(np.nan_to_num(np.floor(span.low + _HALF_MICRO)), out["reduction_g"])
    out["high_g"][:] = np.maximum(np.nan_to_num(np.ceil(span.high - _HALF_MICRO)), out["reduction_g"])
    return (
        _near_half(baseline, noise)
        | _near_half(project, noise)
        | _near_whole(span.low + _HALF_MICRO, noise)
        | _near_whole(span.high - _HALF_MICRO, noise)
    )


def _nearest(values: Floats) -> Floats:
    """Whole grams, half to even, after the micro-gram step: within half a micro-gram of a half it is a half."""
    whole: Floats = np.nan_to_num(np.rint(np.rint(values * 1e6) / 1e6))
    return whole


def _near_half(values: Floats, noise: Floats) -> Flags:
    """Whether float error could decide if the micro-gram step lands on a half."""
    from_half = np.abs(values - np.floor(values) - 0.5)
    flags: Flags = np.abs(from_half - _HALF_MICRO) <= noise
    return flags


def _near_whole(values: Floats, noise: Floats) -> Flags:
    flags: Flags = np.abs(values - np.rint(values)) <= noise
    return flags


def _bands(tables: Tables) -> tuple[Floats, Floats]:
    """The edges where an uncertainty rounded to 0.1 % passes into the next band, and the bands' weights."""
    bands = tables.bands.bands if tables.bands is not None else ()
    edges = [float(band.up_to_pct) + 0.05 for band in bands if band.up_to_pct is not None]
    return np.array(edges), np.array([float(band.weight) for band in bands] + [float(bands[-1].weight)])
