"""Endpoints of activities: what people did, what it came to, and every gram's working."""

from __future__ import annotations

from backend import texts
from backend.activities import service
from backend.activities.schemas import (
    ActivityIn,
    ActivityQuery,
    ActivityShown,
    EstimateIn,
    EstimateShown,
    EvidenceIn,
    EvidenceShown,
    ReductionFound,
    RestingQuery,
    WorkingShown,
)
from backend.auth import ADMIN, ANYONE, AUDITOR, PARTNER, SIGNED_IN, SUPPORT, holders_of
from backend.edge import Edge, reading

edge = Edge("activities", "What people did, and what it came to", who=SIGNED_IN)

ATTESTERS = holders_of(PARTNER, SUPPORT)
AUDITORS = holders_of(AUDITOR, ADMIN)


@edge.post("/activities", body=ActivityIn, answer=ActivityShown, status=201)
def log_activity(session, actor, body):
    """Log an activity; it is judged at once, and its points are pending."""
    return service.log(session, actor.user_id, service.Told(**body), texts.language_now())


@edge.get("/activities", query=ActivityQuery, answer=ActivityShown, page=True)
def list_activities(session, actor, query, window):
    """List your activities, the latest first."""
    return service.list_activities(session, actor.user_id, window, texts.language_now(), query["methodology"])


@edge.get("/activities/<activity_id>", answer=ActivityShown)
def get_activity(session, actor, activity_id):
    """Read one of your activities."""
    return service.get_activity(session, actor.user_id, activity_id, texts.language_now())


@edge.post("/activities/<activity_id>/withdraw", answer=ActivityShown)
def withdraw_activity(session, actor, activity_id):
    """Take an activity back; what shared a cap with it is settled again."""
    return service.withdraw(session, actor.user_id, activity_id, texts.language_now())


@edge.get("/reductions/<reduction_id>", answer=WorkingShown)
def get_reduction(session, actor, reduction_id):
    """Read the whole working of a reduction: enough to recompute it without this server."""
    return service.get_reduction(session, actor.user_id, reduction_id, texts.language_now())


@edge.post("/estimates", body=EstimateIn, answer=EstimateShown, who=ANYONE, transaction=False)
def estimate_activity(actor, body):
    """Ask what an activity would give; nothing is stored."""
    return reading(actor, lambda session: service.preview(session, body, texts.language_now()))


@edge.post("/operator/evidence", body=EvidenceIn, answer=EvidenceShown, status=201, who=ATTESTERS)
def attest_evidence(session, actor, body):
    """Attest a piece of evidence for somebody: a fare record, a trace, a reading."""
    return service.attest(session, actor.user_id, **body)


@edge.get("/operator/factors/<key>/reductions", query=RestingQuery, answer=ReductionFound, page=True, who=AUDITORS)
def list_reductions_resting_on_factor(session, actor, key, query, window):
    """List everybody's reductions that rest on a figure; a page may be empty and still have a next one."""
    return service.list_reductions_resting_on(session, key, window, **query)
