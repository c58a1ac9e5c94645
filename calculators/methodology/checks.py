"""A document held against the tables: does every figure exist, fit, and deserve credit?

Promise: every problem with its line. A parameter is refused when its table has no row for an option, only rows of
another family (baseline and project must share one), another unit, no uncertainty, a zero to divide by, or only rows
that nobody verified. Touches nothing.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from calculators.errors import DocumentProblem
from calculators.estimate.parameters import carrying_names
from calculators.figures.factors import FORMULA_KINDS, Row, Table, Tables
from calculators.figures.lower_bound import METHOD
from calculators.figures.terms import LEAST_ASSUMED_PCT
from calculators.methodology.credit_rules import UNCERTAINTY_BAND
from calculators.methodology.document import Methodology
from calculators.methodology.examples import run_examples
from calculators.methodology.lines import index_lines, line_of, read_toml
from calculators.methodology.parts import Parameter
from calculators.units import fits, parse_unit

# controls but line ends and tabs, halves of a pair, and what makes a text look like another (Unicode, UAX 9 and UTR 36)
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff"
    "\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\U000e0000-\U000e007f]"
)
_SCHEME = re.compile(r"\s*([a-z][a-z0-9+.-]*)\s*:", re.ASCII | re.IGNORECASE)  # RFC 3986, 3.1


def check_methodology(methodology: Methodology, tables: Tables) -> list[DocumentProblem]:
    """What stands against this document; empty when it may be put forward for approval."""
    found: list[tuple[str, str]] = [*_check_written(methodology), *_check_caution(methodology, tables)]
    divisors = _divisor_names(methodology)
    for parameter in methodology.parameters.values():
        if parameter.table is not None:
            found.extend(_check_parameter(methodology, parameter, tables, parameter.name in divisors))
        elif parameter.value == 0 and parameter.name in divisors:
            found.append((f"parameters.{parameter.name}.value", "is zero and stands below a fraction line"))
    if not found and not _complete_families(methodology, tables):
        found.append(("formula.family", "mixed families; no family holds a figure for every parameter of the formula"))
    if not found:
        for index, outcome in enumerate(run_examples(methodology, tables)):
            if not outcome.passed:
                wrong = "; ".join(
                    f"{name} is {actual}, not {expected}" for name, (expected, actual) in outcome.differences.items()
                )
                found.append((f"example[{index}]", f"{outcome.name!r}: {outcome.error or wrong}"))
    lines = index_lines(methodology.text) if found else {}
    return [DocumentProblem(line_of(lines, path), path, message) for path, message in found]


def _check_written(methodology: Methodology) -> Iterator[tuple[str, str]]:
    """What nobody should read or click; asked of what is put forward, as frozen versions are read as they stand."""
    document = read_toml(methodology.text)
    for path, text in _texts("", document):
        if _HIDDEN.search(text):
            yield path, "holds a character that is not shown, or turns the reading direction; remove it"
    for name, given in document.get("inputs", {}).items():
        step = given.get("step")
        if step is not None and Decimal(step) <= 0:
            yield f"inputs.{name}.step", 'must be above zero: 1 or a part of ten, such as "0.001"'
    for index, source in enumerate(methodology.sources):
        scheme = _SCHEME.match(source.url)
        if scheme and scheme[1].lower() not in ("https", "http"):
            yield f"source[{index}].url", f"{scheme[1]}: is no address of the web; begin with https://"


def _texts(path: str, value: Any) -> Iterator[tuple[str, str]]:
    """Every text of a document, keys among them, with the path of what holds it."""
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield path, key
            yield from _texts(f"{path}.{key}" if path else key, inner)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(f"{path}[{index}]" if isinstance(inner, dict) else path, inner)


def _check_caution(methodology: Methodology, tables: Tables) -> Iterator[tuple[str, str]]:
    """Bands only beside figures frozen with them; at the lower bound every constant has a range, or is exact."""
    if methodology.conservativeness == UNCERTAINTY_BAND and tables.bands is None:
        yield "crediting.conservativeness", "band weights are read only in versions frozen with them; write lower_bound"
    if methodology.conservativeness != METHOD:
        return
    carrying = carrying_names(methodology)
    for parameter in methodology.parameters.values():
        path = f"parameters.{parameter.name}"
        if parameter.table is not None or parameter.name not in carrying or parameter.is_exact:
            continue
        if parameter.uncertainty_pct is None:
            yield (
                path,
                (
                    "a supposed constant has a range: give uncertainty_pct, distribution and distribution_reason, "
                    "or exact = true where it is a definition or a limit"
                ),
            )
        elif parameter.uncertainty_pct < LEAST_ASSUMED_PCT:
            least = f"at least {LEAST_ASSUMED_PCT} %"
            yield f"{path}.uncertainty_pct", f"what nobody measured has {least}; a figure that somebody did is a row"
        elif parameter.distribution_reason not in tables.reasons:
            yield f"{path}.distribution_reason", f"is not one of {', '.join(sorted(tables.reasons))}"


def _complete_families(methodology: Methodology, tables: Tables) -> list[str]:
    """The families in which every parameter of the scenarios has some figure: one of them has to be."""
    carrying = carrying_names(methodology)
    parts = [one for name, one in methodology.parameters.items() if one.table is not None and name in carrying]
    return [
        family
        for family in sorted(methodology.every_family)
        if all(any(_is_in(tables, part, item, family) for item in methodology.items_of(part)) for part in parts)
    ]


def _is_in(tables: Tables, parameter: Parameter, item: str, family: str) -> bool:
    table = tables.find_table(parameter.table or "")
    rows = () if table is None else table.by_item.get(item, ())
    return any(row.kind != "emission_factor" or row.family == family for row in rows)


def _check_parameter(
    methodology: Methodology, parameter: Parameter, tables: Tables, divides: bool
) -> list[tuple[str, str]]:
    path = f"parameters.{parameter.name}"
    table = tables.find_table(parameter.table or "")
    if table is None:
        return [(f"{path}.from", f"there is no table {parameter.table!r}")]
    found = []
    for item in methodology.items_of(parameter):
        problem = _check_item(methodology, parameter, table, item, divides)
        if problem:
            found.append((f"{path}.{problem[0]}", problem[1]))
    return found


def _check_item(
    methodology: Methodology, parameter: Parameter, table: Table, item: str, divides: bool
) -> tuple[str, str] | None:
    where = f"{table.name}" + (f", {item!r}" if item else "")
    rows = [row for row in table.by_item.get(item, ()) if row.kind in FORMULA_KINDS]
    if not rows:
        return "by" if parameter.by else "from", f"{where}: no figure that may stand in a formula"
    wanted = parse_unit(parameter.unit)
    fitting = [row for row in rows if (measure := row.measure()) is not None and fits(measure, wanted)]
    if not fitting:
        return "unit", f"{where}: the figures are in {rows[0].unit}, not in {parameter.unit}"
    family = [row for row in fitting if row.kind != "emission_factor" or row.family in methodology.every_family]
    if not family:
        return "from", (
            f"{where}: mixed families; the figures are of {fitting[0].family!r}, the formula is of "
            f"{methodology.family!r}, and a difference is taken within one family only"
        )
    if not any(row.creditable for row in family) and _counts_nowhere(methodology):
        return None
    return _check_rows(where, family, divides)


def _counts_nowhere(methodology: Methodology) -> bool:
    """Whether the document itself says, by every worked example, that it has no figures that may carry a credit yet."""
    return all(example.expected.get("reason") == "no_factor" for example in methodology.examples)


def _check_rows(where: str, rows: list[Row], divides: bool) -> tuple[str, str] | None:
    creditable = [row for row in rows if row.creditable]
    if not creditable:
        return "from", f"{where}: only {rows[0].mark} figures; none may feed a credited gram"
    if bare := next((row for row in creditable if row.uncertainty_pct is None), None):
        return "from", f"{where}: {bare.key} {bare.region} {bare.year} has no uncertainty; give the one of its class"
    if divides and any(row.value <= 0 for row in creditable):
        return "from", f"{where}: a figure is zero and stands below a fraction line"
    return None


def _divisor_names(methodology: Methodology) -> set[str]:
    program = methodology.program
    scenarios = [scenario for scenario in (program.scenario, *program.alternatives.values()) if scenario is not None]
    trees = [formula.tree for scenario in scenarios for formula in (scenario.baseline, scenario.project)]
    trees += [single[0].tree for single in (program.contrast, program.points, *program.requirements) if single]
    names: set[str] = set()
    for tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                names.update(name.id for name in ast.walk(node.right) if isinstance(name, ast.Name))
    return names
