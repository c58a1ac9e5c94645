"""A methodology document: from TOML text to a `Methodology`, or to a list of everything that is wrong with it.

Promise: all problems at once, each with its line and remedy; an accepted document is complete (bounded inputs,
sources, three worked examples of which one earns nothing, caps, evidence, both languages). Touches nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from calculators.errors import DocumentRefused
from calculators.figures.factors import content_sha256
from calculators.figures.terms import EARLIER_MARKS, MARKS, Mark, read_mark
from calculators.methodology.credit_rules import (
    UNCERTAINTY_BAND,
    read_caps,
    read_conservativeness,
    read_eligibility,
    read_evidence,
)
from calculators.methodology.document import Methodology
from calculators.methodology.flows import read_flow_uses
from calculators.methodology.inputs import read_inputs, read_parameters
from calculators.methodology.lines import read_toml
from calculators.methodology.parts import (
    BEHAVIOUR_POINTS,
    HOUSEHOLD_THINGS,
    REDUCTION,
    Assumption,
    Choice,
    Contrast,
    Example,
    Quantity,
    Source,
    Words,
)
from calculators.methodology.program import Parts, build_program
from calculators.methodology.section import Problems, Section
from calculators.methodology.week import read_week

LONGEST_DOCUMENT = 100_000
CATEGORIES = ("clothing", "food", "housing", "transport", "consumables", "office", "digital")
_ID = re.compile(r"[a-z]+\.[a-z][a-z0-9_]{2,60}", re.ASCII)
_FEWEST_EXAMPLES = 3


@lru_cache(maxsize=256)
def parse_methodology(text: str) -> Methodology:
    """The methodology written in `text`. Raises DocumentRefused with every problem found."""
    canonical = text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n") + "\n"
    data = read_toml(canonical, LONGEST_DOCUMENT)
    problems = Problems(canonical)
    methodology = _read(Section(data, "", problems), canonical, problems)
    if problems.found:
        raise DocumentRefused(problems.found)
    return methodology


def _read(document: Section, text: str, problems: Problems) -> Methodology:
    category = document.one_of("category", CATEGORIES)
    yields = document.one_of("yields", (REDUCTION, BEHAVIOUR_POINTS))
    inputs = read_inputs(document.section("inputs", required=True))
    parameters = read_parameters(document.section("parameters"), inputs)
    eligibility_part = document.section("eligibility")
    eligibility = read_eligibility(eligibility_part, inputs)
    eligibility_part.finish()
    formula = document.section("formula", required=True)
    names = ("points",) if yields == BEHAVIOUR_POINTS else ("baseline", "project")
    formulas = {name: formula.text(name) for name in names}
    family = formula.text("family") if yields == REDUCTION else ""
    families = _families(formula.section("families"))
    basis = formula.text("basis") if yields == REDUCTION else None
    if basis and basis not in parameters and not _is_history(inputs.get(basis)):
        formula.problem("basis", "must name the parameter, or the input from a history, that carries the baseline")
    formula.finish()
    alternatives = _alternatives(document.section("alternatives"))
    contrast = _contrast(document)
    crediting = document.section("crediting", required=True)
    conservativeness = read_conservativeness(crediting, yields)
    caps = read_caps(crediting.section("caps", required=True), yields)
    flows = read_flow_uses(crediting, inputs)
    week = read_week(crediting, inputs, parameters)
    evidence = read_evidence(crediting.section("evidence", required=True))
    crediting.finish()
    parts = Parts(
        inputs=inputs,
        parameters=parameters,
        formulas=formulas,
        alternatives=alternatives,
        eligibility=eligibility,
        contrast=contrast,
        yields=yields,
        needs_slopes=conservativeness == UNCERTAINTY_BAND,
    )
    methodology = Methodology(
        id=_identity(document, category),
        category=category,
        title=document.words("title"),
        explanation=document.words("explanation"),
        yields=yields,
        family=family,
        families=families,
        flows=flows,
        week=week,
        excludes=_excludes(document),
        claims=_claims(document),
        covers=_covers(document, inputs),
        review_by=document.day("review_by"),
        inputs=inputs,
        choices={name: spec for name, spec in inputs.items() if isinstance(spec, Choice)},
        quantities={name: spec for name, spec in inputs.items() if isinstance(spec, Quantity)},
        history_days=_history_days(inputs),
        parameters=parameters,
        formulas=formulas,
        alternatives=alternatives,
        basis=basis,
        eligibility=eligibility,
        conservativeness=conservativeness,
        caps=caps,
        evidence_weights=evidence,
        contrast=contrast,
        sources=_sources(document),
        assumptions=tuple(_assumption(part) for part in document.sections("assumption")),
        examples=_examples(document),
        text=text,
        sha256=content_sha256(text),
        program=build_program(parts, problems),
    )
    document.finish()
    return methodology


def _history_days(inputs: Mapping[str, Quantity | Choice]) -> int:
    histories = [spec.history for spec in inputs.values() if isinstance(spec, Quantity) and spec.history]
    return max((history.from_days_ago for history in histories), default=0)


def _identity(document: Section, category: str) -> str:
    identity = document.text("id")
    if identity and not _ID.fullmatch(identity):
        document.problem("id", "must look like transport.low_carbon_trip")
    elif identity and not identity.startswith(f"{category}."):
        document.problem("id", f"must begin with its category: {category}.")
    return identity


def _is_history(spec: Quantity | Choice | None) -> bool:
    return isinstance(spec, Quantity) and spec.history is not None


def _families(section: Section) -> dict[str, str]:
    return {region: section.text(region) for region in section.names()}


def _excludes(document: Section) -> tuple[str, ...]:
    others = document.texts("excludes")
    for other in others:
        if not _ID.fullmatch(other):
            document.problem("excludes", f"{other!r} is not the id of a methodology")
    return others


def _claims(document: Section) -> tuple[str, ...]:
    things = document.texts("claims")
    for thing in things:
        if thing not in HOUSEHOLD_THINGS:
            document.problem("claims", f"{thing!r} is none of {', '.join(HOUSEHOLD_THINGS)}")
    return things


def _covers(document: Section, inputs: Mapping[str, Quantity | Choice]) -> str | None:
    if not document.has("covers"):
        return None
    name = document.text("covers")
    spec = inputs.get(name)
    if not isinstance(spec, Quantity) or (spec.entered_as, spec.step, spec.given_by) != ("day", Decimal(1), "person"):
        document.problem("covers", "must name an input that a person gives in whole days")
    return name


def _alternatives(section: Section) -> dict[str, tuple[Words, str]]:
    found: dict[str, tuple[Words, str]] = {}
    for name in section.names():
        part = section.section(name)
        found[name] = (part.words("title"), part.text("baseline"))
        part.finish()
    return found


def _contrast(document: Section) -> Contrast | None:
    if not document.has("contrast"):
        return None
    part = document.section("contrast")
    contrast = Contrast(part.words("label"), part.text("formula"))
    part.finish()
    return contrast


def _sources(document: Section) -> tuple[Source, ...]:
    sources = []
    for part in document.sections("source"):
        sources.append(
            Source(
                publisher=part.text("publisher"),
                document=part.text("document"),
                year=part.integer("year"),
                url=part.text("url", default=""),
                mark=_mark(part),
            )
        )
        part.finish()
    if not sources:
        document.problem("source", "missing: add a [[source]] for every document this rests on")
    return tuple(sources)


def _mark(part: Section) -> Mark:
    """How the document was read; documents approved before there were seven marks say `verification`."""
    earlier = not part.has("mark") and part.has("verification")
    word = part.one_of("verification", frozenset(EARLIER_MARKS)) if earlier else part.one_of("mark", MARKS)
    return read_mark(word) if word in MARKS or word in EARLIER_MARKS else Mark.RECALLED


def _assumption(part: Section) -> Assumption:
    assumption = Assumption(part.words("text"))
    part.finish()
    return assumption


def _examples(document: Section) -> tuple[Example, ...]:
    examples = []
    for part in document.sections("example"):
        examples.append(
            Example(
                name=part.text("name"),
                inputs=_plain(part, "inputs"),
                context=_plain(part, "context"),
                expected=_plain(part, "expected"),
            )
        )
        part.finish()
    if len(examples) < _FEWEST_EXAMPLES:
        document.problem("example", f"give at least {_FEWEST_EXAMPLES} worked examples ([[example]])")
    elif not any(_earns_nothing(example) for example in examples):
        document.problem("example", "one worked example must earn nothing (credited_g = 0)")
    return tuple(examples)


def _plain(part: Section, key: str) -> Mapping[str, Any]:
    value = part.raw(key)
    if not isinstance(value, dict):
        part.problem(key, f"missing: an example gives its {key}")
        return {}
    return value


def _earns_nothing(example: Example) -> bool:
    return 0 in (example.expected.get("credited_g"), example.expected.get("behaviour_points"))
