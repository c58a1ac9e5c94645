"""The shapes of activities on the wire."""

from backend.activities.schemas.activities import (
    ActivityIn,
    ActivityOut,
    ActivityQuery,
    BatchIn,
    BatchOut,
    CorrectionIn,
    EarlierReportsOut,
    EstimateIn,
    EstimateOut,
    ReductionUseOut,
    ReductionUseQuery,
    WorkingOut,
)
from backend.activities.schemas.decisions import (
    AppealIn,
    DecisionsOut,
    LateEvidenceIn,
    OpenedCaseOut,
    RulingIn,
    WaitingActivityOut,
)
from backend.activities.schemas.evidence import AttestedEvidenceOut, EvidenceIn, EvidenceOut, EvidenceQuery
from backend.activities.schemas.issuance import IssuanceOut, IssuanceQuery
from backend.activities.schemas.routines import (
    ConfirmIn,
    DueOut,
    RoutineIn,
    RoutineOut,
    SkipIn,
)

__all__ = [
    "ActivityIn",
    "ActivityOut",
    "ActivityQuery",
    "AppealIn",
    "AttestedEvidenceOut",
    "BatchIn",
    "BatchOut",
    "ConfirmIn",
    "CorrectionIn",
    "DecisionsOut",
    "DueOut",
    "EarlierReportsOut",
    "EstimateIn",
    "EstimateOut",
    "EvidenceIn",
    "EvidenceOut",
    "EvidenceQuery",
    "IssuanceOut",
    "IssuanceQuery",
    "LateEvidenceIn",
    "OpenedCaseOut",
    "ReductionUseOut",
    "ReductionUseQuery",
    "RoutineIn",
    "RoutineOut",
    "RulingIn",
    "SkipIn",
    "WaitingActivityOut",
    "WorkingOut",
]
