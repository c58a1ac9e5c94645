"""Climatiq's Open Emission Factors: a compilation of many publishers' figures, one line each, in ASCII.

The sum in CO2-equivalents by the fifth assessment report is taken, else that by the fourth, and the figure's gas scope
says which. Until 2021 there was one column `factor`, of a report that nobody named: it is taken as that, and stays
unverified. A compilation is second hand, whoever has compared it. https://github.com/climatiq/Open-Emission-Factors-DB
"""

from __future__ import annotations

from calculators.figures.regions import Regions
from calculators.figures.terms import GasScope, Gwp, Mark
from calculators.importing.cells import make_key, read_number, shape_of, slug, unit_of, why_no_figure
from calculators.importing.places import find_place
from calculators.importing.reader import Asked, Figure, LeftOut, Line, Source

_UNITS = {
    "tonne": "t", "kg": "kg", "kwh": "kWh", "l": "L", "gj": "GJ", "m3": "m3", "tonne-km": "t-km",
    "passenger-km": "passenger-km", "passenger-mile": "passenger-mile", "person-night": "person-night",
    "room-night": "room-night", "pkm": "passenger-km", "tkm": "t-km", "vkm": "vehicle-km",
    "pmile": "passenger-mile", "tmile": "t-mile",
}  # fmt: skip
# House policy (docs/how-to-add-a-methodology.md): years a figure of this kind may be used.
_YEARS = {"fuel": 15, "food/beverages/tobacco": 6, "clothing and footwear": 6, "electrical equipment": 6}
_YEARS_OF_OTHERS = 5
_UNNAMED = "unnamed"
# the columns a sum may stand in, the best first, and what each says of the report it is reckoned by
_REPORTS = {"ar5": Gwp.AR5, "ar4": Gwp.AR4, _UNNAMED: Gwp.UNKNOWN}
_DOUBTED = {"e": Mark.CONFLICTING} | dict.fromkeys("ohmp", Mark.RECALLED)
_BY_TRUST = (Mark.CONFLICTING, Mark.RECALLED, Mark.REPORTED)


def read(line: Line, asked: Asked, regions: Regions) -> Figure:
    """The figure in a line, under the name of the publisher it was compiled from."""
    report = _report(line)
    region = find_place(line.get("region"), regions)
    if region is None:
        raise LeftOut(f"no region of ours is {line.get('region')!r}")
    publisher, boundary = line.get("source"), line.get("lca_activity") or "unknown"
    if not publisher or not line.get("activity_id") or not line.get("unit"):
        raise ValueError("activity_id, activity_unit and source must not be empty")
    year = int(read_number(line.get("year")))
    key = make_key("oef", line.get("activity_id"), publisher, boundary, line.get("unit"))
    uncertainty = "" if why_no_figure(line.get("uncertainty")) else read_number(line.get("uncertainty"))
    doubts = [_DOUBTED[flag] for flag in line.get("data_quality").split("|") if flag in _DOUBTED]
    if report == _UNNAMED:
        doubts.append(Mark.RECALLED)
    return {
        "key": key,
        "item": key,
        "kind": "emission_factor",
        "family": f"oef-{slug(publisher, '-')}-{slug(boundary, '-')}-{report}",
        "region": region,
        "year": str(year),
        "value": read_number(line.get(report)),
        "unit": unit_of(line.get("unit").removeprefix("kg-CO2e/"), _UNITS),
        "gas_scope": GasScope.GHG,
        "gwp": _REPORTS[report],
        "boundary": boundary.replace("_", " "),
        "publisher": publisher,
        "document": "Open Emission Factors (Climatiq)",
        "url": line.get("source_link"),
        "mark": min([asked.mark, *doubts], key=_BY_TRUST.index),
        "uncertainty_pct": uncertainty,
        "uncertainty_basis": "published" if uncertainty else "",
        **shape_of(uncertainty),
        "review_by": f"{year + _YEARS.get(line.get('category').casefold(), _YEARS_OF_OTHERS)}-12-31",
        "name_en": line.get("name"),
        "name_zh": line.get("name"),
        "note": line.get("category"),
    }


def _report(line: Line) -> str:
    """The column whose sum is taken; raise LeftOut where none holds a figure."""
    missing = {name: why_no_figure(line.get(name)) for name in _REPORTS}
    for name, why in missing.items():
        if why is None:
            return name
    bound = next((why for why in missing.values() if why and why.startswith("only")), None)
    raise LeftOut(bound or "single gases only; no sum is published")


SOURCE = Source(
    name="open-emission-factors",
    title="Climatiq's Open Emission Factors",
    columns={
        "category": "category",
        "activity_id": "activity_id|id",
        "name": "name",
        "unit": "activity_unit|unit",
        "ar5": "kgCO2e-AR5",
        "ar4": "kgCO2e-AR4",
        _UNNAMED: "factor",
        "uncertainty": "uncertainty",
        "lca_activity": "lca_activity|activity",
        "source": "source",
        "year": "year_released|year",
        "region": "region",
        "data_quality": "data_quality",
        "source_link": "source_link",
    },
    optional=frozenset({"uncertainty", "data_quality", *_REPORTS}),
    one_of=frozenset(_REPORTS),
    delimiters=",",
    read=read,
    most_trusted=Mark.REPORTED,
)
