"""The tables of activities: what was told and what it came to are owned; what is known again is a directory."""

from backend.activities.models.activities import (
    Activity,
    Appeal,
    ClaimedThing,
    DayTotal,
    Decision,
    EarlierReport,
    Evidence,
    MonthTotal,
    Reduction,
    ReductionFigures,
    Routine,
    RoutineSkip,
)
from backend.activities.models.directories import (
    EvidenceReference,
    FlowClaim,
    PictureOutline,
    ThingClaim,
    TraceMark,
    TraceSketch,
)

__all__ = [
    "Activity",
    "Appeal",
    "ClaimedThing",
    "DayTotal",
    "Decision",
    "EarlierReport",
    "Evidence",
    "EvidenceReference",
    "FlowClaim",
    "MonthTotal",
    "PictureOutline",
    "Reduction",
    "ReductionFigures",
    "Routine",
    "RoutineSkip",
    "ThingClaim",
    "TraceMark",
    "TraceSketch",
]
