"""Deciding whether to believe an activity: every rule is asked, the one that weighs most decides.

Promise: the same facts give the same decision, named by a stable rule id and its version; both are stored with the
activity. A rule whose meaning changes gets a new version, never a new meaning. Touches the file of limits.
"""

from __future__ import annotations

from calculators.plausibility.claim import ACCEPT, HOLD, REFUSE, Claim, Decision
from calculators.plausibility.evidence_rules import EVIDENCE_RULES, find_evidence_objections
from calculators.plausibility.limits import Limits, load_limits
from calculators.plausibility.trace_rules import TRACE_RULES, find_trace_objections
from calculators.plausibility.trip_rules import TRIP_RULES, find_trip_objections

BELIEVED = "believed"
RULES = (*TRIP_RULES, *EVIDENCE_RULES, *TRACE_RULES)
_WEIGHT = {REFUSE: 2, HOLD: 1}


def decide(claim: Claim, limits: Limits | None = None) -> Decision:
    """What to do with a claim: accept it, hold it for somebody to look at, or refuse it credit."""
    limits = limits or load_limits()
    objections = [*find_trip_objections(claim, limits), *find_evidence_objections(claim, limits)]
    if claim.trace is not None:
        objections += find_trace_objections(claim, claim.trace, limits)
    if not objections:
        return Decision(ACCEPT, BELIEVED, limits.version)
    heaviest = max(objections, key=lambda objection: _WEIGHT[objection.finding.outcome])
    finding, rules = heaviest.finding, tuple(objection.rule for objection in objections)
    return Decision(finding.outcome, heaviest.rule, heaviest.version, finding.params, rules)
