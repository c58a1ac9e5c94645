"""The UK government's greenhouse gas conversion factors, in the flat file that is published beside the workbook.

One line is one gas of one activity: Scope, Level 1 to 4, Column Text, UOM, GHG/Unit, and the factor under a heading
that ends in the year. Only the lines of all gases together are taken. Published since 2002, yearly:
https://www.gov.uk/government/collections/government-conversion-factors-for-company-reporting
"""

from __future__ import annotations

import re

from calculators.figures.regions import Regions
from calculators.figures.terms import GasScope, Gwp
from calculators.importing.cells import make_key, read_number, shape_of, slug, unit_of, why_no_figure
from calculators.importing.reader import Asked, Figure, LeftOut, Line, Source

_URL = "https://www.gov.uk/government/collections/government-conversion-factors-for-company-reporting"
# by what the files say of refrigerants: HFC-134a is 1430 until 2022; the files of 2023 and 2024 were not read
_LAST_OF_AR4, _FIRST_OF_AR5 = 2022, 2025
_FIRST_OF_DESNZ = 2023  # before, the factors came out under the department's earlier name
_ALL_GASES = "kg co2e"
_LEVELS = ("level_1", "level_2", "level_3", "level_4", "column_text")
_UNITS = {
    "tonnes": "t", "litres": "L", "cubic metres": "m3", "kg": "kg", "gj": "GJ",
    "kwh": "kWh", "kwh (net cv)": "kWh", "kwh (gross cv)": "kWh",
    "km": "vehicle-km", "miles": "vehicle-mile",
    "tonne.km": "t-km", "passenger.km": "passenger-km", "room per night": "room-night",
}  # fmt: skip
# Activities whose factors stop at the same boundary, and so may stand in one difference.
_TRAVEL = "desnz-travel-direct-ghg"
_FAMILIES = {
    "passenger vehicles": _TRAVEL,
    "business travel- land": _TRAVEL,
    "material use": "desnz-material-gate-ghg",
}
_LASTING = ("fuels", "bioenergy")
_YEARS_OF_FUELS, _YEARS_OF_OTHERS = 15, 5  # house policy, docs/how-to-add-a-methodology.md


def read(line: Line, asked: Asked, regions: Regions) -> Figure:
    """The figure in a line, of the United Kingdom and the year in the heading."""
    if line.get("gas").casefold() != _ALL_GASES:
        raise LeftOut("one gas alone; the line of all gases together counts")
    if line.get("scope").casefold().startswith("outside"):
        raise LeftOut("biogenic carbon, reported outside the scopes")
    if why := why_no_figure(line.get("value")):
        raise LeftOut(why)
    first, *others = (line.get(level) for level in _LEVELS)
    if not first or not line.get("uom"):
        raise ValueError("Level 1 and UOM must not be empty")
    year = int(line.headings["value"][-4:])
    words = ", ".join(filter(None, (first, *others)))
    with_forcing = "-rf" if line.get("column_text").casefold() == "with rf" else ""
    key = make_key("uk", line.get("scope"), first, *others, line.get("uom"))
    heating_value = re.search(r"\((net|gross) cv\)", line.get("uom"), re.IGNORECASE)
    return {
        "key": key,
        "item": key,
        "kind": "emission_factor",
        "family": _FAMILIES.get(first.casefold(), f"desnz-{slug(first, '-')}-ghg") + with_forcing,
        "region": regions.get_region("GB").code,
        "year": str(year),
        "value": read_number(line.get("value")),
        "unit": unit_of(line.get("uom"), _UNITS),
        "gas_scope": GasScope.GHG_AND_CONTRAILS if with_forcing else GasScope.GHG,
        "gwp": _potentials(year),
        "boundary": line.get("scope") + ("; with radiative forcing" if with_forcing else ""),
        "publisher": "DESNZ" if year >= _FIRST_OF_DESNZ else "BEIS",
        "document": f"UK Government GHG Conversion Factors for Company Reporting {year}",
        "url": _URL,
        "mark": asked.mark,
        "uncertainty_pct": "",
        "uncertainty_basis": "",
        **shape_of(""),
        "review_by": f"{year + (_YEARS_OF_FUELS if first.casefold() in _LASTING else _YEARS_OF_OTHERS)}-12-31",
        "name_en": words,
        "name_zh": words,
        "note": f"per {line.get('uom')}" if heating_value else "",
    }


def _potentials(year: int) -> Gwp:
    if year <= _LAST_OF_AR4:
        return Gwp.AR4
    return Gwp.AR5 if year >= _FIRST_OF_AR5 else Gwp.UNKNOWN


SOURCE = Source(
    name="uk-flat-file",
    title="the UK government's flat file of conversion factors",
    columns={
        "scope": "Scope",
        "level_1": "Level 1",
        "level_2": "Level 2",
        "level_3": "Level 3",
        "level_4": "Level 4",
        "column_text": "Column Text",
        "uom": "UOM",
        "gas": "GHG(/Unit)?",
        "value": r"GHG Conversion Factor 20\d\d",
    },
    optional=frozenset({"level_4"}),
    delimiters=",\t;",
    read=read,
)
