"""From a stored working back to its integers, with the document's text and nothing else.

Promise: the same integers for ever, on any machine: no tables, no library, no clock are asked. The document must be
the very one the working names (its content hash is compared). Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from calculators.errors import CalculatorError, RecordMismatch
from calculators.estimate.exact import compute_result
from calculators.estimate.parameters import read_entries
from calculators.estimate.rolling_year import excess_of
from calculators.estimate.working import SCHEMA, ActivityData, Estimate, Working, read_context
from calculators.figures.factors import Band, BandSource, content_sha256
from calculators.figures.freshness import Age
from calculators.figures.terms import read_mark
from calculators.methodology import Choice, Methodology, parse_methodology

_ANY_UNCERTAINTY = Band(Decimal(0), None, Decimal(1))  # what lies above a baseline is weighed by none


def recompute(record: Mapping[str, Any], document_text: str) -> Estimate:
    """The estimate a working leads to. Raises RecordMismatch when record and document do not belong together."""
    return _recompute(record, document_text, _bands(record["conservativeness"]))


def recompute_excess(record: Mapping[str, Any], document_text: str) -> int:
    """How far a working lies above its baseline, as `excess_of` says it, whatever it says of a credit.

    For a working whose inputs were exchanged: its difference may be known less well than the recorded one was, and
    nothing is credited for it. Raises RecordMismatch as `recompute` does.
    """
    return excess_of(_recompute(record, document_text, (_ANY_UNCERTAINTY,)))


def _recompute(record: Mapping[str, Any], document_text: str, bands: Sequence[Band]) -> Estimate:
    if record.get("schema") != SCHEMA:
        raise RecordMismatch(f"a working of schema {record.get('schema')!r} cannot be read; this reads {SCHEMA}")
    stored = record["methodology"]["sha256"]
    actual = content_sha256(document_text)
    if actual != stored:
        raise RecordMismatch(f"the document's hash is {actual}, the working names {stored}")
    methodology = parse_methodology(document_text)
    entries = record["parameters"]
    values, spreads = read_entries(entries)
    working = Working(
        methodology=methodology,
        data=_activity_data(methodology, record),
        entries=entries,
        context=read_context(record["context"]),
        age=_age(record["freshness"]),
        unresolved=record["unresolved"],
        table_titles=record["table_titles"],
        bands_from=_band_source(record["conservativeness"]),
    )
    try:
        return compute_result(working, values, spreads, bands)
    except CalculatorError as problem:
        raise RecordMismatch(f"the working does not lead to a result: {problem}") from problem


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


def _band_source(recorded: Mapping[str, Any] | None) -> BandSource | None:
    if recorded is None:
        return None
    mark = read_mark(recorded.get("mark") or recorded["verification"])  # the earlier word, in older records
    return BandSource(recorded["publisher"], recorded["document"], mark, recorded["table_sha256"])


def _bands(recorded: Mapping[str, Any] | None) -> tuple[Band, ...]:
    """The one band that was used; an uncertainty outside it means that the working was changed."""
    if recorded is None:
        return ()
    upper = recorded["up_to_pct"]
    return (
        Band(Decimal(recorded["above_pct"]), None if upper is None else Decimal(upper), Decimal(recorded["weight"])),
    )
