"""What counts, and what to believe: the conditions of a document, and the rules against faked behaviour.

Promise: pure decisions, each named by a rule with its version. Touches the one file of limits in the library.

    decide(Claim(…))        Decision(outcome, rule, version, params, found)
"""

from __future__ import annotations

from calculators.papers.agreement import bought_by
from calculators.plausibility.claim import (
    ACCEPT,
    HOLD,
    REFUSE,
    Claim,
    Decision,
    MeterReading,
    Neighbour,
    Readings,
    Shown,
)
from calculators.plausibility.claim_rules import (
    BELIEVED,
    LONG_TRIP,
    RULES,
    decide,
    is_own_strength,
    kilometres_of,
    least_seconds,
    mode_of,
    told_within,
)
from calculators.plausibility.evidence_rules import in_unit, metered_by
from calculators.plausibility.limits import Limits, load_limits
from calculators.plausibility.paper_claims import age_by_papers, paper_claim
from calculators.plausibility.series_rules import copy_mark
from calculators.plausibility.trace_rules import bounded, refuted_by

__all__ = [
    "ACCEPT",
    "BELIEVED",
    "HOLD",
    "LONG_TRIP",
    "REFUSE",
    "RULES",
    "Claim",
    "Decision",
    "Limits",
    "MeterReading",
    "Neighbour",
    "Readings",
    "Shown",
    "age_by_papers",
    "bought_by",
    "bounded",
    "copy_mark",
    "decide",
    "in_unit",
    "is_own_strength",
    "kilometres_of",
    "least_seconds",
    "load_limits",
    "metered_by",
    "mode_of",
    "paper_claim",
    "refuted_by",
    "told_within",
]
