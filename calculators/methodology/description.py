"""A methodology as JSON-able data, for an API or a console to show.

Promise: everything a reader needs to judge it: inputs with bounds, figures by where they come from, formulas,
deductions, caps, sources, assumptions. Quantities are decimal text. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from calculators.methodology.document import Methodology
from calculators.methodology.flows import load_flows
from calculators.methodology.parts import Choice, Parameter, Quantity
from calculators.words import unit_words


def describe_methodology(methodology: Methodology) -> dict[str, Any]:
    """The document as data."""
    eligibility = methodology.eligibility
    minimum = eligibility.minimum_distance
    contrast = methodology.contrast
    return {
        "id": methodology.id,
        "category": methodology.category,
        "title": dict(methodology.title),
        "explanation": dict(methodology.explanation),
        "yields": methodology.yields,
        "review_by": methodology.review_by.isoformat(),
        "sha256": methodology.sha256,
        "inputs": [describe_input(spec) for spec in methodology.inputs.values()],
        "parameters": [_parameter(parameter) for parameter in methodology.parameters.values()],
        "family": methodology.family or None,
        "families": dict(methodology.families),
        "flows": [str(use) for use in methodology.flows],
        "week": None if methodology.week is None else asdict(methodology.week),
        "excludes": list(methodology.excludes),
        "claims": list(methodology.claims),
        "covers": methodology.covers,
        "formulas": dict(methodology.formulas),
        "alternatives": {name: dict(title) for name, (title, _) in methodology.alternatives.items()},
        "eligibility": {
            "minimum_distance": None if minimum is None else format(minimum, "f"),
            "speed_limit_kmh": {mode: format(limit, "f") for mode, limit in eligibility.speed_limits_kmh.items()},
            "requirements": [
                {"condition": rule.condition, "reason": rule.reason, "text": dict(rule.text)}
                for rule in eligibility.requirements
            ],
            "exclusions": [
                {
                    "diets": list(rule.diets),
                    "choices": {name: list(options) for name, options in rule.choices.items()},
                    "reason": rule.reason,
                    "text": dict(rule.text),
                }
                for rule in eligibility.exclusions
            ],
        },
        "caps": dict(methodology.caps),
        "evidence_weights": {tier: format(weight, "f") for tier, weight in methodology.evidence_weights.items()},
        "contrast": None if contrast is None else {"label": dict(contrast.label), "formula": contrast.formula},
        "sources": [
            {
                "publisher": source.publisher,
                "document": source.document,
                "year": source.year,
                "url": source.url,
                "mark": source.mark,
            }
            for source in methodology.sources
        ],
        "assumptions": [dict(assumption.text) for assumption in methodology.assumptions],
        "examples": [example.name for example in methodology.examples],
    }


def describe_input(spec: Quantity | Choice) -> dict[str, Any]:
    """One input as data: `type` is choice or quantity."""
    if isinstance(spec, Choice):
        return {
            "name": spec.name,
            "type": "choice",
            "title": dict(spec.title),
            "options": [{"value": option, "title": dict(spec.titles[option])} for option in spec.options],
            "default": spec.default,
            "given_by": "person",
        }
    return {
        "name": spec.name,
        "type": "quantity",
        "title": dict(spec.title),
        "unit": spec.unit,
        "entered_as": spec.entered_as,
        "entered_as_title": unit_words(spec.entered_as, spec.maximum),
        "step": format(spec.step, "f"),
        "minimum": format(spec.minimum, "f"),
        "maximum": format(spec.maximum, "f"),
        "default": None if spec.default is None else format(spec.default, "f"),
        "given_by": spec.given_by,
        "history": None if spec.history is None else asdict(spec.history),
    }


def _parameter(parameter: Parameter) -> dict[str, Any]:
    spread = parameter.uncertainty_pct
    return {
        "name": parameter.name,
        "unit": parameter.unit,
        "table": parameter.table,
        "item": parameter.item or None,
        "by": list(parameter.by),
        "fallback": parameter.fallback,
        "value": None if parameter.value is None else format(parameter.value, "f"),
        "uncertainty_pct": None if spread is None else format(spread, "f"),
        "distribution": None if spread is None else parameter.distribution,
        "distribution_reason": parameter.distribution_reason or None,
        "exact": parameter.is_exact,
        "reason": dict(parameter.reason) or None,
    }


def describe_flows(methodologies: Mapping[str, Methodology]) -> str:
    """Every flow with its owner, what of it is paid once, who measures it and why it is one, as Markdown."""
    lines = ["| flow | 中文 | whose | paid once | measured by | why |", "|---|---|---|---|---|---|"]
    for flow in load_flows().values():
        uses = [
            f"`{methodology.id}` {str(use).removeprefix(flow.id).removeprefix('/')}".strip()
            for methodology in methodologies.values()
            for use in methodology.flows
            if use.flow == flow.id
        ]
        owner = (flow.thing or flow.owner).replace("_", " ")
        cells = (f"`{flow.id}`: {flow.title['en']}", flow.title["zh"], owner, flow.instance, ", ".join(uses))
        # a bar would end the cell
        lines.append("| " + " | ".join(cell.replace("|", "or") for cell in (*cells, flow.reason)) + " |")
    return "\n".join(lines)
