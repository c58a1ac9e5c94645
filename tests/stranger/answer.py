"""One answer: its hashes, its conversions, its figures and its grams, each worked out and compared."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import tomllib
from collections.abc import Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from .credit import Credit
from .formulas import SIXTY, Formula, scaled
from .spread import Spread

MICRO = Decimal("0.000001")
WORST_PLACE = Decimal("1.1")  # the worst geographic score of the pedigree matrix
SHOWN = ("baseline_g", "project_g", "reduction_g", "credited_g", "low_g", "high_g", "behaviour_points")


def differences(answer: dict[str, Any]) -> list[str]:
    """What comes out otherwise than the answer says, a sentence each."""
    document = tomllib.loads(answer["methodology"]["document"], parse_float=Decimal)
    return [*_hashes(answer), *_inputs(answer, document), *_figures(answer), *_results(answer, document)]


def _unlike(what: str, found: object, told: object) -> Iterator[str]:
    if found != told:
        yield f"{what} is {found!r}, the answer says {told!r}"


def _hashes(answer: dict[str, Any]) -> Iterator[str]:
    version, working = answer["methodology"], answer["working"]
    text = hashlib.sha256(version["document"].encode()).hexdigest()
    yield from _unlike("the document's hash", text, version["document_sha256"])
    yield from _unlike("the document's hash", text, working["methodology"]["sha256"])
    both = f"{version['document']}\0{version['figures']}".encode()
    yield from _unlike("the version's hash", hashlib.sha256(both).hexdigest(), version["sha256"])
    for name in SHOWN:
        yield from _unlike(name, answer[name], working["results"][name])


def _inputs(answer: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    ratios = answer["conversions"]["inputs"]
    for name, entry in answer["working"]["inputs"].items():
        spec = document["inputs"][name]
        if "one_of" in spec:
            yield from _unlike(name, entry["entered"], entry["value"])
            continue
        rounding = ROUND_CEILING if spec.get("rounding") == "up" else ROUND_FLOOR
        value = scaled(Decimal(entry["entered"]["value"]), Fraction(ratios[name]))
        yield from _unlike(name, value.quantize(Decimal(spec["step"]), rounding, SIXTY), Decimal(entry["value"]))
        if not Decimal(spec["minimum"]) <= value <= Decimal(spec["maximum"]):
            yield f"{name} is out of bounds"


def _figures(answer: dict[str, Any]) -> Iterator[str]:
    frozen = json.loads(answer["methodology"]["figures"])
    tables = {name: list(csv.DictReader(io.StringIO(text))) for name, text in frozen["tables"].items()}
    for name, entry in answer["working"]["parameters"].items():
        if "table" not in entry:
            continue
        instead = entry["segment"]["instead_of"] if "segment" in entry else entry
        place = (instead["key"], instead["region"], str(instead["year"]))
        rows = [row for row in tables[instead["table"]] if (row["key"], row["region"], row["year"]) == place]
        yield from _unlike(f"rows of {name}", len(rows), 1)
        if instead is not entry:
            yield from _unlike(f"whether {name} is lower", Decimal(entry["value"]) < Decimal(instead["value"]), True)
        # a segment of people is no part of a version: its row stands in the working alone
        row = rows[0] if instead is entry else _own_row(entry)
        yield from _unlike(f"{name}, published", row["value"], entry["published_value"])
        value = scaled(Decimal(row["value"]), Fraction(answer["conversions"]["parameters"][name]))
        yield from _unlike(name, value, Decimal(entry["value"]))
        yield from _unlike(f"range of {name}", _half_width(entry, row["uncertainty_pct"]), entry["uncertainty_pct"])
        yield from _unlike(f"distribution of {name}", row["distribution"] or None, entry["distribution"] or None)


def _own_row(entry: dict[str, Any]) -> dict[str, str]:
    published = entry["fallback"]["published_uncertainty_pct"]
    return {"value": entry["published_value"], "uncertainty_pct": published, "distribution": entry["distribution"]}


def _half_width(entry: dict[str, Any], published: str) -> str | None:
    """The published half-width, wider for a figure of another place."""
    if entry["fallback"]["borrowed_from"] is None or not published:
        return published or None
    own, other = SIXTY.ln(1 + Decimal(published) / 100), SIXTY.ln(WORST_PLACE)
    wider = SIXTY.exp(SIXTY.sqrt(own * own + other * other)) - 1
    return format((100 * wider).quantize(Decimal("0.1"), ROUND_CEILING, SIXTY), "f")


def _results(answer: dict[str, Any], document: dict[str, Any]) -> Iterator[str]:
    working = answer["working"]
    told = working["results"]
    if working["unresolved"] is not None:
        found = dict.fromkeys(SHOWN, 0) | {"status": "uncredited", "reason": working["unresolved"]["code"]}
    else:
        names = {name: Decimal(entry["value"]) for name, entry in working["parameters"].items()}
        for name, entry in working["inputs"].items():
            is_choice = "one_of" in document["inputs"][name]
            names[name] = entry["value"] if is_choice else Decimal(entry["value"])
        found = _points(answer, document, names) if "points" in document["formula"] else _grams(answer, document, names)
    for name, value in found.items():
        yield from _unlike(name, value, told[name])


def _points(answer: dict[str, Any], document: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    credit = Credit(answer, document, names)
    amount = Formula(document["formula"]["points"]).value(names)
    granted, reason = (0, credit.habit) if credit.habit else credit.of_points(amount)
    return dict.fromkeys(SHOWN, 0) | {"behaviour_points": granted, **_status(granted, reason)}


def _status(granted: int, reason: str | None) -> dict[str, Any]:
    return {"status": "credited" if granted else "uncredited", "reason": reason}


def _grams(answer: dict[str, Any], document: dict[str, Any], names: dict[str, Any]) -> dict[str, Any]:
    formula, grams = document["formula"], Fraction(answer["conversions"]["grams"])
    declared = answer["working"]["context"]["declared_alternative"]
    instead = document["alternatives"][declared]["baseline"] if declared else formula["baseline"]
    sides = (Formula(instead), Formula(formula["project"]))
    before, after = (scaled(Decimal(side.value(names)), grams) for side in sides)
    credit = Credit(answer, document, names)
    if credit.habit:
        usual = _nearest(after)
        found = {"baseline_g": usual, "project_g": usual, "reduction_g": 0, "low_g": 0, "high_g": 0, "credited_g": 0}
        return found | {"behaviour_points": 0, **_status(0, credit.habit)}
    low, lower, high = (scaled(one, grams) for one in Spread(answer, *sides, names).quantiles())
    reduction = _nearest(before) - _nearest(after)
    granted, reason = credit.of_reduction(SIXTY.subtract(before, after), lower)
    return {
        "baseline_g": _nearest(before),
        "project_g": _nearest(after),
        "reduction_g": reduction,
        "low_g": min(_whole(low, ROUND_FLOOR), reduction),
        "high_g": max(_whole(high, ROUND_CEILING), reduction),
        "credited_g": granted,
        "behaviour_points": 0,
        **_status(granted, reason),
    }


def _nearest(grams: Decimal) -> int:
    return _whole(grams, ROUND_HALF_EVEN)


def _whole(grams: Decimal, rounding: str) -> int:
    return int(SIXTY.quantize(grams, MICRO).to_integral_value(rounding, SIXTY))
