"""Tables as they were frozen before there were seven marks: read for ever, written never.

Promise: a frozen text of that time gives the rows it gave, a figure that could carry a credit then still can; what it
does not say (potentials, the shape of a range) is filled in as not stated. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping

from calculators.figures.terms import EARLIER_MARKS, Distribution, GasScope, Gwp, gas_of

COLUMNS = [
    "key",
    "item",
    "kind",
    "family",
    "region",
    "year",
    "value",
    "unit",
    "gas_scope",
    "publisher",
    "document",
    "url",
    "verification",
    "uncertainty_pct",
    "uncertainty_basis",
    "use_by",
    "name_en",
    "name_zh",
    "note",
]
NOT_STATED = "not_stated"


def read_fields(fields: Mapping[str, str]) -> dict[str, str]:
    """A row's fields under today's columns. Raises ValueError for a mark that there never was."""
    if fields["verification"] not in EARLIER_MARKS:
        raise ValueError(f"verification must be one of {', '.join(sorted(EARLIER_MARKS))}")
    gas = gas_of(fields["unit"])
    ranged = bool(fields["uncertainty_pct"]) or fields["uncertainty_basis"].startswith("pedigree")
    return {
        **fields,
        "gas_scope": {"CO2": GasScope.CO2, "CO2e": GasScope.GHG}.get(gas, ""),
        "gwp": {"CO2": Gwp.NONE, "CO2e": Gwp.UNKNOWN}.get(gas, ""),
        "boundary": fields["gas_scope"],
        "mark": EARLIER_MARKS[fields["verification"]],
        "distribution": Distribution.NORMAL if ranged else "",
        "distribution_reason": NOT_STATED if ranged else "",
        "review_by": fields["use_by"],
    }
