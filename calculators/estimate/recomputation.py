"""From a stored working back to its integers, with the document's text and nothing else.

Promise: the same integers for ever, on any machine: no tables, no library, no clock are asked. The document must be
the very one the working names (its content hash is compared). Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from calculators.errors import CalculatorError, RecordMismatch
from calculators.estimate.caution import Caution, read_caution
from calculators.estimate.exact import compute_result
from calculators.estimate.parameters import read_entries
from calculators.estimate.rolling_year import excess_of
from calculators.estimate.working import SCHEMA, ActivityData, Estimate, Working, read_context
from calculators.figures.factors import Band, content_sha256
from calculators.figures.freshness import Age
from calculators.figures.lower_bound import METHOD
from calculators.methodology import Choice, Methodology, parse_methodology

_ANY_UNCERTAINTY = Caution(
    None, bands=(Band(Decimal(0), None, Decimal(1)),)
)  # what is above a baseline is weighed by none


def recompute(record: Mapping[str, Any], document_text: str) -> Estimate:
    """The estimate a working leads to. Raises RecordMismatch when record and document do not belong together."""
    return _recompute(record, document_text)


def recompute_excess(record: Mapping[str, Any], document_text: str) -> int:
    """How far a working lies above its baseline, as `excess_of` says it, whatever it says of a credit.

    For a working whose inputs were exchanged: its difference may be known less well than the recorded one was, and
    nothing is credited for it. Raises RecordMismatch as `recompute` does.
    """
    return excess_of(_recompute(record, document_text, bands=_ANY_UNCERTAINTY))


def _recompute(record: Mapping[str, Any], document_text: str, bands: Caution | None = None) -> Estimate:
    if record.get("schema") != SCHEMA:
        raise RecordMismatch(f"a working of schema {record.get('schema')!r} cannot be read; this reads {SCHEMA}")
    stored = record["methodology"]["sha256"]
    actual = _sha256_once(document_text)
    if actual != stored:
        raise RecordMismatch(f"the document's hash is {actual}, the working names {stored}")
    methodology = parse_methodology(document_text)
    entries = record["parameters"]
    working = Working(
        methodology=methodology,
        data=_activity_data(methodology, record),
        entries=entries,
        context=read_context(record["context"]),
        age=_age(record["freshness"]),
        unresolved=record["unresolved"],
        table_titles=record["table_titles"],
        caution=_caution(methodology, record, bands),
    )
    try:
        return compute_result(working, read_entries(entries))
    except CalculatorError as problem:
        raise RecordMismatch(f"the working does not lead to a result: {problem}") from problem


@lru_cache(maxsize=256)
def _sha256_once(document_text: str) -> str:
    """Its content hash; a page of workings rests on a few documents."""
    return content_sha256(document_text)


def _caution(methodology: Methodology, record: Mapping[str, Any], bands: Caution | None) -> Caution | None:
    """What the record says of its uncertainty; `bands` instead, where it is given and the document goes by bands."""
    recorded = record["conservativeness"]
    if methodology.conservativeness is None or (recorded is None and record["unresolved"]):
        return None
    try:
        caution = read_caution(recorded)
    except (CalculatorError, KeyError, ArithmeticError) as problem:
        raise RecordMismatch(f"conservativeness cannot be read: {problem}") from problem
    if (caution.lower_bound is not None) != (methodology.conservativeness == METHOD):
        raise RecordMismatch(f"the document is credited by {methodology.conservativeness}, the working says another")
    return caution if bands is None or caution.lower_bound is not None else bands


def verify(record: Mapping[str, Any], document_text: str) -> Estimate:
    """`recompute`, and the recorded results compared. Raises RecordMismatch naming the first field that differs."""
    found = recompute(record, document_text)
    results, stored = found.results(), record["results"]
    for name, value in results.items():
        if value != stored.get(name):
            raise RecordMismatch(f"{name} is {value!r}, the working says {stored.get(name)!r}")
    return found


def _activity_data(methodology: Methodology, record: Mapping[str, Any]) -> ActivityData:
    values: dict[str, Decimal | str] = {}
    choices: list[tuple[str, str]] = []
    for name, spec in methodology.inputs.items():
        entry = record["inputs"].get(name)
        if entry is None:
            continue
        if isinstance(spec, Choice):
            values[name] = str(entry["value"])
            choices.append((name, str(entry["value"])))
        else:
            values[name] = Decimal(entry["value"])
    return ActivityData(values, tuple(choices), record["inputs"], tuple(record["missing"]))


def _age(recorded: Mapping[str, Any]) -> Age:
    return Age(recorded["state"], Decimal(recorded["weight"]), recorded["due"])
