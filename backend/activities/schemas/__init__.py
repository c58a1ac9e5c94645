"""The shapes of activities on the wire."""

from backend.activities.schemas.activities import (
    ActivityIn,
    ActivityQuery,
    ActivityShown,
    BatchIn,
    BatchShown,
    EstimateIn,
    EstimateShown,
    ReductionFound,
    RestingQuery,
    WorkingShown,
)
from backend.activities.schemas.decisions import AppealIn, DecidedIn, DecisionsShown, SupportIn, WaitingShown
from backend.activities.schemas.evidence import EvidenceIn, EvidenceQuery, EvidenceShown, PieceShown
from backend.activities.schemas.routines import (
    ConfirmIn,
    DueShown,
    RoutineIn,
    RoutineShown,
    SkipIn,
)

__all__ = [
    "ActivityIn",
    "ActivityQuery",
    "ActivityShown",
    "AppealIn",
    "BatchIn",
    "BatchShown",
    "ConfirmIn",
    "DecidedIn",
    "DecisionsShown",
    "DueShown",
    "EstimateIn",
    "EstimateShown",
    "EvidenceIn",
    "EvidenceQuery",
    "EvidenceShown",
    "PieceShown",
    "ReductionFound",
    "RestingQuery",
    "RoutineIn",
    "RoutineShown",
    "SkipIn",
    "SupportIn",
    "WaitingShown",
    "WorkingShown",
]
