"""Shapes of the rule book on the wire."""

from __future__ import annotations

from backend.methodology.schemas.catalogue import (
    CatalogueOut,
    CatalogueQuery,
)
from backend.methodology.schemas.effects import (
    EffectsOut,
)
from backend.methodology.schemas.versions import (
    Approval,
    DraftIn,
    DraftListed,
    FactorOut,
    FactorQuery,
    Figure,
    MethodologyListed,
    MethodologyOut,
    MethodologyVersionOut,
    Rejection,
    StandingQuery,
    Withdrawal,
)

__all__ = [
    "Approval",
    "CatalogueOut",
    "CatalogueQuery",
    "DraftIn",
    "DraftListed",
    "EffectsOut",
    "FactorOut",
    "FactorQuery",
    "Figure",
    "MethodologyListed",
    "MethodologyOut",
    "MethodologyVersionOut",
    "Rejection",
    "StandingQuery",
    "Withdrawal",
]
