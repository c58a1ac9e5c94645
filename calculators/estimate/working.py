"""The result of one activity and the complete working behind it, as data that survives JSON.

Promise: `record()` holds everything the result rests on, in text and integers, so that the same integers come out of
it years later with the document's text and nothing else. Touches nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from calculators.estimate.activity_data import ActivityData
from calculators.estimate.context import Context
from calculators.estimate.credit import Credit
from calculators.figures.factors import Band
from calculators.figures.freshness import Age
from calculators.methodology.document import Methodology
from calculators.rounding import decimal_text
from calculators.words import ENGLISH, pick, say

SCHEMA = 1
CREDITED, UNCREDITED = "credited", "uncredited"


@dataclass(frozen=True, slots=True)
class Working:
    """What went in: the methodology, the activity data, the figures, the context and the age of the figures."""

    methodology: Methodology
    data: ActivityData
    entries: Mapping[str, dict[str, Any]]
    context: Context
    age: Age
    unresolved: Mapping[str, str] | None
    table_titles: Mapping[str, str]
    bands_from: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Basis:
    """Which baseline it was: a code, and the place and year of its figure (None for a person's own)."""

    code: str
    region: str | None
    year: int | None
    params: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Estimate:
    """One activity's grams: signed reduction, credit after deductions, range, and how it came about.

    `low_g` and `high_g` are the 95 % interval of `reduction_g` before deductions, rounded outward. `reason` is a code
    (None where something is credited); `basis`, `deductions` and `contrast` are worded in English here, and in other
    languages by `explain` and `sentences`.
    """

    status: str
    reason: str | None
    reason_params: Mapping[str, str]
    baseline_g: int
    project_g: int
    reduction_g: int
    credited_g: int
    low_g: int
    high_g: int
    behaviour_points: int
    basis_of: Basis | None
    contrast_g: int | None
    credit: Credit
    working: Working

    @property
    def methodology_id(self) -> str:
        """The methodology's id."""
        return self.working.methodology.id

    @property
    def methodology_sha256(self) -> str:
        """The content hash of the document that was used."""
        return self.working.methodology.sha256

    @property
    def kind_caps(self) -> Mapping[str, int]:
        """The methodology's caps by name, for whoever keeps count of the room."""
        return self.working.methodology.caps

    @property
    def basis(self) -> str:
        """Which baseline and why, in English."""
        return basis_words(self.basis_of, self.working.table_titles, ENGLISH)

    @property
    def basis_code(self) -> str | None:
        """own, parent, lowest_published, highest_published, constant, history, declared or habit."""
        return None if self.basis_of is None else self.basis_of.code

    @property
    def basis_region(self) -> str | None:
        """The place whose figure carries the baseline."""
        return None if self.basis_of is None else self.basis_of.region

    @property
    def basis_year(self) -> int | None:
        """The year of that figure."""
        return None if self.basis_of is None else self.basis_of.year

    @property
    def deductions(self) -> list[dict[str, Any]]:
        """Each deduction with its weight as decimal text, its code and numbers, and an English reason."""
        return [{**deduction, "reason": deduction_words(deduction, ENGLISH)} for deduction in self.credit.deductions]

    @property
    def contrast(self) -> dict[str, Any] | None:
        """The naive figure, never credited, with its label; None where the methodology shows none."""
        naive = self.working.methodology.contrast
        if naive is None or self.contrast_g is None:
            return None
        return {"label": pick(naive.label, ENGLISH), "grams": self.contrast_g, "credited": False}

    @property
    def warnings(self) -> list[dict[str, Any]]:
        """What a reader should know: figures past their day, figures of a later year than the activity."""
        found: list[dict[str, Any]] = []
        if self.working.age.due is not None:
            found.append({"code": self.working.age.state, "params": {"due": self.working.age.due}})
        for name, entry in self.working.entries.items():
            if entry.get("fallback", {}).get("later_year"):
                params = {"name": name, "on": self.working.context.on.isoformat(), "year": str(entry["year"])}
                found.append({"code": "later_year", "params": params})
        return found

    def results(self) -> dict[str, Any]:
        """The integers and codes that a recomputation must reach again."""
        basis = self.basis_of
        return {
            "status": self.status,
            "reason": self.reason,
            "reason_params": dict(self.reason_params),
            "baseline_g": self.baseline_g,
            "project_g": self.project_g,
            "reduction_g": self.reduction_g,
            "credited_g": self.credited_g,
            "low_g": self.low_g,
            "high_g": self.high_g,
            "behaviour_points": self.behaviour_points,
            "basis": None
            if basis is None
            else {"code": basis.code, "region": basis.region, "year": basis.year, "params": dict(basis.params)},
            "deductions": self.credit.deductions,
            "contrast_g": self.contrast_g,
        }

    def record(self) -> dict[str, Any]:
        """The complete recorded working: text, integers and None only, safe for JSON and enough to recompute."""
        working = self.working
        return {
            "schema": SCHEMA,
            "methodology": {"id": working.methodology.id, "sha256": working.methodology.sha256},
            "inputs": dict(working.data.entered),
            "missing": list(working.data.missing),
            # copies: the figures are kept between estimates, and a caller may change its record
            "parameters": {name: dict(entry) for name, entry in working.entries.items()},
            "unresolved": None if working.unresolved is None else dict(working.unresolved),
            "context": working.context.record(),
            "freshness": working.age.record(),
            "conservativeness": _band_record(self.credit.band, self.credit.uncertainty_pct, working.bands_from),
            "table_titles": dict(working.table_titles),
            "results": self.results(),
        }


def _band_record(band: Band | None, pct: Decimal | None, bands_from: Mapping[str, str]) -> dict[str, str | None] | None:
    if band is None or pct is None:
        return None
    return {
        "uncertainty_pct": decimal_text(pct),
        "above_pct": decimal_text(band.above_pct),
        "up_to_pct": None if band.up_to_pct is None else decimal_text(band.up_to_pct),
        "weight": decimal_text(band.weight),
        **bands_from,
    }


def basis_words(basis: Basis | None, table_titles: Mapping[str, str], language: str) -> str:
    """Which baseline and why, in words; empty where there is none."""
    if basis is None:
        return ""
    params = {**basis.params, "region": basis.region, "year": basis.year, "table": pick(table_titles, language)}
    title = basis.params.get(f"title_{language}")
    return say(f"basis.{basis.code}", {**params, "title": title or basis.params.get("title_en", "")}, language)


def deduction_words(deduction: Mapping[str, Any], language: str) -> str:
    """Why a deduction was made, in words."""
    params = dict(deduction["params"])
    if "evidence" in params:
        params["evidence"] = say(f"evidence.{params['evidence']}", {}, language)
    return say(f"deduction.{deduction['code']}", params, language)
