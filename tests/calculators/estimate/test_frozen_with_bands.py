"""Versions from before the lower bound keep their band table: they compute and recompute to the same integers."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest

from calculators import check_methodology, compute_estimate, explain, parse_methodology, thaw, verify
from calculators.estimate.credit import find_band, relative_pct
from calculators.estimate.recomputation import recompute_excess
from calculators.estimate.working import read_context
from tests.calculators.shipped_library import TABLES, TRIP

FROZEN = json.loads((Path(__file__).parent / "frozen_with_bands.json").read_text(encoding="utf-8"))
WORKINGS = [
    pytest.param(one["document"], working, id=f"{one['methodology']} {number}")
    for one in FROZEN
    for number, working in enumerate(one["workings"])
]
WITH_FIGURES = [pytest.param(one, id=one["methodology"]) for one in FROZEN if "figures" in one]


@pytest.mark.parametrize(("document", "working"), WORKINGS)
def test_a_stored_working_recomputes_to_its_integers(document: str, working) -> None:
    assert verify(working, document).results() == working["results"]
    assert recompute_excess(working, document) >= 0
    assert explain(working, document, "zh").lines
    if working["parameters"]:
        assert "from a faithful copy" in str(explain(working, document))


def test_the_stored_ride_is_still_credited_640_grams_by_its_band() -> None:
    (trip,) = [one for one in FROZEN if one["methodology"] == "transport.low_carbon_trip"]
    assert trip["workings"][0]["results"]["credited_g"] == 640
    assert verify(trip["workings"][0], trip["document"]).deductions[0]["reason"] == "range ±31.8 %"


@pytest.mark.parametrize("frozen", WITH_FIGURES)
def test_a_version_frozen_with_bands_computes_what_it_did(frozen) -> None:
    methodology, tables = parse_methodology(frozen["document"]), thaw(frozen["figures"])
    assert (methodology.sha256, tables.lower_bound) == (frozen["sha256"], None)
    for working in frozen["workings"]:
        given = {
            name: entry["entered"] if "entered" in entry else entry["value"]
            for name, entry in working["inputs"].items()
        }
        found = compute_estimate(methodology, tables, given, read_context(working["context"]))
        assert found.results() == working["results"]
    assert check_methodology(methodology, tables) == []


@pytest.mark.parametrize(
    ("pct", "weight"),
    [("0", "0.98"), ("10", "0.98"), ("10.1", "0.94"), ("30", "0.94"), ("30.1", "0.89"), ("50", "0.89"),
     ("50.1", "0.82"), ("100", "0.82"), ("100.1", "0.73"), ("5000", "0.73")],
)  # fmt: skip
def test_every_uncertainty_has_the_weight_of_its_band(pct: str, weight: str) -> None:
    bands = thaw(WITH_FIGURES[0].values[0]["figures"]).bands
    assert bands is not None
    band = find_band(bands.bands, Decimal(pct))
    assert band is not None
    assert band.weight == Decimal(weight)


def test_the_percentage_is_rounded_to_a_tenth_before_it_is_looked_up() -> None:
    assert relative_pct(Decimal("30.04"), Decimal(100)) == Decimal("30.0")
    assert relative_pct(Decimal("30.05"), Decimal(100)) == Decimal("30.0")
    assert relative_pct(Decimal("30.0500001"), Decimal(100)) == Decimal("30.1")


def test_a_new_document_that_says_bands_is_refused_at_its_line() -> None:
    document = parse_methodology(TRIP.text.replace('"lower_bound"', '"uncertainty_band"'))
    (problem,) = check_methodology(document, TABLES)
    assert document.text.splitlines()[problem.line - 1] == 'conservativeness = "uncertainty_band"'
    assert "write lower_bound" in problem.message
