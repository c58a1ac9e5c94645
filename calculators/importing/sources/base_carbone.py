"""ADEME's Base Carbone, the French database of emission factors, as its semicolon file in French.

An *élément* is a figure; the *postes* below it are its parts and are not taken, nor is what is archived. Numbers have a
decimal comma; the file is in Windows-1252. https://data.ademe.fr/datasets/base-carboner
"""

from __future__ import annotations

import calendar
import re
import unicodedata

from calculators.figures.regions import Regions
from calculators.figures.terms import GasScope, Gwp
from calculators.importing.cells import read_number, shape_of, slug, unit_of, why_no_figure
from calculators.importing.places import find_place
from calculators.importing.reader import Asked, Figure, LeftOut, Line, Source

_UNITS = {
    "kwh": "kWh", "kwh pci": "kWh", "kwh pcs": "kWh", "mwh": "MWh", "gj": "GJ", "gj pci": "GJ", "gj pcs": "GJ",
    "kg": "kg", "tonne": "t", "t": "t", "litre": "L", "l": "L", "m3": "m3", "m³": "m3", "m2": "m2", "m²": "m2",
    "t.km": "t-km", "tonne.km": "t-km", "passager.km": "passenger-km", "personne.km": "passenger-km",
    "véhicule.km": "vehicle-km", "repas": "meal", "unité": "item",
}  # fmt: skip
_UNIT = re.compile(r"kg\s?(CO2e?)\s?/\s?(.+)", re.IGNORECASE)
_HEATING_VALUE = re.compile(r"\bPC[IS]\b")
_MONTHS = {"janv": 1, "fevr": 2, "mars": 3, "avr": 4, "mai": 5, "juin": 6, "juil": 7, "aout": 8, "sept": 9, "oct": 10,
           "nov": 11, "dec": 12}  # fmt: skip
_FRENCH_MONTH = re.compile(r"([a-z]+)\.?[\s-]+(\d{4}|\d{2})")
# House policy (docs/how-to-add-a-methodology.md): years a figure of this branch may be used.
_YEARS = {"combustibles": 15, "achats de biens": 6}
_YEARS_OF_OTHERS = 5


def read(line: Line, asked: Asked, regions: Regions) -> Figure:
    """The figure in a line. Its year is that in which ADEME last changed it; the file names no other."""
    _check_wanted(line)
    key = f"base_carbone_{slug(line.get('id'))}"
    region, spelling = _region(line, regions)
    if region is None:
        raise LeftOut(f"no region of ours is {spelling!r}")
    unit = _UNIT.fullmatch(line.get("unit"))
    if unit is None:
        raise LeftOut(f"{line.get('unit')!r} is no mass of gas per something")
    year = _year(line)
    branch = line.get("category").split(">")[0].strip()
    name_fr = _name(line, "français")
    uncertainty = (
        "" if why_no_figure(line.get("uncertainty")) else read_number(line.get("uncertainty"), decimal_comma=True)
    )
    boundary = line.get("frontière français")
    carbon_alone = unit[1].casefold() != "co2e"
    return {
        "key": key,
        "item": key,
        "kind": "emission_factor",
        "family": "-".join(filter(None, ("base-carbone", slug(branch, "-"), slug(boundary, "-"), "ghg"))),
        "region": region,
        "year": str(year),
        "value": read_number(line.get("value"), decimal_comma=True),
        "unit": unit_of(unit[2], _UNITS, "kgCO2" if carbon_alone else "kgCO2e"),
        "gas_scope": GasScope.CO2 if carbon_alone else GasScope.GHG,
        "gwp": Gwp.NONE if carbon_alone else Gwp.UNKNOWN,
        "boundary": "; ".join(filter(None, (branch, boundary))),
        "publisher": line.get("contributor") or "ADEME",
        "document": "Base Carbone" + (f"; {line.get('source')}" if line.get("source") else ""),
        "url": "https://data.ademe.fr/datasets/base-carboner",
        "mark": asked.mark,
        "uncertainty_pct": uncertainty,
        "uncertainty_basis": "published" if uncertainty else "",
        **shape_of(uncertainty),
        "review_by": _review_by(line) or f"{year + _YEARS.get(branch.casefold(), _YEARS_OF_OTHERS)}-12-31",
        "name_en": _name(line, "anglais") or name_fr,
        "name_zh": name_fr,
        "note": f"per {unit[2]}" if _HEATING_VALUE.search(unit[2]) else "",
    }


