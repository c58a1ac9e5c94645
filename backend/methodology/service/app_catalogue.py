"""What an app draws its forms from: the methodologies that can be used in a place, what they ask, and the places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from backend.methodology.domain import PDF, PICTURES, AppCatalogue, CatalogueRule, EvidenceWeight, InForce
from backend.methodology.service.catalogue import today
from backend.methodology.service.in_force import list_in_force
from backend.methodology.service.places import get_place, list_places
from calculators import (
    TRACKS,
    Methodology,
    describe_methodology,
    has_figures,
    list_languages,
    load_library,
    say,
)

SELF_DECLARED = "self_declared"
KEPT = 256
_PAPER = (*PICTURES, PDF)
# as what a person hands in each tier: the kind that `POST /v1/evidence` takes, and its media; others are attested only
HANDED_IN: Mapping[str, tuple[str, Sequence[str]]] = {
    "photo": ("photo", PICTURES),
    "weight_slip": ("weight_slip", PICTURES),
    "receipt": ("receipt", _PAPER),
    "utility_bill": ("utility_bill", _PAPER),
    "repair_bill": ("repair_bill", _PAPER),
    "purchase_record": ("purchase_record", _PAPER),
    "meter_reading": ("meter_reading", PICTURES),
    "odometer_pair": ("odometer_reading", PICTURES),
    "gps_trace": ("gps_trace", TRACKS),
}


def get_app_catalogue(session: Session, region: str) -> AppCatalogue:
    """The catalogue of a place, or of the country around it; raise `request.invalid` where that is not known either."""
    place = get_place(region)
    rules = [_rule(item) for item in list_in_force(session, today()) if _is_usable(item, place.code)]
    return AppCatalogue(place, rules, list_places())


def _is_usable(item: InForce, code: str) -> bool:
    """Whether anything can be computed there by the figures that were pinned when the version was approved."""
    pinned = item.tables.regions
    chain = load_library().tables.regions.chain_of(code)
    nearest = next((place for place in chain if place in pinned.by_code), None)
    return nearest is not None and has_figures(item.methodology, item.tables, nearest)


def _rule(item: InForce) -> CatalogueRule:
    return CatalogueRule(item, _describe_inputs(item.methodology), _list_evidence(item.methodology))


@lru_cache(KEPT)
def _describe_inputs(methodology: Methodology) -> Sequence[Mapping[str, Any]]:
    described: Sequence[Mapping[str, Any]] = describe_methodology(methodology)["inputs"]
    return described


@lru_cache(KEPT)
def _list_evidence(methodology: Methodology) -> Sequence[EvidenceWeight]:
    """Every kind of evidence that the methodology knows, the weakest first."""
    weights = methodology.evidence_weights
    least = weights.get(SELF_DECLARED, Decimal(0))
    ranked = sorted(weights.items(), key=lambda pair: (pair[1], pair[0]))
    return [
        EvidenceWeight(
            tier,
            {language: say(f"evidence.{tier}", {}, language) for language in list_languages()},
            format(weight, "f"),
            weight > least,
            *HANDED_IN.get(tier, (None, ())),
        )
        for tier, weight in ranked
    ]
