"""The shapes of activities on the wire."""

from backend.activities.schemas.activities import (
    ActivityIn,
    ActivityQuery,
    ActivityShown,
    BatchIn,
    BatchShown,
    EstimateIn,
    EstimateShown,
    EvidenceIn,
    EvidenceQuery,
    EvidenceShown,
    PieceShown,
    ReductionFound,
    RestingQuery,
    WorkingShown,
)
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
    "BatchIn",
    "BatchShown",
    "ConfirmIn",
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
    "WorkingShown",
]