def _check_wanted(line: Line) -> None:
    if _plain(line.get("line_type")) != "element":
        raise LeftOut("a part of the figure above it")
    if _plain(line.get("element_type")) != "facteur d'emission":
        raise LeftOut("no emission factor")
    if not _plain(line.get("status")).startswith("valide"):
        raise LeftOut(f"its status is {line.get('status')!r}")
    if why := why_no_figure(line.get("value")):
        raise LeftOut(why)


def _region(line: Line, regions: Regions) -> tuple[str | None, str]:
    """The code of the finer of the two places named, None where we have no such place, and how it is spelled."""
    wide, narrow = line.get("location"), line.get("sous-localisation français")
    if not narrow:
        return find_place(wide, regions), wide
    in_english = line.get("sous-localisation anglais")
    return find_place(in_english, regions) or find_place(narrow, regions), f"{wide}, {narrow}"


def _year(line: Line) -> int:
    for cell in (line.get("changed"), line.get("created")):
        if found := re.search(r"(19|20)\d\d", cell):
            return int(found[0])
        if short := _FRENCH_MONTH.fullmatch(_plain(cell)):
            return 2000 + int(short[2])
    raise ValueError("neither Date de modification nor Date de création names a year")


def _review_by(line: Line) -> str:
    """The last day of the month until which the figure is valid; empty where none is named."""
    found = _FRENCH_MONTH.fullmatch(_plain(line.get("valid_until")))
    month = next((number for short, number in _MONTHS.items() if found and found[1].startswith(short)), None)
    if found is None or month is None:
        return ""
    year = int(found[2]) + (2000 if len(found[2]) == 2 else 0)
    return f"{year}-{month:02}-{calendar.monthrange(year, month)[1]}"


def _name(line: Line, language: str) -> str:
    parts = (line.get(f"{part} {language}") for part in ("nom base", "nom attribut", "frontière"))
    return ", ".join(" ".join(part.split()).strip('"') for part in parts if part)


def _plain(text: str) -> str:
    spread = unicodedata.normalize("NFKD", text).casefold().replace("’", "'")
    return "".join(character for character in spread if not unicodedata.combining(character)).strip()


SOURCE = Source(
    name="base-carbone",
    title="ADEME's Base Carbone",
    columns={
        "line_type": "Type Ligne",
        "id": "Identifiant de l['’]élément",
        "element_type": "Type de l['’]élément",
        "status": "Statut de l['’]élément",
        "nom base français": "Nom base français",
        "nom base anglais": "Nom base anglais",
        "nom attribut français": "Nom attribut français",
        "nom attribut anglais": "Nom attribut anglais",
        "frontière français": "Nom frontière français",
        "frontière anglais": "Nom frontière anglais",
        "category": "Code de la catégorie",
        "unit": "Unité français",
        "contributor": "Contributeur",
        "source": "Source",
        "location": "Localisation géographique",
        "sous-localisation français": "Sous-localisation géographique français",
        "sous-localisation anglais": "Sous-localisation géographique anglais",
        "created": "Date de création",
        "changed": "Date de modification",
        "valid_until": "Période de validité",
        "uncertainty": "Incertitude",
        "value": "Total poste non décomposé",
    },
    optional=frozenset(
        {
            "nom base anglais",
            "nom attribut anglais",
            "frontière anglais",
            "frontière français",
            "sous-localisation anglais",
            "sous-localisation français",
            "source",
            "created",
            "valid_until",
        }
    ),
    delimiters=";,\t",
    read=read,
)
