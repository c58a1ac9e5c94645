"""What counts, and what to believe: the conditions of a document, and the rules against faked behaviour.

Promise: pure decisions, each named by a rule with its version. Touches the one file of limits in the library.

    decide(Claim(…))        Decision(outcome, rule, version, params, found)
"""

from __future__ import annotations

from calculators.plausibility.claim import ACCEPT, HOLD, REFUSE, Claim, Decision, Neighbour, Shown
from calculators.plausibility.deciding import BELIEVED, RULES, decide, is_own_strength, mode_of
from calculators.plausibility.distance import kilometres_of
from calculators.plausibility.eligibility import Verdict, find_exclusion, find_ineligibility, speed_kmh
from calculators.plausibility.fitting import least_seconds, told_within
from calculators.plausibility.limits import Limits, load_limits
from calculators.plausibility.places import bounded, refuted_by

__all__ = [
    "ACCEPT",
    "BELIEVED",
    "HOLD",
    "REFUSE",
    "RULES",
    "Claim",
    "Decision",
    "Limits",
    "Neighbour",
    "Shown",
    "Verdict",
    "bounded",
    "decide",
    "find_exclusion",
    "find_ineligibility",
    "is_own_strength",
    "kilometres_of",
    "least_seconds",
    "load_limits",
    "mode_of",
    "refuted_by",
    "speed_kmh",
    "told_within",
]
