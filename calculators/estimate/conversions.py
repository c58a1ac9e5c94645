"""The exact ratios between the units in a working: what its reader needs besides the numbers.

Promise: with these, the record and the document, nothing has to be known of units to reach the integers again. They
follow from document and record, so they are told on reading and not stored. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from calculators.estimate.activity_data import ratio_of
from calculators.methodology.document import Methodology
from calculators.methodology.parts import Quantity
from calculators.units import conversion


def describe_conversions(methodology: Methodology, record: Mapping[str, Any]) -> dict[str, Any]:
    """What a typed, a published and a formula's number is multiplied by, as texts of whole numbers or of fractions.

    `inputs` from the unit typed to that of the formulas, `parameters` from the published unit to it, `grams` from what
    a formula comes out in to grams, `kilometres` from a distance as it is typed, None where there is no distance.
    """
    distance = methodology.quantities.get("distance")
    return {
        "inputs": {
            name: _text(ratio_of(spec, entry["entered"]["unit"]))
            for name, entry in record["inputs"].items()
            if isinstance(spec := methodology.inputs[name], Quantity)
        },
        "parameters": {
            name: _text(conversion(entry["published_unit"], methodology.parameters[name].unit))
            for name, entry in record["parameters"].items()
            if "published_unit" in entry
        },
        "grams": _text(methodology.program.grams_per_unit),
        "kilometres": None if distance is None else _text(conversion(distance.entered_as, "km")),
    }


def _text(ratio: Fraction) -> str:
    return str(ratio)
