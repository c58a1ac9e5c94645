"""What an app draws its forms from: the methodologies that can be used in a place, what they ask, and the places."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy.orm import Session

from backend.methodology.domain import AppCatalogue, CatalogueRule, EvidenceWeight, InForce
from backend.methodology.service.catalogue import today
from backend.methodology.service.in_force import list_in_force
from backend.methodology.service.places import get_place, list_places
from calculators import TRACKS, Methodology, describe_methodology, has_figures, load_library

SELF_DECLARED = "self_declared"
TRACK = "gps_trace"
KEPT = 256


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
        EvidenceWeight(tier, format(weight, "f"), weight > least, TRACKS if tier == TRACK else ())
        for tier, weight in ranked
    ]
